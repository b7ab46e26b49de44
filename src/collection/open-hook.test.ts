/** Hooks of an application's own: compiled, verified, asked, exchanged; programs that fail harm nobody. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../compiler/index.ts";
import { InputError, ProgramError } from "../errors/error.ts";
import { loadCollection } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { bytes, defineHook, struct, u32, u64 } from "../program/index.ts";
import { type CollectionSpec, collectionFromJson, collectionToJson } from "../spec/index.ts";
import { type HookOpenOptions, openHookLive } from "./open-hook.ts";

const hookText = `
  import { bytes, defineHook, struct, u32, u64 } from "tarsier/program";
  export const requestHook = defineHook({
    name: "request",
    context: struct({ client: u32, path: bytes(32), size: u64, backend: u32 }),
    writable: ["backend"],
    returns: { allow: 0, deny: 1, later: 2 },
  });`;
const requestHook = defineHook({
  name: "request",
  context: struct({ client: u32, path: bytes(32), size: u64, backend: u32 }),
  writable: ["backend"],
  returns: { allow: 0, deny: 1, later: 2 },
});

const imports =
  "arrayMap, atomic, global, hash, now, queue, repeat, readKernel, ringBuffer, currentProcess, type ValueOf, struct, u8, u32, u64";

function rules(text: string): CollectionSpec {
  const files: Record<string, string> = {
    "rules.ts": `import { requestHook } from "./hook.ts";\nimport { ${imports} } from "tarsier/program";\n${text}`,
    "hook.ts": hookText,
  };
  const spec = compile({ entry: "rules.ts", readFile: (path) => files[path.replace(/^\.\//, "")]! });
  // What a hook needs goes with the programs, as text too.
  return collectionFromJson(collectionToJson(spec), "rules.json");
}

const open = (text: string, options?: HookOpenOptions) => openHookLive(requestHook as never, rules(text), options);

test("programs read the fields, write those that are writable, and give back a name", () => {
  const hook = open(`
    export const route = requestHook((request) => {
      if (request.path.startsWith("/admin")) return requestHook.deny;
      request.backend = request.size > 1000n ? request.client + 1 : 7;
      return requestHook.allow;
    });`);
  const context = { client: 41, path: "/orders", size: 5000n, backend: 0 };
  assert.equal(hook.run(context as never), "allow");
  assert.equal(context.backend, 42);
  assert.equal(hook.run({ client: 1, path: "/admin/keys" } as never), "deny");
  assert.equal(hook.run({ client: 1, path: new TextEncoder().encode("/admin") } as never), "deny");
  assert.equal(hook.run({ client: 1, path: "/é", size: 2 ** 40 } as never), "allow");
});

test("the first program that does not give the default decides, and later ones are not asked", () => {
  const hook = open(`
    export const order = global(u64, 0n);
    export const first = requestHook((request) => {
      order.value = order.value * 10n + 1n;
      return request.client === 1 ? requestHook.deny : requestHook.allow;
    });
    export const second = requestHook((request) => {
      order.value = order.value * 10n + 2n;
      return request.client === 2 ? requestHook.later : requestHook.allow;
    });`);
  assert.deepEqual(
    [1, 2, 3].map((client) => hook.run({ client } as never)),
    ["deny", "later", "allow"],
  );
  assert.deepEqual(
    hook.statistics().map(({ name, runs }) => [name, runs]),
    [
      ["first", 3],
      ["second", 2],
    ],
  );
});

test("the verifier refuses what the hook does not allow, on the line of the source", () => {
  const refused = (body: string, message: RegExp) =>
    assert.throws(
      () => open(`export const wrong = requestHook((request) => { ${body} });`),
      (error: Error) => error instanceof ProgramError && message.test(error.message),
      body,
    );
  refused("return 3;", /rules\.ts:\d+:\d+: the verifier refuses this \(wrong\)/);
  refused("request.client = 5; return requestHook.allow;", /this part of what request hands over is only read/);
  refused("return requestHook.perhaps;", /has no member perhaps/);
  refused("return currentProcess() === 7n ? requestHook.deny : requestHook.allow;", /the verifier refuses this/);
});

test("programs of another definition of the hook, and of none, are refused", () => {
  const other = defineHook({ name: "request", context: struct({ client: u32 }), returns: { allow: 0 } });
  const spec = rules("export const one = requestHook(() => requestHook.allow);");
  assert.throws(() => openHookLive(other, spec), /compiled for another definition of the hook request/);
  const third = defineHook({ name: "third", context: struct({ client: u32 }), returns: [0, 10] });
  assert.throws(() => openHookLive(third, spec), /no program for the hook third/);
  const strict = defineHook({
    ...{ name: "request", context: struct({ client: u32, path: bytes(32), size: u64, backend: u32 }) },
    ...{ writable: ["backend"], returns: { allow: 0, deny: 1, later: 2 }, maps: ["array"] },
  } as never);
  assert.throws(() => openHookLive(strict, spec), InputError);
});

test("definitions that make no sense are refused", () => {
  const context = struct({ client: u32 });
  assert.throws(() => defineHook({ name: "x", context, returns: {} }), /it needs results/);
  assert.throws(() => defineHook({ name: "x", context, returns: { a: 1, b: 1 } }), /the same number/);
  assert.throws(() => defineHook({ name: "x", context, returns: [5, 1] }), /\[least, most\]/);
  assert.throws(
    () => defineHook({ name: "x", context, returns: { a: 0 }, default: "b" as "a" }),
    /none of its results/,
  );
  assert.throws(() => defineHook({ name: "x", context, writable: ["b" as "client"], returns: { a: 0 } }), /no field/);
});

test("a program that runs too long, or fails, is counted, and the default stands in its place", () => {
  const faults: string[] = [];
  const hook = open(
    `
    const Sum = struct({ sum: u64 });
    type Sum = ValueOf<typeof Sum>;
    function add(index: u32, sum: Sum): boolean { sum.sum += u64(index); return true; }
    export const sums = arrayMap({ value: Sum, maxEntries: 1 });
    export const endless = requestHook((request) => {
      const sum = sums.get(0);
      if (sum === null) return requestHook.allow;
      request.backend = 9;
      repeat(request.client, add, sum);
      return sum.sum === 1n ? requestHook.later : requestHook.allow;
    });
    export const last = requestHook((request) => (request.client > 5 ? requestHook.deny : requestHook.allow));`,
    { limit: 1000, onFault: (fault, program) => faults.push(`${program} ${fault.code}`) },
  );
  const context = { client: 100_000, backend: 3 };
  assert.equal(hook.run(context as never), "deny");
  assert.equal(context.backend, 3, "what the failed program wrote is taken back");
  assert.deepEqual(faults, ["endless SANDBOX_LIMIT"]);
  assert.equal(hook.run({ client: 2 } as never), "allow");
  const [endless, last] = hook.statistics();
  assert.deepEqual([endless!.runs, endless!.faults, last!.runs, last!.faults], [2, 1, 2, 0]);
});

const counting = (more: string, verdict: string) => `
  export const counts = hash({ key: u32, value: u64, maxEntries: 64 });
  ${more}
  export const total = global(u64, 0n);
  export const events = ringBuffer({ sizeBytes: 4096 });
  const Event = struct({ client: u32, turn: u32 });
  export const count = requestHook((request) => {
    const entry = counts.getOrInsert(request.client, 0n);
    if (entry === null) return requestHook.allow;
    entry.value += 1n;
    total.value += 1n;
    const event = events.reserve(Event);
    if (event === null) return requestHook.allow;
    event.client = request.client;
    event.turn = u32(entry.value);
    events.submit(event);
    return entry.value > 2n ? ${verdict} : requestHook.allow;
  });`;

test("programs are exchanged; maps of the same name and shape go on, and so does who reads them", () => {
  const hook = open(counting("", "requestHook.deny"));
  const { counts, events } = hook.maps() as never as Record<string, { get(key: number): bigint }> & {
    events: { read(take: (event: { client: number; turn: number }) => void): { close(): void }; flush(): void };
  };
  const told: string[] = [];
  const reading = events.read(({ client, turn }) => told.push(`${client} ${turn}`));
  for (let turn = 0; turn < 2; turn++) hook.run({ client: 5 } as never);
  assert.equal(hook.run({ client: 5 } as never), "deny");
  assert.throws(() => hook.replace(rules("export const bad = requestHook(() => 9);")), ProgramError);
  assert.equal(hook.run({ client: 5 } as never), "deny", "what is refused changes nothing");

  const carried = hook.replace(
    rules(counting("export const fresh = arrayMap({ value: u64, maxEntries: 1 });", "requestHook.later")),
  );
  assert.deepEqual(carried, ["counts"]);
  assert.equal(counts!.get(5), 4n);
  assert.equal(hook.run({ client: 5 } as never), "later");
  assert.equal(counts!.get(5), 5n);
  events.flush();
  assert.deepEqual(told, ["5 1", "5 2", "5 3", "5 4", "5 5"]);
  reading.close();

  // Another shape begins anew.
  hook.replace(
    rules(
      counting("", "requestHook.deny")
        .replaceAll("key: u32, value: u64", "key: u32, value: Pair")
        .replace("export const counts", "const Pair = struct({ value: u64, other: u64 }); export const counts")
        .replace("getOrInsert(request.client, 0n)", "getOrInsert(request.client, Pair.zero())"),
    ),
  );
  assert.equal(hook.run({ client: 5 } as never), "allow");
  hook.close();
  assert.throws(() => hook.run({ client: 5 } as never), /is closed/);
});

test("a hook of a range gives numbers, and its clock is the host's to say", () => {
  const files: Record<string, string> = {
    "priority.ts": `import { defineHook, now, struct, u32, u64 } from "tarsier/program";
      export const priority = defineHook({ name: "priority", context: struct({ age: u32 }), returns: [-10, 10], default: 3 });
      export const young = priority((person) => (person.age < 30 ? -7 : now() > 5n ? 10 : 3));`,
  };
  const spec = compile({ entry: "priority.ts", readFile: (path) => files[path]! });
  const priority = defineHook({ name: "priority", context: struct({ age: u32 }), returns: [-10, 10], default: 3 });
  let nowNs = 0n;
  const hook = openHookLive(priority, spec, { surroundings: { now: () => nowNs } });
  assert.deepEqual([hook.run({ age: 20 }), hook.run({ age: 40 })], [-7, 3]);
  nowNs = 6n;
  assert.equal(hook.run({ age: 40 }), 10);
});

kernelTest("no kernel has such a hook, and says so", () => {
  const spec = rules("export const one = requestHook(() => requestHook.allow);");
  assert.throws(() => loadCollection(spec), /a program of the hook request of an application/);
});
