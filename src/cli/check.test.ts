import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { readSums } from "./check-collection.ts";
import { directoryWith, smallProgram, tarsier, tarsierPath } from "./tarsier.testing.ts";

kernelTest("a program that the verifier takes is ok, with what it costs", (context) => {
  const directory = directoryWith(context, { "small.ts": smallProgram });
  const { status, stdout, stderr } = tarsier(directory, ["check", "small.ts"]);
  assert.equal(stderr, "");
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^small\.ts: forked {2}ok {2}\d+ instructions, \d+ verified, \d+ bytes of stack {2}\(tpBtf sched_process_fork\)\n$/,
  );
  const json = JSON.parse(tarsier(directory, ["check", "--json", "small.ts"]).stdout);
  assert.deepEqual([json.file, json.ok, json.program], ["small.ts", true, "forked"]);
  assert.ok(json.instructions > 5 && json.verified > 5 && json.stackBytes >= 4, JSON.stringify(json));
  const { stdout: log } = tarsier(directory, ["check", "--verifier-log", "small.ts"]);
  assert.match(log, /^0: .*R1=ctx\(\)/m);
  assert.match(log, /^processed \d+ insns/m);
});

kernelTest("a refusal stands on the line that caused it, and the other files are checked all the same", (context) => {
  const refused = smallProgram.replace('"sched_process_fork"', '"sched_process_never"');
  const directory = directoryWith(context, {
    "refused.ts": refused,
    "small.ts": smallProgram,
    "type.ts": smallProgram.replace("return;", "return 3n + 1;"),
  });
  const { status, stdout, stderr } = tarsier(directory, ["check", "refused.ts", "type.ts", "small.ts"]);
  assert.equal(status, 1);
  assert.match(stdout, /^small\.ts: forked {2}ok/);
  const [hook, place, line, underline] = stderr.split("\n");
  assert.match(hook!, /^tarsier: this kernel has no tpBtf hook sched_process_never/);
  assert.match(place!, /^tarsier: type\.ts:8:\d+: /);
  assert.match(line!, /^ +8 \| {3}if \(total === null\) return 3n \+ 1;$/);
  assert.match(underline!, /^ +\| +\^+$/);
});

kernelTest("a field that this kernel lacks is named on its line", (context) => {
  const text = `import { currentTask, tpBtf, u64, type KernelStruct, arrayMap, struct } from "tarsier/program";
interface task_struct extends KernelStruct { readonly tarsier_never: u64 }
const Out = struct({ value: u64 });
export const out = arrayMap({ value: Out, maxEntries: 1 });
export const forked = tpBtf("sched_process_fork", () => {
  const cell = out.get(0);
  if (cell === null) return;
  cell.value = currentTask<task_struct>().tarsier_never;
});
`;
  const { status, stderr } = tarsier(directoryWith(context, { "lacks.ts": text }), ["check", "lacks.ts"]);
  assert.equal(status, 1);
  assert.match(stderr, /lacks\.ts:8:\d+: .*this kernel has no task_struct\.tarsier_never/);
  assert.match(stderr, /^ +8 \| cell\.value = currentTask/m);
});

test("files that are none of programs are one line each, and exit code 1", (context) => {
  const directory = directoryWith(context, {
    "empty.ts": "",
    "broken.ts": "export const = 3;\n",
    "short.o": Buffer.from("\x7fELF"),
    "other.o": "hello",
    "words.txt": "hello",
  });
  const line = (name: string): string => {
    const { status, stdout, stderr } = tarsier(directory, ["check", name]);
    assert.equal(status, 1, name);
    assert.equal(stdout, "");
    assert.doesNotMatch(stderr, /bug|^\s+at /m);
    return stderr.split("\n")[0]!;
  };
  assert.match(line("absent.ts"), /^tarsier: absent\.ts: /);
  assert.match(line("absent.o"), /^tarsier: absent\.o: there is no such file$/);
  assert.match(line("empty.ts"), /^tarsier: empty\.ts:1:1: .*no program/);
  assert.match(line("broken.ts"), /^tarsier: broken\.ts:1:14: /);
  assert.match(line("short.o"), /^tarsier: .*short\.o/);
  assert.match(line("other.o"), /^tarsier: .*other\.o/);
  assert.match(line("words.txt"), /^tarsier: words\.txt: what is this\?/);
});

test("a wrong call is exit code 2", (context) => {
  const directory = directoryWith(context, {});
  assert.equal(tarsier(directory, ["check"]).status, 2);
  const { status, stderr } = tarsier(directory, ["check", "--nonsense"]);
  assert.equal(status, 2);
  assert.match(stderr, /see `tarsier check --help`\n$/);
});

kernelTest("without the right to load programs it says which is missing", (context) => {
  const directory = directoryWith(context, { "small.ts": smallProgram });
  const drop = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
  const readable = spawnSync("setpriv", [...drop, "--", process.execPath, tarsierPath, "--version"]);
  if (readable.status !== 0) return context.skip("an ordinary user cannot read this project here");
  spawnSync("chmod", ["-R", "a+rX", directory]);
  const { status, stderr } = spawnSync("setpriv", [...drop, "--", process.execPath, tarsierPath, "check", "small.ts"], {
    cwd: directory,
    encoding: "utf8",
  });
  assert.equal(status, 1);
  assert.match(stderr, /^tarsier: .*(CAP_BPF|root)/);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

test("the sums of a log are read, also of several subprograms", () => {
  const log = "stack depth 16+8\nprocessed 120 insns (limit 1000000) max_states_per_insn 0\n";
  assert.deepEqual(readSums(log), { verified: 120, stackBytes: 24 });
  assert.deepEqual(readSums(""), { verified: 0, stackBytes: 0 });
});

test("without a kernel programs are verified all the same, and a refusal stands on its line", (context) => {
  const wrong = `import { cgroupSkb, i32 } from "tarsier/program";
export const filter = cgroupSkb.ingress((packet) => {
  const verdict = i32(packet.mark);
  return verdict;
});
`;
  const directory = directoryWith(context, { "small.ts": smallProgram, "wrong.ts": wrong });
  const right = tarsier(directory, ["check", "--offline", "small.ts"]);
  assert.deepEqual([right.status, right.stderr], [0, ""]);
  assert.match(right.stdout, /^small\.ts: forked {2}ok {2}\d+ instructions, \d+ verified, \d+ bytes of stack/);
  const refused = tarsier(directory, ["check", "--offline", "wrong.ts"]);
  assert.equal(refused.status, 1);
  const [message, line, remedy] = refused.stderr.split("\n");
  assert.match(message!, /^tarsier: wrong\.ts:\d:\d+: the verifier refuses this \(filter\): .* may be -?\d+ to \d+/);
  assert.match(line!, /^ +\d \| /);
  assert.match(remedy!, /return one of the hook's own verdicts/);
  const json = JSON.parse(tarsier(directory, ["check", "--offline", "--json", "wrong.ts"]).stdout);
  assert.deepEqual([json.file, json.ok, json.code], ["wrong.ts", false, "PROGRAM_REFUSED"]);
  const both = tarsier(directory, ["check", "--offline", "--verifier-log", "small.ts"]);
  assert.equal(both.status, 2);
});
