/** For tests: programs that do what they may not, in both engines, with lines of a source. */

import assert from "node:assert/strict";
import { createBtfBuilder } from "../btf/index.ts";
import { encode, exit, mov } from "../isa/index.ts";
import type { CollectionSpec, HookKind, TestRunInput } from "../spec/index.ts";
import { type FaultKind, SandboxFault } from "./faults.ts";
import { loadSandbox, type Sandbox, type SandboxEngine } from "./sandbox.ts";
import { assembled } from "./verifier/assembled.testing.ts";

export const engines: readonly SandboxEngine[] = ["interpreter", "wasm"];
const limit = 100_000;
const packet = { data: Uint8Array.from({ length: 60 }, (_, at) => at) };

/** The program of an assembly text (`assembled`), each instruction on a line of `rule.ts`, and one that is right. */
export function faulty(text: string, hook: HookKind): CollectionSpec {
  const { collection, program } = assembled(text, { hook });
  const btf = createBtfBuilder();
  const fileNameOffset = btf.string("rule.ts");
  const lines = Array.from({ length: program.code.byteLength / 8 }, (_, slot) => {
    return { slot, fileNameOffset, textOffset: btf.string(`line ${slot + 1}`), line: slot + 1, column: 3 };
  });
  btf.add({ kind: "int", name: "u32", sizeBytes: 4, encoding: "unsigned" });
  const right = { ...program, name: "right", maps: [], code: encode([mov.imm(0, 7), exit()]) };
  return { ...collection, programs: [{ ...program, lines }, right], btf: btf.encode() };
}

/** How `text` ends in one engine: r0, or the fault. Afterwards the sandbox works on. */
export function outcome(text: string, hook: HookKind, engine: SandboxEngine, runs = 1): bigint | SandboxFault {
  const sandbox = loadSandbox(faulty(text, hook), { engine, limit });
  const input: TestRunInput = hook === "syscall" ? { context: new Uint8Array(64) } : packet;
  for (let run = 1; run < runs; run++) sandbox.program("tried").run(input);
  try {
    const { returnValue } = sandbox.program("tried").run(input);
    return BigInt(returnValue);
  } catch (error) {
    if (!(error instanceof SandboxFault)) throw error;
    return error;
  } finally {
    assertWorksOn(sandbox, input);
  }
}

function assertWorksOn(sandbox: Sandbox, input: TestRunInput): void {
  assert.equal(sandbox.program("right").run(input).returnValue, 7);
}

/** Both engines end with the same fault, of that kind and at a place that is described so; it names program, instruction and line. */
export function assertFaults(text: string, hook: HookKind, kind: FaultKind, said: RegExp, runs = 1): void {
  const [interpreted, compiled] = engines.map((engine) => {
    const fault = outcome(text, hook, engine, runs);
    assert.ok(fault instanceof SandboxFault, `${engine}: ${text}\nended with ${fault}`);
    return fault;
  });
  const { fault, message, details } = interpreted!;
  assert.equal(fault.kind, kind, message);
  assert.match(message, said);
  assert.ok(message.startsWith(`rule.ts:${fault.slot + 1}:3: tried, instruction ${fault.slot}: `), message);
  assert.equal(details?.trim(), `line ${fault.slot + 1}`);
  assert.equal(compiled!.message, message);
}

/** Both engines come to the end, with the same result. */
export function assertRuns(text: string, hook: HookKind, result?: bigint): void {
  const results = engines.map((engine) => {
    const ended = outcome(text, hook, engine);
    if (ended instanceof SandboxFault) assert.fail(`${engine}: ${text}\n${ended.message}`);
    return ended;
  });
  assert.equal(results[1], results[0], text);
  if (result !== undefined) assert.equal(results[0], result, text);
}
