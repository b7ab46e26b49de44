/** Importing modules in TypeScript, on every Node from 20 on. */

import * as module from "node:module";
import { KernelError, TarsierError } from "../errors/error.ts";
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

/** What a module of the user's threw, or how it cannot be loaded, as an error of its own kind. */
export function asProgramError(error: unknown, wrap: (message: string, details: string) => TarsierError): TarsierError {
  if (error instanceof TarsierError) return error;
  if (!(error instanceof Error)) return wrap(String(error), "");
  const frames = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !line.includes("node:internal"));
  return wrap(error.message.split("\n")[0]!, frames.join("\n"));
}
