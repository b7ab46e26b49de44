/** A headless Chromium, told what to do over a pipe (https://chromedevtools.github.io/devtools-protocol/). */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** One page. */
export interface Page {
  /** What an expression is in the page, when its promise is settled. Rejects with what it threw. */
  evaluate(expression: string): Promise<unknown>;
}

/** A browser that is ready. */
export interface Browser {
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: {
    readonly targetId?: string;
    readonly sessionId?: string;
    readonly result?: { readonly value?: unknown };
    readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
  };
}

export function startBrowser(): Browser {
  const profile = mkdtempSync(join(tmpdir(), "tarsier-chromium-"));
  const parameters = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"];
  const chromium = spawn("chromium", [...parameters, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const [orders, answers] = [chromium.stdio[3] as Writable, chromium.stdio[4] as Readable];
  orders.on("error", () => {});
  const waiting = new Map<number, (answer: Answer) => void>();
  let text = "";
  answers.setEncoding("utf8").on("data", (chunk: string) => {
    const messages = (text + chunk).split("\0");
    text = messages.pop() ?? "";
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer;
      if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    }
  });
  const failed = new Promise<never>((_, reject) => {
    chromium.once("error", reject).once("exit", () => reject(new Error("chromium has ended")));
  });
  failed.catch(() => {});
  let lastId = 0;
  const ask = async (method: string, given: object, sessionId?: string): Promise<NonNullable<Answer["result"]>> => {
    const id = ++lastId;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    orders.write(`${JSON.stringify({ id, method, params: given, ...(sessionId && { sessionId }) })}\0`);
    const { error, result = {} } = await Promise.race([answered, failed]);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  return {
    async open(url) {
      const { targetId } = await ask("Target.createTarget", { url });
      const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
      return {
        async evaluate(expression) {
          const options = { expression, awaitPromise: true, returnByValue: true };
          const { result, exceptionDetails } = await ask("Runtime.evaluate", options, sessionId);
          if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? "it threw");
          return result?.value;
        },
      };
    },
    async close() {
      if (chromium.exitCode === null) {
        const ended = once(chromium, "exit");
        await ask("Browser.close", {}).catch(() => chromium.kill("SIGKILL"));
        await ended;
      }
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
