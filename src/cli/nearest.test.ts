import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

test("the nearest names come first, and strangers not at all", () => {
  const names = ["task_struct", "task_group", "tcp_sock", "io_uring_task", "mask_struct"];
  assert.deepEqual(nearest("task_strct", names), ["task_struct", "mask_struct"]);
  assert.deepEqual(nearest("uring", names), ["io_uring_task"]);
  assert.deepEqual(nearest("sk_buff", names), []);
});
