"""The other half: seeded mixes of requests, split anywhere, chunked, pipelined, HEAD, 204, 304, 1xx.

Called with a port, a number of connections and seeds: so many connections for each seed. Prints one line of JSON a
connection: its seed and local port, the exchanges in order as (method, target, status), and the bytes sent and
received.
"""

import json
import random
import socket
import sys
import time

from framing_reader import Reader

styles = ["plain", "plain", "split", "chunked", "chunked-split", "chunked-trailer", "hints", "hints-split"]

port, connections, *seeds = map(int, sys.argv[1:])


ports = set()


def unused_socket():
    """A socket bound to a port that no connection had before, so that its port tells a connection."""
    while True:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        if port not in ports:
            ports.add(port)
            return sock
        sock.close()


class Client:
    def __init__(self, rng):
        self.rng = rng
        self.sock = unused_socket()
        self.sock.connect(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self.sock, rng, [1, 5, 60, 4096, 65536])
        self.sent = 0

    def send(self, data, split):
        while data:
            part = data[: self.rng.choice([1, 3, 10, 100, 5000])] if split else data
            self.sock.sendall(part)
            self.sent += len(part)
            data = data[len(part):]
            if split and self.rng.random() < 0.1:
                time.sleep(0.0005)

    def response(self, method):
        while True:
            status = int(self.reader.line().split(b" ")[1])
            fields = self.reader.fields()
            if status >= 200:
                break
        if method == "HEAD" or status in (204, 304):
            return status
        if "transfer-encoding" in fields:
            self.reader.skip_chunks()
        elif "content-length" in fields:
            self.reader.skip(int(fields["content-length"]))
        else:
            self.reader.skip_rest()
        return status


def request(rng, last):
    method = rng.choice(["GET", "GET", "GET", "POST", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"])
    status = rng.choice([200, 200, 200, 201, 204, 304, 404, 500])
    style = rng.choice(styles)
    if last and rng.random() < 0.3:
        style = rng.choice(["close", "close-split"])
    size = rng.choice([0, 1, 5, 100, 3000, 20000, 100000] if "split" not in style else [0, 1, 5, 100, 3000])
    target = f"/{status}/{style}/{size}/{rng.randrange(1000)}"
    padding = "p" * rng.choice([0, 0, 0, 50, 900, 3000])
    head = f"{method} {target} HTTP/1.1\r\nHost: odd\r\nX-Padding: {padding}\r\n"
    body = b""
    if method in ("POST", "PUT", "PATCH"):
        data = b"GET / HTTP/1.1\r\n\r\n"[: rng.choice([0, 5, 18])] * rng.choice([1, 10, 1000])
        if rng.random() < 0.4:
            head += "Transfer-Encoding: chunked\r\n"
            count = max(1, len(data) // 2)
            while data:
                body += b"%X\r\n" % len(data[:count]) + data[:count] + b"\r\n"
                data = data[count:]
            body += b"0\r\n\r\n"
        else:
            head += f"Content-Length: {len(data)}\r\n"
            body = data
    if body and rng.random() < 0.2:
        head += "Expect: 100-continue\r\n"
    return method, target, status, (head + "\r\n").encode(), body


def converse(client, rng):
    """Requests and their responses, some groups of requests pipelined; the exchanges in order."""
    exchanges = []
    count = rng.randrange(1, 9)
    while len(exchanges) < count:
        together = min(rng.choice([1, 1, 1, 2, 5]), count - len(exchanges))
        group = [request(rng, len(exchanges) + i == count - 1) for i in range(together)]
        client.send(b"".join(head + body for _, _, _, head, body in group), split=rng.random() < 0.4)
        for method, target, status, *_ in group:
            got = client.response(method)
            assert got == status, (got, status)
            exchanges.append([method, target, got])
    return exchanges


for seed in seeds:
    rng = random.Random(seed)
    for index in range(connections):
        client = Client(random.Random(seed * 1000 + index))
        local = client.sock.getsockname()[1]
        exchanges = converse(client, rng)
        client.sock.close()
        line = {"seed": seed, "port": local, "exchanges": exchanges}
        print(json.dumps({**line, "sent": client.sent, "received": client.reader.received}), flush=True)
