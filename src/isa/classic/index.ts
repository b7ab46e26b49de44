/** Classic BPF: make, encode, decode, check and print the filters before eBPF. */

export { assembleClassic, type ClassicLabel, type ClassicStatement } from "./assemble.ts";
export { classicBytes, decodeClassic, encodeClassic } from "./encode.ts";
export { ancillaryNames, ancillaryStart, type ClassicForm, classicFormOf, classicForms } from "./forms.ts";
export * from "./instruction.ts";
export { parseClassic } from "./parse.ts";
export { printClassic, printClassicInstruction } from "./print.ts";
export { extendedFromClassic } from "./translate.ts";
export { validateClassic } from "./validate.ts";
