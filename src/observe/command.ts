/**
 * Starting a command so that nothing of it is missed: a shell waits in the command's place until everything is
 * attached, then becomes the command by exec: the same process, the same descriptors, nothing in between.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { constants as systemConstants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { InputError, KernelError } from "../errors/error.ts";
import { originalOpenFileLimit } from "./limits.ts";
import { type Account, environmentOf } from "./user.ts";

/** How a command ended: its exit code, with 128 added to the number of a signal that ended it. */
export type ExitCode = number;

/** A command that waits to be started. */
export interface WaitingCommand {
  readonly pid: number;
  /** Lets it run. */
  start(): void;
  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void;
  /** Ends it if it was never started; a started one goes on by itself. */
  abandon(): void;
  readonly ended: Promise<ExitCode>;
}

/** Exit code for a command that cannot be found, as shells have it. */
export const commandNotFound = 127;

/** Its first parameter is the limit of open files, or empty; the others are the command. */
const waitThenExec = 'read -r _ <&3 || exit 125; exec 3<&-; [ -z "$1" ] || ulimit -Sn "$1"; shift; exec "$@"';

/** Prepares `command`; it begins at `start()`. Throws `InputError` when it cannot be found. */
export function prepareCommand(command: readonly string[], account: Account | undefined): WaitingCommand {
  const [name, ...parameters] = command;
  if (name === undefined)
    throw new InputError("COMMAND_MISSING", "there is no command to observe: give one after `--`");
  const path = searchPath(process.env["PATH"]);
  const executable = findExecutable(name, path);
  if (executable === undefined) {
    throw new InputError("COMMAND_NOT_FOUND", `command not found: ${name}; check its name and PATH`);
  }
  const switched = account === undefined ? [] : userSwitch(account);
  const limit = originalOpenFileLimit() ?? "";
  const child = spawn("/bin/sh", ["-c", waitThenExec, name, String(limit), ...switched, executable, ...parameters], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: {
      ...process.env,
      PATH: path,
      ...(account && environmentOf(account)),
    },
  });
  const ended = exitOf(child);
  if (child.pid === undefined) {
    throw new KernelError(
      "COMMAND_NOT_STARTED",
      `cannot start ${name}: the system makes no process for /bin/sh; see \`ulimit -u\``,
    );
  }
  const gate = child.stdio[3] as Writable;
  // Whoever is killed while waiting does not read what it waited for.
  gate.on("error", () => {});
  let started = false;
  return {
    pid: child.pid,
    start() {
      started = true;
      gate.end("\n");
    },
    signal: (signal) => void child.kill(signal),
    abandon() {
      if (started) child.unref();
      else child.kill("SIGKILL");
    },
    ended,
  };
}

/** Under sudo PATH may lack the directory of the Node that runs us: the command's PATH has it, last. */
export function searchPath(path: string | undefined): string {
  const directories = (path ?? "/usr/local/bin:/usr/bin:/bin").split(delimiter);
  const own = dirname(process.execPath);
  return (directories.includes(own) ? directories : [...directories, own]).join(delimiter);
}

/** The file that a shell would run for `name`. */
export function findExecutable(name: string, path: string): string | undefined {
  const candidates = name.includes("/") ? [name] : path.split(delimiter).map((directory) => join(directory, name));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What to put before a command so that it runs as another user. `setpriv` of util-linux gives the account its supplementary groups too. */
export function userSwitch({ userId, groupId }: Account): string[] {
  const setpriv = findExecutable("setpriv", "/usr/bin:/bin:/usr/sbin:/sbin");
  if (setpriv === undefined) {
    throw new InputError(
      "SETPRIV_MISSING",
      "cannot change to another user: install util-linux (setpriv), or say --user root",
    );
  }
  return [setpriv, `--reuid=${userId}`, `--regid=${groupId}`, "--init-groups", "--"];
}

function exitOf(child: ChildProcess): Promise<ExitCode> {
  return new Promise((resolve) => {
    // Of a process that was not made, or of a signal that it did not take: both are seen elsewhere.
    child.on("error", () => {});
    child.once("exit", (code, signal) => resolve(code ?? 128 + systemConstants.signals[signal ?? "SIGKILL"]));
  });
}
