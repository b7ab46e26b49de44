/** Functions of programs and libraries by one link (`BPF_TRACE_UPROBE_MULTI`), or one by one where the kernel cannot. */

import { InputError } from "../errors/error.ts";
import { probeArgumentsMapName } from "../spec/index.ts";
import type { AttachContext } from "./attach.ts";
import { createLink } from "./attach-link.ts";
import type { AtUserFunctions, AtUserProbe } from "./attach-options.ts";
import { attachUserProbe, openUserProbe } from "./attach-perf.ts";
import { cString } from "./c-string.ts";
import { addressOf } from "./libc.ts";
import { joinLinks, type KernelLink } from "./link.ts";
import { userProbesLink } from "./link-attribute.ts";
import { probeHook } from "./probe.ts";
import { cookieOfArguments } from "./probe-arguments.ts";
import type { KernelProgram } from "./program.ts";
import { functionOffset, parseUserTarget, staticProbes } from "./user-functions.ts";

const returnFlag = 1;

/** Attaches to every function that is named, in one process or in all that map the file. */
export function attachUserFunctions(program: KernelProgram, options: AtUserFunctions): KernelLink {
  const { name, hook } = program.spec;
  const target = parseUserTarget(hook.target);
  const binary = options.binary ?? target.binary;
  const symbols = options.symbols ?? (target.symbol === undefined ? [] : [target.symbol]);
  if (binary === undefined || (symbols.length === 0 && options.offsets === undefined && target.offset === undefined)) {
    throw new InputError(
      "ATTACH_FUNCTIONS",
      `${name} (${hook.kind}) is attached to functions of a program: say which, as { binary, symbols }`,
    );
  }
  const offsets =
    options.offsets ??
    (symbols.length === 0 ? [target.offset!] : symbols.map((symbol) => functionOffset(binary, symbol)));
  const { cookies, pid } = options;
  if (cookies !== undefined && cookies.length !== offsets.length) {
    throw new InputError("ATTACH_COOKIES", `${name}: ${cookies.length} cookies for ${offsets.length} functions`);
  }
  const ofOne = pid === undefined ? {} : { pid };
  if (hook.kind !== "uprobeSession" && !probeHook(hook.kind).available) {
    return joinLinks(
      program,
      offsets.map((offset, index) =>
        attachUserProbe(program, { binary, offset, cookie: cookies?.[index] ?? 0n, ...ofOne }),
      ),
    );
  }
  const path = cString(binary);
  const offsetBytes = new Uint8Array(BigUint64Array.from(offsets.map(BigInt)).buffer);
  const cookieBytes = cookies && new Uint8Array(BigUint64Array.from(cookies).buffer);
  const values = {
    path: addressOf(path),
    offsets: addressOf(offsetBytes),
    cookies: cookieBytes === undefined ? 0n : addressOf(cookieBytes),
    count: offsets.length,
    probeFlags: hook.kind === "uretprobeMulti" ? returnFlag : 0,
    pid: pid ?? 0,
  };
  const memory = [path, offsetBytes, ...(cookieBytes ? [cookieBytes] : [])];
  return createLink(program, userProbesLink, values, `${offsets.length} functions of ${binary}`, memory);
}

/** Attaches to every place of a statically defined probe (USDT), and switches on the code that prepares its arguments. */
export function attachStatic(program: KernelProgram, options: AtUserProbe, context: AttachContext): KernelLink {
  const { name, hook } = program.spec;
  const [targetBinary, targetProvider, targetProbe] = hook.target.split(":");
  const { binary = targetBinary, provider = targetProvider, probe = targetProbe, pid } = options;
  if (!binary || !provider || !probe) {
    throw new InputError(
      "ATTACH_USDT",
      `${name} (usdt) is attached to a probe: say which, as { binary, provider, probe }`,
    );
  }
  const places = staticProbes(binary).filter((found) => found.provider === provider && found.name === probe);
  if (places.length === 0) throw new InputError("USDT_ABSENT", `${binary} has no probe ${provider}:${probe}`);
  const takesArguments = program.spec.maps.some(({ map }) => map === probeArgumentsMapName);
  if (takesArguments && options.cookie !== undefined) {
    throw new InputError("USDT_COOKIE", `${name} (usdt) takes arguments, which it finds by its cookie: give none`);
  }
  const argumentsMap = takesArguments ? context.map(probeArgumentsMapName) : undefined;
  const label = `${binary}:${provider}:${probe}`;
  return joinLinks(
    program,
    places.map(({ fileOffset, semaphoreFileOffset, arguments: given }) =>
      openUserProbe(program, {
        binary,
        offset: fileOffset,
        semaphoreOffset: semaphoreFileOffset ?? 0,
        cookie: argumentsMap === undefined ? (options.cookie ?? 0n) : cookieOfArguments(argumentsMap, given, label),
        isReturn: false,
        ...(pid !== undefined && { pid }),
      }),
    ),
  );
}
