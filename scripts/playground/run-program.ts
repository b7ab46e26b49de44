/** What the page does with a program: compiles it, has it verified, and runs it on a packet. */

import { compile } from "../../src/compiler/index.ts";
import { TarsierError } from "../../src/errors/error.ts";
import { loadSandbox, verifyOrThrow } from "../../src/vm/index.ts";

/** What came of it, as lines of plain text. */
export interface Outcome {
  readonly isWrong: boolean;
  readonly text: string;
}

const path = "program.ts";

/** Runs every program of `source` on the packet. What is wrong with any of them is in the text, on its line. */
export function runProgram(source: string, packetText: string): Outcome {
  try {
    return { isWrong: false, text: carriedOut(source, packetOf(packetText)).join("\n") };
  } catch (error) {
    if (!(error instanceof TarsierError)) throw error;
    return { isWrong: true, text: [error.message, ...(error.details === undefined ? [] : [error.details])].join("\n") };
  }
}

function carriedOut(source: string, packet: Uint8Array): string[] {
  const spec = compile({ entry: path, readFile: () => source });
  const lines: string[] = [];
  for (const program of spec.programs) {
    const { facts, instructionsVisited } = verifyOrThrow(spec, program);
    lines.push(
      `${program.name}: accepted by the verifier · ${program.code.byteLength / 8} instructions, ${instructionsVisited} looked at, ${facts.totalStackBytes} bytes of stack`,
    );
  }
  const sandbox = loadSandbox(spec);
  for (const [name, program] of sandbox.programs) {
    const { returnValue, data } = program.run({ data: packet });
    lines.push(`${name}: returned ${returnValue}`);
    if (hex(data) !== hex(packet)) lines.push(`${name}: the packet is now ${hex(data)}`);
  }
  for (const [name, map] of sandbox.maps) {
    if (name.startsWith(".") || map.spec.type === "ringBuffer") continue;
    const keys = map.user.keys();
    for (let at = 0; at < keys.length; at += map.spec.keySizeBytes) {
      const key = keys.slice(at, at + map.spec.keySizeBytes);
      const value = map.get(key);
      if (value?.some((byte) => byte !== 0)) lines.push(`${name}[${hex(key)}] = ${hex(value)}`);
    }
  }
  return lines;
}

function packetOf(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  const pairs = digits.match(/[\da-f]{2}/gi) ?? [];
  if (pairs.join("") !== digits)
    throw new PacketError("PACKET_INVALID", "the packet is not in hexadecimal: 45 00 00 28 …");
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

class PacketError extends TarsierError {
  override readonly kind = "input";
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
