/**
 * Captures of real traffic in other protocols, which an HTTP/1 reader must recognise as none of its own. They are not
 * part of this repository.
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findVectors } from "../../bytes/vectors.testing.ts";
import { streamsOf } from "./capture.testing.ts";
import { Http1Connection } from "./connection.ts";

const { path: folder, skip } = findVectors("captures");

test("no capture of HTTP/2, databases or message queues is taken for HTTP/1, from either side", { skip }, () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".pcap"));
  let readSegments = 0;
  for (const file of files) {
    const streams = streamsOf(readFileSync(join(folder, file)));
    for (const requests of streams) {
      const responses = streams.find(
        ({ connection, name }) => connection === requests.connection && name !== requests.name,
      );
      for (const start of [undefined, null]) {
        const connection = new Http1Connection(
          ({ target }) => assert.fail(`${file}: ${requests.name}: ${target}`),
          start,
        );
        for (const segment of requests.segments) connection.push("request", segment);
        for (const segment of responses?.segments ?? []) connection.push("response", segment);
        connection.close();
        readSegments += requests.segments.length;
      }
    }
  }
  assert.ok(readSegments > 100, `only ${readSegments} segments in ${files.length} files`);
});
