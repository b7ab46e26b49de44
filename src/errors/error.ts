/** The one family of errors. The command line prints `message` alone for all kinds but `bug`. */

/** Whose turn it is to act on an error. */
export type ErrorKind = "input" | "permission" | "kernel" | "program" | "bug";

/** What an error may carry beside its message. */
export interface ErrorDetails {
  readonly cause?: unknown;
  /** More lines for the reader: source excerpts, logs. Printed below the message. */
  readonly details?: string;
}

/**
 * The root of every error Tarsier throws on purpose. `code` is stable and machine-readable
 * (`MAP_FULL`); `message` is one line that names the thing, the place and the remedy.
 */
export abstract class TarsierError extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: string;
  readonly details: string | undefined;

  constructor(code: string, message: string, { cause, details }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** The user gave something that cannot be used: an option, a file, a name. */
export class InputError extends TarsierError {
  override readonly kind = "input";
}

/** The system does not permit the operation to this user. */
export class PermissionError extends TarsierError {
  override readonly kind = "permission";
}

/** This kernel lacks something that is needed. */
export class KernelError extends TarsierError {
  override readonly kind = "kernel";
}

/** A program in Kernel TypeScript is wrong, or the kernel's verifier refuses it. */
export class ProgramError extends TarsierError {
  override readonly kind = "program";
}

/** An invariant of ours does not hold: always our bug. */
export class BugError extends TarsierError {
  override readonly kind = "bug";
}
