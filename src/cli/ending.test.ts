import assert from "node:assert/strict";
import { test } from "node:test";
import type { WaitingCommand } from "../observe/command.ts";
import type { Subject } from "../observe/subject.ts";
import { waitForEnd } from "./ending.ts";
import type { Signals } from "./signals.ts";

const never = new Promise<never>(() => {});
const goesOn = { outputClosed: never, scopeEnded: never };
const scope = { kind: "processes", globalIds: [1], label: "" } as const;
const silent: Signals = { first: never, second: never, any: () => false, stop: () => {} };

/** A command that ends with `exitCode` when it gets a signal, or by itself where `lasts` is false. */
function observed({ exitCode = 0, lasts = true, ignoresSignals = false } = {}) {
  const sent: string[] = [];
  let finish: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    finish = resolve;
  });
  if (!lasts) finish(exitCode);
  const command: WaitingCommand = {
    pid: 1,
    start: () => {},
    signal(name) {
      sent.push(name);
      if (!ignoresSignals) finish(exitCode);
    },
    abandon: () => {},
    ended,
  };
  const subject: Subject = { scope, name: "test", command, release: () => {} };
  return { subject, sent };
}

const withoutCommand: Subject = { scope, name: "process 1", command: undefined, release: () => {} };

test("when the command ends, so does the observation, with its exit code", async () => {
  const { subject } = observed({ lasts: false, exitCode: 7 });
  assert.deepEqual(await waitForEnd(subject, undefined, silent, goesOn), { kind: "commandEnded", exitCode: 7 });
});

test("a signal goes on to the command, and the exit code is what it made of it", async () => {
  const { subject, sent } = observed({ exitCode: 143 });
  const signals = { ...silent, first: Promise.resolve("SIGTERM" as const) };
  assert.deepEqual(await waitForEnd(subject, undefined, signals, goesOn), { kind: "interrupted", exitCode: 143 });
  assert.deepEqual(sent, ["SIGTERM"]);
});

test("a second signal ends the wait for a command that ignores the first", async () => {
  const { subject } = observed({ ignoresSignals: true });
  const signals = {
    ...silent,
    first: Promise.resolve("SIGTERM" as const),
    second: Promise.resolve(undefined),
  };
  assert.deepEqual(await waitForEnd(subject, undefined, signals, goesOn), { kind: "interrupted", exitCode: 0 });
});

test("when the time is over, the command is asked to end, and all is well", async () => {
  const { subject, sent } = observed({ exitCode: 143 });
  assert.deepEqual(await waitForEnd(subject, 10, silent, goesOn), { kind: "timeOver", exitCode: 0 });
  assert.deepEqual(sent, ["SIGTERM"]);
});

test("without a command of its own an observation ends by a signal or its time", async () => {
  const signals = { ...silent, first: Promise.resolve("SIGINT" as const) };
  assert.deepEqual(await waitForEnd(withoutCommand, undefined, signals, goesOn), { kind: "interrupted", exitCode: 0 });
  assert.deepEqual(await waitForEnd(withoutCommand, 10, silent, goesOn), { kind: "timeOver", exitCode: 0 });
});

test("an output that nobody reads ends it as a broken pipe does", async () => {
  const { subject, sent } = observed();
  assert.deepEqual(await waitForEnd(subject, undefined, silent, { ...goesOn, outputClosed: Promise.resolve() }), {
    kind: "outputClosed",
    exitCode: 141,
  });
  assert.deepEqual(sent, []);
});

test("an observation that fails ends the wait with its error", async () => {
  const { subject } = observed();
  const broken = { ...goesOn, outputClosed: Promise.reject(new Error("the ring is broken")) };
  await assert.rejects(waitForEnd(subject, 60_000, silent, broken), /ring/);
});

test("when no watched process is left, the observation is over; with a command it is the command that counts", async () => {
  const ended = { ...goesOn, scopeEnded: Promise.resolve() };
  assert.deepEqual(await waitForEnd(withoutCommand, undefined, silent, ended), { kind: "processesEnded", exitCode: 0 });
  const { subject } = observed({ lasts: false, exitCode: 7 });
  assert.deepEqual(await waitForEnd(subject, undefined, silent, ended), { kind: "commandEnded", exitCode: 7 });
});
