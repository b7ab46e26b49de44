/** For tests: programs that may be there or not. */

import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** The file of a program among those that the system itself has. */
export function findExecutable(name: string): string | undefined {
  return ["/usr/bin", "/bin", "/usr/local/bin"]
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
