/** `BPF_LINK_CREATE`, and what its refusals mean for a hook. */

import type { FieldTypes, Struct, StructValue } from "../bytes/index.ts";
import { type HookKindRow, hookKinds } from "../spec/index.ts";
import { attribute, tryBpf } from "./bpf.ts";
import { type KernelLink, openLink } from "./link.ts";
import type { KernelProgram } from "./program.ts";
import { requirementOf } from "./requirements.ts";

/** Makes a link of `program`, with the attach type of its hook; `where` completes "attach NAME to …". */
export function createLink<Fields extends FieldTypes>(
  program: KernelProgram,
  layout: Struct<Fields>,
  values: Partial<StructValue<Fields>>,
  where: string,
  memory: readonly Uint8Array[] = [],
  beside: readonly number[] = [],
): KernelLink {
  const { kind } = program.spec.hook;
  const row: HookKindRow = hookKinds[kind];
  const head = { programFd: program.fd, attachType: row.attach ?? 0 } as unknown as Partial<StructValue<Fields>>;
  const fd = tryBpf("linkCreate", attribute(layout, { ...head, ...values }), ...memory);
  if (fd < 0) throw requirementOf.hook(kind, -fd, `attach ${program.spec.name} to ${where}`);
  return openLink(fd, program, program.spec.name, beside);
}
