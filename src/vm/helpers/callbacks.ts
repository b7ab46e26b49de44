/** Helpers that call functions of the program. */

import { cells, objectIndexes, scratchAt, scratchBytes } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { errors, flagsOf, mapArgument, setRegister, word } from "./arguments.ts";
import type { HelperGroup } from "./helper.ts";

/** `BPF_MAX_LOOPS`. */
export const mostLoops = 8 * 1024 * 1024;

/** Room for a key at each depth of calls. */
const keyRoomBytes = 1024;

export const callbackHelpers: HelperGroup = {
  bpf_loop(machine) {
    const count = word(machine, 1);
    const [low, high] = pointerIn(machine, 2);
    const [contextLow, contextHigh] = pointerIn(machine, 3);
    if (flagsOf(machine, 4) !== 0) return machine.result(errors.invalid);
    if (count > mostLoops) return machine.result(errors.tooBig);
    let index = 0;
    while (index < count) {
      setRegister(machine, 1, index, 0);
      setRegister(machine, 2, contextLow, contextHigh);
      if (!machine.callback(low, high, 2)) return;
      index++;
      if (hasResult(machine)) break;
    }
    machine.result(index);
  },
  bpf_for_each_map_elem(machine) {
    const helper = "bpf_for_each_map_elem";
    const map = mapArgument(machine, helper, 1);
    if (map === undefined) return;
    const [mapLow, mapHigh] = pointerIn(machine, 1);
    const [low, high] = pointerIn(machine, 2);
    const [contextLow, contextHigh] = pointerIn(machine, 3);
    if (flagsOf(machine, 4) !== 0) return machine.result(errors.invalid);
    if (map.program.each === undefined) {
      machine.complain(`calls ${helper} with the map ${map.spec.name}, whose entries cannot be walked`);
      return;
    }
    const { keySizeBytes } = map.spec;
    const room = scratchAt + machine.i32[cells.depth >> 2]! * keyRoomBytes;
    if (keySizeBytes > keyRoomBytes || room + keyRoomBytes > scratchAt + scratchBytes) {
      machine.complain(`calls ${helper} with the map ${map.spec.name}: there is no room for its keys`);
      return;
    }
    machine.objects.place(objectIndexes.scratch, scratchAt, scratchBytes, 0);
    let failed = false;
    const visited = map.program.each((key, valueLow, valueHigh) => {
      machine.u8.copyWithin(room, key, key + keySizeBytes);
      setRegister(machine, 1, mapLow, mapHigh);
      setRegister(machine, 2, room, machine.objects.handle(objectIndexes.scratch));
      setRegister(machine, 3, valueLow, valueHigh);
      setRegister(machine, 4, contextLow, contextHigh);
      failed = !machine.callback(low, high, 4);
      return !failed && !hasResult(machine);
    });
    if (!failed) machine.result(visited);
  },
};

const pointerIn = ({ registers }: Machine, register: number): readonly [number, number] => [
  registers[2 * register]!,
  registers[2 * register + 1]!,
];

/** Callbacks say with 1 that they have enough. */
const hasResult = ({ registers }: Machine): boolean => registers[0] !== 0 || registers[1] !== 0;
