/** The compiler's parser in a browser: the same one, as WebAssembly. */

import * as binding from "@oxc-parser/binding-wasm32-wasip1";
// @ts-expect-error: it has no declarations.
import { wrap } from "../../../node_modules/oxc-parser/src-js/wrap.js";

export const parseSync = (path: string, text: string, options: object) => wrap(binding.parseSync(path, text, options));
