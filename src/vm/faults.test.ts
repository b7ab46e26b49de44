/** What programs may not do, besides reaching beside an object (bounds.test.ts): each ends with a fault that says where and why, in both engines. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SandboxFault } from "./faults.ts";
import { assertFaults, assertRuns, engines, faulty, outcome } from "./faulty.testing.ts";
import { loadSandbox } from "./sandbox.ts";
import { assembled } from "./verifier/assembled.testing.ts";

const end = "mov %r0, 0; exit";
const key = "mov %r2, %r10; add %r2, -8";
const inserted = `stdw [%r10-8], 0; ${key}; mov %r3, %r10; add %r3, -72; mov %r4, 0; map flows %r1; call 2`;
const found = (map: string) => `${key}; map ${map} %r1; call 1; jne %r0, 0, +2; ${end}`;
const reserved = `map events %r1; mov %r2, 16; mov %r3, 0; call 131; jne %r0, 0, +2; ${end}; mov %r6, %r0`;

const wild: readonly (readonly [string, string, RegExp])[] = [
  ["null", "mov %r7, 0", /reads 8 bytes at null$/],
  ["a small number", "mov %r7, 24", /at null\+24$/],
  ["a number", "lddw %r7, 0xdeadbeefcafe", /at .*which is no pointer|gone or holds nothing/],
  ["a number of all ones", "mov %r7, -1", /at .*which is no pointer/],
  [
    "the linear address of a packet alone, in another object's name",
    "ldxw %r7, [%r1+0]; lddw %r2, 0x100000000; add %r7, %r2",
    /at context/,
  ],
  ["a pointer of 32 bits", "mov %r7, %r10; mov32 %r7, %r7", /reads 8 bytes at/],
  ["the difference of two pointers", "mov %r7, %r10; sub %r7, %r1", /reads 8 bytes at/],
  ["a pointer far outside of its object", "mov %r7, %r10; add %r7, 0x7fffffff", /reads 8 bytes at/],
  ["the end of a packet", "ldxw %r7, [%r1+4]", /packet\+60 \(it has 60 bytes\)/],
];

test("a number is no pointer, and a pointer that was changed leads nowhere", () => {
  for (const [, text, said] of wild) {
    assertFaults(`${text}; ldxdw %r0, [%r7+0]; exit`, "xdp", "load", said);
    assertFaults(`${text}; stdw [%r7+0], 1; ${end}`, "xdp", "store", /writes 8 bytes at/);
  }
});

test("a value that is not there is null", () => {
  assertFaults(`stdw [%r10-8], 9; ${key}; map flows %r1; call 1; ldxdw %r0, [%r0+0]; exit`, "xdp", "load", /at null$/);
  assertFaults(
    `stdw [%r10-8], 9; ${key}; map values %r1; call 1; stdw [%r0+8], 1; exit`,
    "xdp",
    "store",
    /at null\+8$/,
  );
});

test("a deleted element is reached until the run is over, and not in the next one", () => {
  const remove = `${key}; map flows %r1; call 3`;
  assertRuns(
    `${inserted}; ${found("flows")}; mov %r7, %r0; stdw [%r7+0], 5; ${remove}; ldxdw %r0, [%r7+0]; exit`,
    "xdp",
    5n,
  );
  // The first run keeps the pointer in a global, the second one uses it.
  const kept = `value global+0 %r8; ldxdw %r7, [%r8+0]; jeq %r7, 0, +2; ldxdw %r0, [%r7+0]; exit`;
  const keep = `${inserted}; ${found("flows")}; value global+0 %r8; stxdw [%r8+0], %r0; ${remove}; ${end}`;
  assertFaults(`${kept}; ${keep}`, "xdp", "load", /at map value, which is gone or holds nothing/, 2);
});

test("a record of a ring buffer is gone when it is submitted or discarded", () => {
  for (const helper of [132, 133]) {
    const gone = `${reserved}; mov %r1, %r6; mov %r2, 0; call ${helper}`;
    assertFaults(`${gone}; ldxdw %r0, [%r6+0]; exit`, "xdp", "load", /which is gone or holds nothing/);
    assertFaults(`${gone}; stdw [%r6+0], 1; exit`, "xdp", "store", /which is gone or holds nothing/);
    assertFaults(`${gone}; mov %r1, %r6; mov %r2, 0; call ${helper}; exit`, "xdp", "argument", /record/);
  }
});

test("the stack of a function is gone when it has returned", () => {
  const text = `call local +2; ldxdw %r0, [%r0-8]; exit; mov %r0, %r10; exit`;
  assertFaults(text, "xdp", "load", /stack-8 \(of a function that has returned\)/);
  // Another call takes its place, under another name.
  const again = "call local +4; mov %r6, %r0; call local +2; ldxdw %r0, [%r6-8]; exit; mov %r0, %r10; exit";
  assertFaults(again, "xdp", "load", /stack-8 \(of a function that has returned\)/);
});

test("a packet is only as long as it is after it was changed", () => {
  const adjusted = (helper: number, by: number) => `mov %r6, %r1; ldxw %r7, [%r1+0]; mov %r2, ${by}; call ${helper}`;
  assertFaults(`${adjusted(44, 4)}; ldxb %r0, [%r7+3]; exit`, "xdp", "load", /packet-1 \(it has 56 bytes\)/);
  assertRuns(`${adjusted(44, 4)}; ldxb %r0, [%r7+4]; exit`, "xdp", 4n);
  assertFaults(`${adjusted(65, -4)}; ldxb %r0, [%r7+56]; exit`, "xdp", "load", /packet\+56 \(it has 56 bytes\)/);
  assertRuns(`${adjusted(65, -4)}; ldxb %r0, [%r7+55]; exit`, "xdp", 55n);
});

test("loops without an end come to the limit", () => {
  const said = /runs longer than its limit of instructions/;
  assertFaults("mov %r0, 0; ja -1; exit", "xdp", "limit", said);
  assertFaults("mov %r0, 0; add %r0, 1; jne %r0, 0, -2; exit", "xdp", "limit", said);
  const looped = (turns: number, callback: string) =>
    `mov %r1, ${turns}; lddw code_addr %r2, +6; mov %r3, 0; mov %r4, 0; call 181; ${end}; ${callback}`;
  assertFaults(looped(8_000_000, end), "xdp", "limit", said);
  assertFaults(looped(1, "ja -1; exit"), "xdp", "limit", said);
  // Callbacks that loop in turn.
  const nested = looped(1_000_000, looped(1_000_000, end));
  assertFaults(nested, "xdp", "limit", said);
});

test("calls are at most 8 deep", () => {
  const said = /calls deeper than 8 functions/;
  assertFaults(`call local -1; exit`, "xdp", "depth", said);
  assertFaults(`call local +1; exit; call local +1; exit; call local -3; exit`, "xdp", "depth", said);
  const chain = (depth: number) => `${"call local +1; exit; ".repeat(depth)}${end}`;
  assertRuns(chain(7), "xdp", 0n);
  assertFaults(chain(8), "xdp", "depth", said);
  // Over a callback, too.
  const over = `mov %r1, 1; lddw code_addr %r2, -2; mov %r3, 0; mov %r4, 0; call 181; exit`;
  assertFaults(over, "xdp", "depth", said);
});

test("atomic operations are on places that are aligned", () => {
  for (const [suffix, size] of [
    ["", 8],
    ["32", 4],
  ] as const) {
    for (const operation of [
      `lock add${suffix} [%r7+PLACE], %r1`,
      `lock fetch or${suffix} [%r7+PLACE], %r1`,
      `lock xchg${suffix} [%r7+PLACE], %r1`,
      `lock cmpxchg${suffix} [%r7+PLACE], %r1`,
    ]) {
      const text = (place: number) =>
        `mov %r0, 0; mov %r1, 1; mov %r7, %r10; add %r7, -64; ${operation.replace("PLACE", String(place))}; ${end}`;
      for (const place of [0, size, 64 - size]) assertRuns(text(place), "xdp", 0n);
      for (const place of [1, size - 1, size / 2, 2 * size + 1]) {
        assertFaults(
          text(place),
          "xdp",
          "alignment",
          RegExp(`atomically at an address that is no multiple of ${size}`),
        );
      }
      assertFaults(text(64), "xdp", "store", /stack\+0/);
    }
  }
});

const wrongArguments: readonly (readonly [string, string, RegExp])[] = [
  ["no map", `${key}; mov %r1, 5; call 1; exit`, /bpf_map_lookup_elem with something in r1 that is no map/],
  [
    "a value where a map is wanted",
    `stdw [%r10-8], 0; ${found("values")}; mov %r1, %r0; ${key}; call 1; exit`,
    /no map/,
  ],
  [
    "a map where a key is wanted",
    "map flows %r1; mov %r2, %r1; call 1; exit",
    /bpf_map_lookup_elem, which reads 4 bytes at r2/,
  ],
  ["a key that is partly outside", "mov %r2, %r10; add %r2, -3; map flows %r1; call 1; exit", /reads 4 bytes at r2/],
  [
    "a value that is partly outside",
    `stdw [%r10-8], 0; ${key}; mov %r3, %r10; add %r3, -63; mov %r4, 0; map flows %r1; call 2; exit`,
    /reads 64 bytes at r3/,
  ],
  [
    "a length below 0",
    "mov %r6, %r1; mov %r2, 0; mov %r3, %r10; add %r3, -8; mov %r4, -1; call 189; exit",
    /size in r4 of -1 bytes/,
  ],
  [
    "a length behind the end",
    "mov %r2, 0; mov %r3, %r10; add %r3, -8; mov %r4, 9; call 189; exit",
    /writes 9 bytes at r3/,
  ],
  ["constants to write to", "mov %r2, 0; value constants+0 %r3; mov %r4, 8; call 189; exit", /writes 8 bytes at r3/],
  ["no function", "mov %r1, 1; mov %r2, 3; mov %r3, 0; mov %r4, 0; call 181; exit", /callback/],
  ["a map where a function is wanted", "mov %r1, 1; map flows %r2; mov %r3, 0; mov %r4, 0; call 181; exit", /callback/],
  ["no record", "mov %r1, %r10; mov %r2, 0; call 132; exit", /record/],
  ["a map without a ring", "map flows %r1; mov %r2, 16; mov %r3, 0; call 131; exit", /bpf_ringbuf_reserve/],
  ["a map without programs", "map flows %r2; mov %r3, 0; call 12; exit", /bpf_tail_call/],
  ["no map of programs", "mov %r2, 0; mov %r3, 0; call 12; exit", /bpf_tail_call/],
];

test("helpers take what they are for", () => {
  for (const [, text, said] of wrongArguments) assertFaults(text, "xdp", "argument", said);
});

test("a register that holds no function is not called", () => {
  for (const text of ["mov %r6, 12345; call %r6; exit", "map flows %r6; call %r6; exit"]) {
    assertFaults(text, "xdp", "notCallable", /which is no function/);
  }
});

test("division by 0 gives 0 and its remainder the dividend; the least number by -1 overflows (RFC 9669, 4.1)", () => {
  const least = { 64: "lddw %r1, 0x8000000000000000", 32: "mov32 %r1, 0x80000000" } as const;
  // r0 is what is left when what is right is taken from it.
  const check = (operation: string, start: string, divisor: string, right: string) =>
    assertRuns(
      `${start}; ${divisor}; ${operation} %r1, %r2; ${right}; mov %r0, 1; jeq %r1, %r3, +1; mov %r0, 0; exit`,
      "xdp",
      1n,
    );
  for (const bits of [64, 32] as const) {
    const suffix = bits === 64 ? "" : "32";
    const zero = "mov %r2, 0";
    const one = "mov %r2, -1";
    for (const sign of ["", "s"]) {
      check(`${sign}div${suffix}`, "mov %r1, 7", zero, "mov %r3, 0");
      check(`${sign}mod${suffix}`, "mov %r1, 7", zero, "mov %r3, 7");
    }
    check(`sdiv${suffix}`, least[bits], one, least[bits].replaceAll("%r1", "%r3"));
    check(`smod${suffix}`, least[bits], one, "mov %r3, 0");
    check(`div${suffix}`, least[bits], one, "mov %r3, 0");
    check(`mod${suffix}`, least[bits], one, least[bits].replaceAll("%r1", "%r3"));
    check(`sdiv${suffix}`, "mov %r1, -13", "mov %r2, 4", bits === 64 ? "mov %r3, -3" : "mov32 %r3, -3");
    check(`smod${suffix}`, "mov %r1, -13", "mov %r2, 4", bits === 64 ? "mov %r3, -1" : "mov32 %r3, -1");
  }
});

test("every beginning of a program is refused, or ends with a fault that says so", () => {
  const { collection, program } = assembled(
    `mov %r6, %r1; ${inserted}; ${found("flows")}; lddw %r1, 0x100000002; stxdw [%r0+0], %r1; call local +2; ${end}; mov %r0, 3; exit`,
    { hook: "xdp" },
  );
  const outcomes = new Set<string>();
  for (let bytes = 0; bytes < program.code.byteLength; bytes++) {
    const cut = { ...program, code: program.code.slice(0, bytes) };
    const maps = program.maps.filter(({ slot }) => (slot + 2) * 8 <= bytes);
    const spec = { ...collection, programs: [{ ...cut, maps }] };
    const ends = engines.map((engine) => {
      try {
        loadSandbox(spec, { engine })
          .program("tried")
          .run({ data: new Uint8Array(60) });
        return "ran";
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        assert.ok(code !== undefined, `${engine}, ${bytes} bytes: ${(error as Error).stack}`);
        return `${code} ${message}`;
      }
    });
    assert.equal(ends[1], ends[0], `${bytes} bytes`);
    outcomes.add(ends[0]!.split(" ")[0]!);
    // The first exit that is reached is that of the last function.
    assert.notEqual(ends[0], "ran", `${bytes} of ${program.code.byteLength} bytes`);
  }
  assert.deepEqual([...outcomes].sort(), [
    "ISA_BAD_INSTRUCTION",
    "ISA_BAD_LENGTH",
    "ISA_HALF_LOAD",
    "SANDBOX_EMPTY",
    "SANDBOX_END",
  ]);
});

test("opcodes that are none, and jumps out of a program, are refused before it runs", () => {
  const { collection, program } = assembled(`mov %r1, 1; jeq %r1, 0, +2; lddw %r0, 0; exit`, { hook: "xdp" });
  const changed = (at: number, byte: number) => {
    const code = program.code.slice();
    code[at] = byte;
    return { ...collection, programs: [{ ...program, code }] };
  };
  for (const engine of engines) {
    const refused = (at: number, byte: number, message: RegExp, code = "ISA_BAD_INSTRUCTION") =>
      assert.throws(() => loadSandbox(changed(at, byte), { engine }), { code, message });
    for (const opcode of [0x00, 0xf7, 0xe7, 0xff, 0x8e, 0x9e, 0x38]) refused(0, opcode, /slot 0: /);
    refused(1, 0x0b, /slot 0: there is no register r11/, "ISA_BAD_REGISTER");
    refused(1, 0x0f, /slot 0: there is no register r15/, "ISA_BAD_REGISTER");
    refused(10, 1, /second half of a load/);
    refused(10, 40, /outside the program/);
    refused(10, 0xf0, /slot 1: it goes to slot \d+, outside the program/);
  }
});

test("a fault leaves the maps as they were when it happened, and the next run is a new one", () => {
  const text = `value global+0 %r1; ldxdw %r2, [%r1+0]; add %r2, 1; stxdw [%r1+0], %r2; jgt %r2, 1, +1; ldxb %r0, [%r10+0]; mov %r0, %r2; exit`;
  for (const engine of engines) {
    const sandbox = loadSandbox(faulty(text, "xdp"), { engine });
    const data = new Uint8Array(60);
    assert.throws(() => sandbox.program("tried").run({ data }), SandboxFault);
    assert.equal(sandbox.map("global").get(new Uint8Array(4))?.[0], 1);
    assert.equal(sandbox.program("tried").run({ data }).returnValue, 2);
  }
});

test("code without lines is named by program and instruction alone", () => {
  const { collection } = assembled("ldxb %r0, [%r10+0]; exit", { hook: "xdp" });
  for (const engine of engines) {
    assert.throws(
      () =>
        loadSandbox(collection, { engine })
          .program("tried")
          .run({ data: new Uint8Array(60) }),
      {
        code: "SANDBOX_LOAD",
        message: "tried, instruction 0: reads 1 byte at stack+0 (it has 512 bytes)",
      },
    );
  }
});

test("engines agree on what a fault is", () => {
  const fault = outcome("ldxb %r0, [%r10+0]; exit", "xdp", "wasm");
  assert.ok(fault instanceof SandboxFault && fault.kind === "program" && fault.fault.sizeBytes === 1);
});
