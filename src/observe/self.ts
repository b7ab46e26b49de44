/** Tarsier's own place in the kernel's namespaces, and other processes as they are seen from there. */

import { InputError } from "../errors/error.ts";
import { type KernelCollection, loadCollection, runIterator, testRun } from "../kernel/index.ts";
import { Answer } from "../programs/self.ts";
import { compiledPrograms } from "./compiled.ts";

/** Where this process is. Ids are those of the first pid namespace; levels count from the outermost. */
export interface OwnPlace {
  readonly process: number;
  readonly namespaceLevel: number;
  readonly cgroupLevel: number;
}

/** Asks the kernel, by a program that runs once in this thread. */
export function findOwnPlace(): OwnPlace {
  const collection = loadCollection(compiledPrograms("self"), { programs: ["self"] });
  try {
    testRun(collection.programs.get("self")!);
    const { process, namespaceLevel, cgroupLevel } = readAnswer(collection);
    return { process, namespaceLevel, cgroupLevel };
  } finally {
    collection.close();
  }
}

/** A process's id in the first pid namespace, from its id in ours. Throws `InputError` when there is none. */
export function globalProcessId(pid: number, own: OwnPlace): number {
  const config = { wantedProcess: pid, wantedLevel: own.namespaceLevel };
  const collection = loadCollection(compiledPrograms("self"), { programs: ["findProcess"], config });
  try {
    runIterator(collection.attach("findProcess"));
    const { found } = readAnswer(collection);
    if (found === 0) throw new InputError("PROCESS_ABSENT", `--pid ${pid}: there is no such process here`);
    return found;
  } finally {
    collection.close();
  }
}

function readAnswer(collection: KernelCollection): Answer {
  return Answer.decode(collection.map("answers").mapped());
}
