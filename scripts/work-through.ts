/** Tasks that processes of their own work through, one after the other. */

import { type ForkOptions, fork } from "node:child_process";

/** How tasks are worked through. */
export interface Work<Task, Answer> {
  /** The module that a process runs: it answers each message with one. */
  readonly module: URL;
  readonly options?: ForkOptions;
  readonly take: (answer: Answer) => void;
  /** The answer in the place of that of a process which died over a task. `how`: by what signal, or with what status. */
  readonly died: (task: Task, how: string) => Answer;
}

/** One process takes one task after the other from `tasks`, until there are none, or until it dies. */
export function workThrough<Task extends object, Answer>(
  tasks: Task[],
  { module, options = {}, take, died }: Work<Task, Answer>,
): Promise<void> {
  return new Promise((resolve) => {
    const child = fork(module, options);
    let current: Task | undefined;
    const next = () => {
      current = tasks.shift();
      if (current === undefined) child.disconnect();
      else child.send(current);
    };
    child.on("message", (answer) => {
      take(answer as Answer);
      next();
    });
    child.on("exit", (status, signal) => {
      if (current !== undefined) take(died(current, String(signal ?? status)));
      resolve();
    });
    next();
  });
}
