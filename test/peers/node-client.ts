/** A client by `fetch` for the tests, one request after the other; called with a port. Prints what it did. */

const base = `http://127.0.0.1:${process.argv[2]}`;

async function exchange(method: string, target: string, body?: RequestInit["body"]): Promise<void> {
  const options = { method, duplex: "half", ...(body !== undefined && { body }) };
  const response = await fetch(base + target, options as RequestInit);
  await response.arrayBuffer();
  console.log(JSON.stringify([method, target, response.status]));
}

for (let round = 0; round < 20; round++) {
  await exchange("GET", `/item/${round}`);
  await exchange("HEAD", "/item/head");
  await exchange("POST", "/echo", "a short body");
  await exchange("PUT", "/upload", "y".repeat(300_000));
  await exchange("POST", "/echo", ReadableStream.from(["a body ", "of ", "chunks"]) as RequestInit["body"]);
  await exchange("GET", "/stream");
  await exchange("GET", "/empty");
  await exchange("GET", "/unchanged");
  await exchange("DELETE", "/absent");
}
