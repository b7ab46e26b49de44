/** Where the bytes of an ELF file come from: read as they are needed, so that a large file costs little. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../errors/error.ts";

/** Bytes that an ELF file is read from. */
export interface ElfSource {
  /** For errors. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Exactly those bytes, which lie inside the file. */
  read(offset: number, length: number): Uint8Array;
}

/** Bytes that are in memory already. */
export function bytesSource(bytes: Uint8Array, name: string): ElfSource {
  return { name, sizeBytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** A file that is open; `close` it when the last part is read. */
export interface FileSource extends ElfSource {
  close(): void;
}

/** Opens a file, `/proc/PID/root/…` among them. */
export function openSource(path: string): FileSource {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    throw new InputError("ELF_UNREADABLE", `${path} cannot be opened: ${(cause as Error).message}`, { cause });
  }
  const status = fstatSync(fd);
  if (!status.isFile()) {
    closeSync(fd);
    throw new InputError("ELF_UNREADABLE", `${path} is no file`);
  }
  return {
    name: path,
    sizeBytes: status.size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const count = readSync(fd, bytes, done, length - done, offset + done);
        if (count === 0) throw new InputError("ELF_CUT_OFF", `${path} became shorter while it was read`);
        done += count;
      }
      return bytes;
    },
    close: () => closeSync(fd),
  };
}
