/**
 * Hooks of Node's module loader: modules in TypeScript run as they are, and `tarsier` and its parts are this package,
 * wherever a module lies. Given to `module.register`, where they run in a thread of their own, or to `module.registerHooks`.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { kernelHalf } from "./halves.ts";
import { stripTypes } from "./strip-types.ts";

/** At the end of a URL: the module without its user half. */
export const kernelHalfOnly = "?half=kernel";

interface ResolveContext {
  readonly parentURL?: string | undefined;
}

/** What Node's own hook gives, or a promise of it. */
type Next<Context, Result> = (name: string, context: Context) => Result;

export function resolve<Context extends ResolveContext, Result>(
  specifier: string,
  context: Context,
  next: Next<Context, Result>,
): Result {
  const isOwn = specifier === "tarsier" || specifier.startsWith("tarsier/");
  return next(specifier, isOwn ? { ...context, parentURL: import.meta.url } : context);
}

interface Loaded {
  readonly format: "module";
  readonly source: string;
  readonly shortCircuit: true;
}

export function load<Context, Result>(url: string, context: Context, next: Next<Context, Result>): Result | Loaded {
  if (!/^file:.*\.m?ts(\?.*)?$/.test(url)) return next(url, context);
  const path = fileURLToPath(url.replace(/\?.*$/, ""));
  const text = readFileSync(path, "utf8");
  const wanted = url.endsWith(kernelHalfOnly) ? kernelHalf(path, text) : text;
  return { format: "module", source: stripTypes(path, wanted), shortCircuit: true };
}
