/** Has our own verifier judge a collection: no kernel is asked, and none is needed. */

import type { CollectionSpec } from "../spec/index.ts";
import { verifyOrThrow } from "../vm/verifier/index.ts";
import type { Checked } from "./check-collection.ts";

/** Verifies every program. Throws the refusal of the first that is refused. */
export function checkOffline(spec: CollectionSpec): Checked[] {
  return spec.programs.map((program) => {
    const { facts, instructionsVisited } = verifyOrThrow(spec, program);
    const { name, hook, code } = program;
    return {
      program: name,
      hook: hook.target === "" ? hook.kind : `${hook.kind} ${hook.target}`,
      instructions: code.byteLength / 8,
      verified: instructionsVisited,
      stackBytes: facts.totalStackBytes,
    };
  });
}
