/** Importing modules in TypeScript, on every Node from 20 on. */

import * as module from "node:module";
import { KernelError } from "../errors/error.ts";
import * as hooks from "./typescript-hooks.ts";

/** Node 22.15 and newer: hooks in this thread. */
type RegisterHooks = (given: typeof hooks) => void;

let isRegistered = false;

/** Imports a module, in TypeScript or not, and from now on whatever it imports. */
export async function importTypeScript(url: string): Promise<Record<string, unknown>> {
  register();
  return await import(url);
}

function register(): void {
  if (isRegistered) return;
  isRegistered = true;
  const { registerHooks } = module as { registerHooks?: RegisterHooks };
  if (registerHooks !== undefined) registerHooks(hooks);
  else if (typeof module.register === "function") {
    module.register(new URL("./typescript-hooks.js", import.meta.url));
  } else
    throw new KernelError("NODE_TOO_OLD", `Node ${process.versions.node} cannot load TypeScript: take 20.6 or newer`);
}
