/** Types of a collection, in the kernel. */

import { BugError } from "../errors/error.ts";
import * as attributes from "./attribute.ts";
import { attribute, bpfError, tryBpf } from "./bpf.ts";
import { addressOf } from "./libc.ts";

/** A descriptor of the types, which the caller closes; `name` is whose they are. */
export function loadBtf(btf: Uint8Array, name: string): number {
  const values = { btf: addressOf(btf), btfSize: btf.byteLength };
  const fd = tryBpf("btfLoad", attribute(attributes.btfLoad, values), btf);
  if (fd >= 0) return fd;
  const log = new Uint8Array(1 << 20);
  const logged = { ...values, logBuffer: addressOf(log), logSize: log.byteLength, logLevel: 1 };
  const retried = tryBpf("btfLoad", attribute(attributes.btfLoad, logged), btf, log);
  if (retried >= 0) return retried;
  const text = new TextDecoder().decode(log.subarray(0, log.indexOf(0)));
  if (text !== "") throw new BugError("BTF_REFUSED", `the kernel refused the types of ${name}`, { details: text });
  throw bpfError(-fd, `load the types of ${name}`);
}
