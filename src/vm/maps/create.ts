import type { MapSpec } from "../../spec/index.ts";
import type { Machine } from "../machine.ts";
import type { SandboxMap } from "./map.ts";
export const createSandboxMap = (_spec: MapSpec, _machine: Machine): SandboxMap => {
  throw new Error("none");
};
export const objectsOf = (_spec: MapSpec, _processors: number): number => 1;
