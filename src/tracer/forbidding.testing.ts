/**
 * For tests: `node forbidding.testing.js CALL,CALL… PROGRAM ARGUMENTS…` becomes the program where those system calls are refused
 * with EPERM, as the default profile of a container refuses them.
 */

import {
  assembleClassic,
  type ClassicStatement,
  classicBytes,
  encodeClassic,
  loadPacketAt,
  returnConstant,
} from "../isa/classic/index.ts";
import { tracedMachine } from "./calls.ts";
import { verdict } from "./filter.ts";
import { addressOf, execute, keepOpen, processControl, systemCall } from "./libc.ts";
import { errno } from "./ptrace.ts";

const [numbers = "", program = "", ...parameters] = process.argv.slice(2);
const refuse = { name: "refuse" };
const code = encodeClassic(
  assembleClassic([
    loadPacketAt(4, 0),
    ...numbers.split(",").flatMap((number): ClassicStatement[] => {
      const next = { name: `not ${number}` };
      return [{ condition: "jeq", operand: Number(number), whenTrue: refuse, whenFalse: next }, { label: next }];
    }),
    returnConstant(verdict.allow),
    { label: refuse },
    returnConstant(verdict.errno | errno.notPermitted),
  ]),
);
processControl(38, 1);
const filter = new BigUint64Array([BigInt(code.length / classicBytes), BigInt(addressOf(code))]);
for (const fd of [0, 1, 2, 3]) keepOpen(fd);
if (systemCall(tracedMachine().seccomp, 1, 0, addressOf(filter)) < 0) process.exit(120);
const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
process.exit(execute(program, [program, ...parameters], environment) < 0 ? 121 : 0);
