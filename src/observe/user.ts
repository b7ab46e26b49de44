/** As whom an observed command runs: under sudo as the user who called it, else as Tarsier itself, unless told. */

import { readFileSync } from "node:fs";
import { InputError } from "../errors/error.ts";

/** An account of `/etc/passwd`. */
export interface Account {
  readonly name: string;
  readonly userId: number;
  readonly groupId: number;
  readonly home: string;
}

/** The account to run as, or `undefined` for no change. Throws `InputError` for a user that does not exist. */
export function accountFor(
  wanted: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  passwd: string = readFileSync("/etc/passwd", "utf8"),
): Account | undefined {
  const accounts = parseAccounts(passwd);
  if (wanted !== undefined) {
    const account = accounts.find(({ name, userId }) => name === wanted || String(userId) === wanted);
    if (account === undefined) throw new InputError("USER_UNKNOWN", `--user ${wanted}: there is no such user here`);
    return account;
  }
  const invoker = environment["SUDO_UID"];
  if (invoker === undefined || invoker === "0") return undefined;
  const account = accounts.find(({ userId }) => String(userId) === invoker);
  if (account === undefined) {
    throw new InputError(
      "USER_UNKNOWN",
      `the user ${invoker}, who called sudo, is not in /etc/passwd: say as whom the command is to run, --user root for instance`,
    );
  }
  return account;
}

/** What the account's own session has in its environment, in place of root's. */
export function environmentOf(account: Account): Record<string, string> {
  return { HOME: account.home, USER: account.name, LOGNAME: account.name };
}

function parseAccounts(passwd: string): Account[] {
  return passwd
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => fields.length >= 7)
    .map(([name, , userId, groupId, , home]) => ({
      name: name!,
      userId: Number(userId),
      groupId: Number(groupId),
      home: home!,
    }));
}
