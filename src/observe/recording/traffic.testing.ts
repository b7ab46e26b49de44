/** For tests: a program whose connections are of every kind that a recording has to keep. Its secrets all contain `SECRET`. */

export const trafficProgram = `
const { Agent, createServer, request } = require("node:http");
const net = require("node:net");
const { once } = require("node:events");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const server = createServer(async (question, response) => {
  let length = 0;
  for await (const chunk of question) length += chunk.length;
  if (question.url.startsWith("/chunked")) {
    response.write("a".repeat(5000));
    response.write("SECRET body ".repeat(2000));
    response.end("end");
  } else if (question.url.startsWith("/slow")) {
    response.write("x");
    setTimeout(() => response.end("0\\r\\n"), 20);
  } else if (question.url.startsWith("/long")) {
    response.setHeader("content-length", 300_000);
    response.end(Buffer.alloc(300_000, "SECRET"));
  } else {
    response.setHeader("set-cookie", "sid=SECRET");
    response.end("hello " + length);
  }
});

async function keepAlive(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: "Bearer SECRET", cookie: "a=SECRET" };
  const ask = async (path, method = "GET", body) => {
    const question = request({ port, host: "127.0.0.1", path, method, agent, headers });
    question.end(body);
    const [response] = await once(question, "response");
    await once(response.resume(), "end");
  };
  await ask("/one?token=SECRET&flag&123x");
  await ask("/two", "POST", "SECRET=1");
  await ask("/chunked");
  await ask("/head", "HEAD");
  await ask("/slow");
  await ask("/long");
  await ask("/after?x=1#f");
  agent.destroy();
}

async function byHand(port) {
  const socket = net.connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.resume();
  const say = async (text) => {
    socket.write(text);
    await pause(60);
  };
  await say("GET /p1?k=SECRET HTTP/1.1\\r\\nHost: a\\r\\nAuthorization: Basic SECRET\\r\\n\\r\\nGET /p2 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" +
    "GET /chunked/p3 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
  await say("GET /split HTTP/1.1\\r\\nHo");
  await say("st: a\\r\\nX-Api-Key: SECRET\\r\\n\\r\\n");
  await say("POST /chunks HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n6\\r\\nSECRET\\r\\n0\\r\\n\\r\\n");
  await say("GET /clean-again HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
  socket.end();
  await once(socket, "close");
}

async function otherProtocol() {
  const pong = net.createServer((client) => client.on("data", (data) => client.write("PONG SECRET " + data.length)));
  await once(pong.listen(0, "127.0.0.1"), "listening");
  const client = net.connect(pong.address().port, "127.0.0.1");
  await once(client, "connect");
  for (const text of ["AUTH SECRET\\r\\n", "PING SECRET\\r\\n"]) {
    client.write(text);
    await once(client, "data");
  }
  client.end();
  await once(client, "close");
  pong.close();
}

server.listen(0, "127.0.0.1", async () => {
  await keepAlive(server.address().port);
  await byHand(server.address().port);
  await otherProtocol();
  server.close();
});
`;
