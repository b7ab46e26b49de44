import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../errors/error.ts";
import { findExecutable, prepareCommand, searchPath } from "./command.ts";

test("a command waits until it is started, and its exit code is the shell's answer", async () => {
  const command = prepareCommand(["sh", "-c", "exit 7"], undefined);
  const early = await Promise.race([command.ended, new Promise((resolve) => setTimeout(resolve, 100, "waiting"))]);
  assert.equal(early, "waiting");
  command.start();
  assert.equal(await command.ended, 7);
});

test("a command ended by a signal gives 128 and the signal's number", async () => {
  const command = prepareCommand(["sh", "-c", "kill -TERM $$"], undefined);
  command.start();
  assert.equal(await command.ended, 128 + 15);
});

test("a command that is never started ends with its observer", async () => {
  const command = prepareCommand(["sleep", "60"], undefined);
  command.abandon();
  assert.equal(await command.ended, 128 + 9);
});

test("arguments arrive as they are", async () => {
  const command = prepareCommand(
    ["sh", "-c", '[ "$1" = "a b" ] && [ "$2" = \'$HOME"\' ]', "x", "a b", '$HOME"'],
    undefined,
  );
  command.start();
  assert.equal(await command.ended, 0);
});

test("an unknown command is refused before anything is made", () => {
  assert.throws(() => prepareCommand(["no-such-command-here"], undefined), {
    name: InputError.name,
    message: "command not found: no-such-command-here; check its name and PATH",
  });
});

test("the command's PATH has the directory of Node, last", () => {
  assert.match(searchPath("/usr/sbin:/sbin"), /^\/usr\/sbin:\/sbin:\/.*bin/);
  assert.equal(findExecutable("sh", "/nowhere:/bin"), "/bin/sh");
  assert.equal(findExecutable("/bin/sh", ""), "/bin/sh");
  assert.equal(findExecutable("/etc/passwd", ""), undefined);
});

test("a command that was killed while it waited can be started without harm", async () => {
  const command = prepareCommand(["sleep", "60"], undefined);
  command.signal("SIGKILL");
  assert.equal(await command.ended, 128 + 9);
  command.start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  command.abandon();
});
