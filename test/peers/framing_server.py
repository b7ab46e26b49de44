"""An HTTP/1.1 server that frames its responses oddly: split anywhere, chunked, early, with and without length.

The request's target says how to answer: /<status>/<style>/<body bytes>/<seed>. Prints its port, and at the end of
each connection a line of JSON with the peer's port and the bytes it moved.
"""

import json
import random
import socket
import threading
import time

from framing_reader import Reader


class Connection:
    def __init__(self, sock, peer):
        self.sock = sock
        self.peer = peer
        self.reader = Reader(sock, random.Random(peer), [1, 7, 100, 4096, 65536])
        self.sent = 0

    def send(self, data, split):
        while data:
            part = data[: split.choice([1, 2, 5, 50, 1000])] if split else data
            self.sock.sendall(part)
            self.sent += len(part)
            data = data[len(part):]
            if split and split.random() < 0.1:
                time.sleep(0.0005)

    def serve(self):
        try:
            while self.exchange():
                pass
        except (EOFError, ConnectionError):
            pass
        finally:
            self.sock.close()
            line = {"port": self.peer, "received": self.reader.received, "sent": self.sent}
            print(json.dumps(line) + "\n", end="", flush=True)

    def exchange(self):
        method, target, _ = self.reader.line().decode().split(" ")
        fields = self.reader.fields()
        _, status, style, size, seed = target.split("?")[0].split("/")
        split = random.Random(int(seed)) if "split" in style else None
        if "continue" in fields.get("expect", ""):
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n", None)
        if "chunked" in fields.get("transfer-encoding", ""):
            self.reader.skip_chunks()
        else:
            self.reader.skip(int(fields.get("content-length", "0")))
        self.respond(method, int(status), style, int(size), split)
        return "close" not in style

    def respond(self, method, status, style, size, split):
        body = b"x" * size
        head = f"HTTP/1.1 {status} Odd\r\n"
        if "hints" in style:
            self.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", split)
        if status in (204, 304):
            self.send((head + "\r\n").encode(), split)
        elif "chunked" in style:
            chunks = b""
            while body:
                count = max(1, len(body) // 3)
                chunks += b"%x;extension=1\r\n" % count + body[:count] + b"\r\n"
                body = body[count:]
            chunks += b"0\r\nTrailer: yes\r\n\r\n" if "trailer" in style else b"0\r\n\r\n"
            data = (head + "Transfer-Encoding: chunked\r\n\r\n").encode()
            self.send(data if method == "HEAD" else data + chunks, split)
        elif "close" in style:
            self.send((head + "Connection: close\r\n\r\n").encode() + (b"" if method == "HEAD" else body), split)
        else:
            data = (head + f"Content-Length: {size}\r\n\r\n").encode()
            self.send(data if method == "HEAD" else data + body, split)


listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
while True:
    accepted, (_, peer_port) = listener.accept()
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=Connection(accepted, peer_port).serve, daemon=True).start()
