/** Many functions of the kernel by one link (`BPF_TRACE_KPROBE_MULTI`), or one by one where the kernel cannot. */

import { InputError } from "../errors/error.ts";
import { createLink } from "./attach-link.ts";
import type { AtKernelFunctions } from "./attach-options.ts";
import { attachKernelProbe } from "./attach-perf.ts";
import { cString } from "./c-string.ts";
import { kernelFunctionsLike } from "./kernel-symbols.ts";
import { addressOf } from "./libc.ts";
import { joinLinks, type KernelLink } from "./link.ts";
import { kernelProbesLink } from "./link-attribute.ts";
import { probeHook } from "./probe.ts";
import type { KernelProgram } from "./program.ts";

const returnFlag = 1;

/** Attaches to every function that is named or matches a pattern. */
export function attachKernelFunctions(program: KernelProgram, options: AtKernelFunctions): KernelLink {
  const { name, hook } = program.spec;
  const wanted = options.functions ?? [hook.target];
  const functions = wanted.flatMap((text) => (/[*?]/.test(text) ? kernelFunctionsLike(text) : [text]));
  if (functions.length === 0 || functions[0] === "") {
    throw new InputError(
      "ATTACH_FUNCTIONS",
      `${name} (${hook.kind}): no function of this kernel matches ${wanted.join(", ")}`,
    );
  }
  const { cookies } = options;
  if (cookies !== undefined && cookies.length !== functions.length) {
    throw new InputError("ATTACH_COOKIES", `${name}: ${cookies.length} cookies for ${functions.length} functions`);
  }
  if (hook.kind !== "kprobeSession" && !probeHook(hook.kind).available) {
    return joinLinks(
      program,
      functions.map((text, index) => attachKernelProbe(program, { function: text, cookie: cookies?.[index] ?? 0n })),
    );
  }
  const texts = functions.map(cString);
  const symbols = new Uint8Array(BigUint64Array.from(texts.map(addressOf)).buffer);
  const cookieBytes = cookies && new Uint8Array(BigUint64Array.from(cookies).buffer);
  const values = {
    probeFlags: hook.kind === "kretprobeMulti" ? returnFlag : 0,
    count: functions.length,
    symbols: addressOf(symbols),
    cookies: cookieBytes === undefined ? 0n : addressOf(cookieBytes),
  };
  const memory = [symbols, ...texts, ...(cookieBytes ? [cookieBytes] : [])];
  return createLink(program, kernelProbesLink, values, `${functions.length} functions`, memory);
}
