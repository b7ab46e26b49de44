/** A linked program as one WebAssembly module: its functions, what they share, and ways in. */

import { callOpcode, callRegisterOpcode, callSources } from "../../isa/call.ts";
import { faults } from "../faults.ts";
import { closeFrame } from "../frames.ts";
import { helpers } from "../helpers/table.ts";
import { callDepthLimit, cells, frameBytes, frameCount, framesAt, registersAt } from "../layout.ts";
import { type LinkedProgram, tailCall } from "../link.ts";
import type { Machine } from "../machine.ts";
import { loadPacket } from "../packet-load.ts";
import type { Executable, ProgramLoops } from "../run.ts";
import { prepareTailCall } from "../tail-call.ts";
import { pageBytes, webAssembly } from "../webassembly.ts";
import { hostNames } from "./calls.ts";
import { checkFunction, checkType } from "./check.ts";
import { closeFrameFunction, closeFrameType, openFrameFunction, openFrameType } from "./frame-functions.ts";
import { lookupFunction, lookupType } from "./lookups.ts";
import { loopFunctions } from "./loops.ts";
import { encodeModule, type FunctionType, type ModuleFunction } from "./module.ts";
import { translateFunction } from "./translate.ts";
import { type ModuleIndexes, programType, type Tier } from "./translation.ts";
import { type Code, code } from "./wasm.ts";

/** A function of the host that a program calls. */
interface HostFunction {
  readonly name: string;
  readonly type: FunctionType;
  readonly run: (...parameters: number[]) => number | undefined;
}

const noParameters: FunctionType = { parameters: [], results: [] };
/** Ways in: nothing goes in or comes out but whether it went well. */
const entryType: FunctionType = { parameters: [], results: ["i32"] };

/** Compiles a program. What it then does is what the interpreter does. */
export function compileProgram(machine: Machine, program: LinkedProgram, tier: Tier): Executable {
  const hostFunctions = hostFunctionsOf(machine, program);
  const maps = [...new Set(program.maps.values())].filter((map) => map.place !== undefined);
  const shared: ModuleFunction[] = [
    { type: checkType, code: checkFunction(machine.objects.capacity) },
    { type: openFrameType, code: openFrameFunction() },
    { type: closeFrameType, code: closeFrameFunction() },
    ...maps.map((map) => ({ type: lookupType, code: lookupFunction(map) })),
  ];
  const first = hostFunctions.length;
  const indexes: ModuleIndexes = {
    check: first,
    openFrame: first + 1,
    closeFrame: first + 2,
    host: new Map(hostFunctions.map(({ name }, index) => [name, index])),
    lookups: new Map(maps.map((map, index) => [map.spec.name, first + 3 + index])),
    functions: new Map(program.functions.map((slot, index) => [slot, first + shared.length + index])),
  };
  const options = { tier, objectCapacity: machine.objects.capacity, indexes };
  const functions = program.functions.map((slot) => ({
    type: programType,
    code: translateFunction(program, slot, options),
  }));
  const entries = program.functions.map((slot) => ({
    type: entryType,
    code: entryFunction(indexes.functions.get(slot)!),
    exported: `enter${slot}`,
  }));
  const bytes = encodeModule(
    {
      memoryPages: Math.floor(machine.memory.buffer.byteLength / pageBytes),
      functions: hostFunctions.map(({ name, type }) => ({ name, type })),
    },
    [...shared, ...functions, ...entries, ...loopFunctions(program, indexes.functions.get(0)!)],
    ["i64", "i64", "i64"],
  );
  const host = {
    memory: machine.memory,
    ...Object.fromEntries(hostFunctions.map(({ name, run }) => [name, run])),
  };
  const { exports } = new webAssembly.Instance(new webAssembly.Module(bytes), { host });
  return {
    linked: program,
    call: (slot) => enter(machine, exports[`enter${slot}`] as () => number),
    ...(mayTailCall(program) ? {} : { loops: loopsOf(machine, exports) }),
  };
}

/** Calls a function at the depth that the cells say; false when it faulted. */
function enter(machine: Machine, entry: () => number): boolean {
  const { i32 } = machine;
  const depth = i32[cells.depth >> 2]!;
  const limitBefore = i32[cells.depthLimit >> 2]!;
  if (depth >= frameCount) {
    i32[cells.status >> 2] ||= faults.depth;
    return false;
  }
  i32[cells.depthLimit >> 2] = Math.min(depth + callDepthLimit, frameCount);
  const isWhole = entry() !== 0;
  i32[cells.depthLimit >> 2] = limitBefore;
  i32[cells.depth >> 2] = depth;
  if (!isWhole) for (let open = frameCount - 1; open >= depth; open--) closeFrame(machine, open);
  return isWhole;
}

/** Loops know of one program only. */
function mayTailCall(program: LinkedProgram): boolean {
  return program.immediates.some(
    (id, slot) => id === tailCall && program.opcodes[slot] === callOpcode && program.src[slot] === callSources.helper,
  );
}

function loopsOf(machine: Machine, exports: Record<string, unknown>): ProgramLoops {
  const around =
    <Parameters extends number[]>(loop: (...parameters: Parameters) => number) =>
    (...parameters: Parameters): number => {
      let done = 0;
      enter(machine, () => {
        done = loop(...parameters);
        return Number(machine.i32[cells.status >> 2] === 0);
      });
      return done;
    };
  return {
    repeat: around(exports["repeat"] as ProgramLoops["repeat"]),
    batch: around(exports["batch"] as ProgramLoops["batch"]),
  };
}

/** Takes r1 to r5 from the registers, and leaves r0 there; 1 when all went well. */
function entryFunction(target: number): Code {
  const out = code(0);
  const depth = out.local("i32");
  const result = out.local("i64");
  out.i32(0);
  out.memory("i32.load", cells.depth);
  out.set(depth);
  for (let register = 1; register <= 5; register++) {
    out.i32(0);
    out.memory("i64.load", registersAt + 8 * register);
  }
  out.get(depth);
  out.i32(frameBytes);
  out.op("i32.mul");
  out.i32(framesAt);
  out.op("i32.add");
  out.get(depth);
  out.call(target);
  out.set(result);
  out.i32(0);
  out.get(result);
  out.memory("i64.store", registersAt);
  out.i32(0);
  out.memory("i32.load", cells.status);
  out.op("i32.eqz");
  return out;
}

/** What the host does for a program: the helpers and kernel functions that it calls, each once. */
function hostFunctionsOf(machine: Machine, program: LinkedProgram): HostFunction[] {
  const found = new Map<string, HostFunction>();
  const add = (name: string, type: FunctionType, run: HostFunction["run"]) => found.set(name, { name, type, run });
  for (let slot = 0; slot < program.slotCount; slot++) {
    const opcode = program.opcodes[slot]!;
    const id = program.immediates[slot]!;
    if ((opcode & 7) === 0 && opcode !== 0x18 && opcode !== 0) {
      add(hostNames.loadPacket, { parameters: ["i32", "i32"], results: ["i32"] }, (offset, size) =>
        Number(loadPacket(machine, offset!, size!)),
      );
    }
    if (opcode === callRegisterOpcode) addRegisterCalls(add, machine);
    if (opcode !== callOpcode || program.missing.has(slot)) continue;
    if (program.src[slot] === callSources.kernelFunction) {
      const { run } = program.kernelFunctions.get(slot)!;
      add(hostNames.kernelFunction(slot), noParameters, () => void run(machine));
    } else if (program.src[slot] === callSources.helper && id === tailCall) {
      add(hostNames.tailCall, { parameters: ["i32"], results: ["i32"] }, (depth) => tailCallFrom(machine, depth!));
    } else if (program.src[slot] === callSources.helper) {
      const { run } = helpers.get(id)!;
      add(hostNames.helper(id), noParameters, () => void run(machine));
    }
  }
  return [...found.values()];
}

function addRegisterCalls(
  add: (name: string, type: FunctionType, run: HostFunction["run"]) => void,
  machine: Machine,
): void {
  const number = () => machine.view.getBigUint64(cells.faultAddress, true);
  add(hostNames.callRegister, { parameters: [], results: ["i32"] }, () => {
    const id = number();
    return Number(id < 0x1_0000_0000n && helpers.has(Number(BigInt.asIntN(32, id))));
  });
  add(hostNames.callHelper, noParameters, () => void helpers.get(Number(number()))!.run(machine));
}

/** Whether the program must give way to another one; only a program itself can, not a function of it. */
function tailCallFrom(machine: Machine, depth: number): number {
  if (depth > 0) {
    machine.i32[cells.status >> 2] = faults.notCallable;
    return 0;
  }
  return Number(prepareTailCall(machine));
}
