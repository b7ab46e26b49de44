import assert from "node:assert/strict";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { chooseProvider, optionalPrograms } from "./provider.ts";

const own = { process: 4711, namespaceLevel: 1, cgroupLevel: 2 };

kernelTest("a cgroup is watched without following forks, by its id and level", () => {
  const { spec, options } = chooseProvider({ kind: "cgroup", id: 42n, level: 3, label: "web" }, own);
  assert.ok(!options.programs.includes("fork") && !options.programs.includes("exit"));
  const { scopeCgroup, scopeLevel, ownProcess, namespaceLevel } = options.config;
  assert.deepEqual(
    { scopeCgroup, scopeLevel, ownProcess, namespaceLevel },
    {
      scopeCgroup: 42n,
      scopeLevel: 3,
      ownProcess: 4711,
      namespaceLevel: 1,
    },
  );
  const known = spec.config.map(({ name }) => name);
  assert.deepEqual(
    Object.keys(options.config).filter((name) => !known.includes(name)),
    [],
  );
});

kernelTest("processes are watched with their forks and exits, and with no cgroup", () => {
  const { options } = chooseProvider({ kind: "processes", globalIds: [1], label: "" }, own);
  assert.ok(options.programs.includes("fork") && options.programs.includes("exit"));
  assert.equal(options.config["scopeCgroup"], 0n);
});

kernelTest("whatever is not optional is loaded", () => {
  const { spec, options } = chooseProvider({ kind: "processes", globalIds: [1], label: "" }, own);
  const left = spec.programs.map(({ name }) => name).filter((name) => !options.programs.includes(name));
  assert.deepEqual(
    left.filter((name) => !optionalPrograms.has(name)),
    [],
  );
});
