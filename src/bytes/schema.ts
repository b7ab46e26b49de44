/** Any type of this folder, as one union told apart by `kind`. */

import type { ArrayOf } from "./array.ts";
import type { Bytes } from "./byte-string.ts";
import type { Integer } from "./integer.ts";
import type { Struct } from "./struct.ts";

export type Schema = Integer<number> | Integer<bigint> | Bytes | ArrayOf | Struct;
