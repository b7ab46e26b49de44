"""The reading half of both peers: bytes of a socket, in receives of changing sizes, as lines and in counts."""


class Reader:
    def __init__(self, sock, sizes, choices):
        """Each receive takes up to one of `choices` bytes, as `sizes`, a seeded random source, has it."""
        self.sock = sock
        self.sizes = sizes
        self.choices = choices
        self.buffer = b""
        self.received = 0

    def fill(self):
        data = self.sock.recv(self.sizes.choice(self.choices))
        if not data:
            raise EOFError
        self.received += len(data)
        self.buffer += data

    def line(self):
        while b"\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def fields(self):
        """The fields of a head, by their names in lower case."""
        fields = {}
        while line := self.line():
            name, value = line.decode().split(":", 1)
            fields[name.lower()] = value.strip()
        return fields

    def skip(self, count):
        while len(self.buffer) < count:
            self.fill()
        self.buffer = self.buffer[count:]

    def skip_chunks(self):
        """A chunked body with its trailer."""
        while count := int(self.line().split(b";")[0], 16):
            self.skip(count + 2)
        while self.line():
            pass

    def skip_rest(self):
        """All that comes before the other side closes."""
        try:
            while True:
                self.fill()
                self.buffer = b""
        except EOFError:
            pass
