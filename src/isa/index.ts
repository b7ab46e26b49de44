/** eBPF instructions (RFC 9669): make, encode, decode and print them. */

export * from "./alu.ts";
export * from "./atomic.ts";
export * from "./call.ts";
export * from "./decode.ts";
export * from "./encode.ts";
export * from "./helpers.ts";
export * from "./instruction.ts";
export * from "./jump.ts";
export * from "./memory.ts";
export * from "./print.ts";
export * from "./unary.ts";
