/** `npm run lint`: no folder of `src/` imports from its own floor or one above (scripts/layers.ts). */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { forbiddenImports } from "./layers.ts";
import { root } from "./test-files.ts";

const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `src/${name}`)
  .sort();
const forbidden = files.flatMap((path) => forbiddenImports(path, readFileSync(join(root, path), "utf8")));
for (const line of forbidden) console.log(line);
console.log(`layers: ${files.length} files, ${forbidden.length} forbidden imports`);
if (forbidden.length > 0 || files.length === 0) process.exitCode = 1;
