/** A command was called wrongly: the exit code is 2. */

import { InputError } from "../errors/error.ts";

/** What was typed cannot be used, whatever the files hold. */
export class UsageError extends InputError {}
