/** eBPF instructions (RFC 9669): make, encode, decode, assemble and print them. */

export * from "./alu.ts";
export { assemble } from "./assemble.ts";
export * from "./atomic.ts";
export * from "./call.ts";
export * as classic from "./classic/index.ts";
export * from "./decode.ts";
export { disassemble } from "./disassemble.ts";
export * from "./encode.ts";
export { type Field, type Form, formOf, forms, type Operand } from "./forms.ts";
export * from "./helpers.ts";
export * from "./instruction.ts";
export * from "./jump.ts";
export * from "./memory.ts";
export * from "./print.ts";
export * from "./unary.ts";
export { decodeProgram, validate } from "./validate.ts";
