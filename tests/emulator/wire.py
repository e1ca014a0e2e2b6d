"""The two wire protocols in Python, written from the documents alone, so that the emulator is not judged by our own C."""
import socket
import struct


def crc8(data):
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31) & 0xFF if crc & 0x80 else crc << 1 & 0xFF
    return crc


def frame3(ident, data):
    body = bytes([*data, crc8(bytes([ident, *data]))])
    stuffed = b"".join({0xFE: b"\xfd\xee", 0xFD: b"\xfd\xed"}.get(b, bytes([b])) for b in body)
    return bytes([0xFE, len(data) & 0x7F, len(data) >> 7, ident]) + stuffed


def frame5(ident, source, destination, payload, kind=0x40):
    body = bytes([0x40]) + struct.pack("<H", len(payload) + 9) + bytes([ident, source, destination, kind]) + bytes(payload)
    body += bytes([sum(body) & 0xFF])
    return b"\x24" + b"".join(b"\x26" + bytes([b]) if b in (0x24, 0x26) else bytes([b]) for b in body)


class Closed(Exception):
    pass


class Peer:
    """A socket or a file with a read that gives bytes or raises Closed."""

    def __init__(self, port, host="127.0.0.1", timeout=3.0):
        self.socket = socket.create_connection((host, port), timeout=timeout)

    def close(self):
        self.socket.close()

    def segments_received(self):
        """With data, as the kernel has counted them (tcpi_data_segs_in): a read of a slow reader brings several."""
        return struct.unpack_from("I", self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160), 152)[0]

    def send(self, data):
        self.socket.sendall(data)

    def read(self):
        try:
            data = self.socket.recv(4096)
        except ConnectionResetError as error:
            raise Closed from error
        if not data:
            raise Closed
        return data


class Wire3:
    def __init__(self, peer):
        self.peer, self.buffer, self.ident, self.tid = peer, b"", 0, 0

    def receive(self):
        """(id, data, crc is right) of the next frame; bytes before FE are kept in self.noise."""
        self.noise = b""
        while True:
            start = self.buffer.find(b"\xfe")
            if start >= 0 and len(self.buffer) >= start + 4:
                self.noise += self.buffer[:start]
                count, at, out = self.buffer[start + 1] | self.buffer[start + 2] << 7, start + 4, bytearray()
                while len(out) <= count and at < len(self.buffer):
                    if self.buffer[at] == 0xFD:
                        if at + 1 >= len(self.buffer):
                            break
                        out.append({0xEE: 0xFE, 0xED: 0xFD}.get(self.buffer[at + 1], 0))
                        at += 2
                    else:
                        out.append(self.buffer[at])
                        at += 1
                if len(out) == count + 1:
                    ident = self.buffer[start + 3]
                    self.buffer = self.buffer[at:]
                    return ident, bytes(out[:-1]), out[-1] == crc8(bytes([ident]) + bytes(out[:-1]))
            self.buffer += self.peer.read()

    def send(self, data):
        self.ident = (self.ident + 1) % 0xDD
        self.peer.send(frame3(self.ident, data))
        return self.ident

    def ask(self, *data):
        self.send(bytes(data))
        return self.receive()

    def add(self, *command):
        self.tid = (self.tid + 1) % 0xDD
        return self.ask(0xC1, 0x01, self.tid, 0, 0, *command)

    def ack(self):
        return self.ask(0xC2, self.tid)


class Wire5:
    def __init__(self, peer):
        self.peer, self.buffer, self.ident, self.tid = peer, b"", 0x20, 0

    def receive(self):
        """(source, type, payload, checksum is right) of the next frame."""
        while True:
            start = self.buffer.find(b"\x24")
            out, at = bytearray(), start + 1
            while start >= 0 and at < len(self.buffer):
                if self.buffer[at] == 0x24:
                    start, at = at, at + 1
                    out.clear()
                    continue
                if self.buffer[at] == 0x26:
                    at += 1
                    if at >= len(self.buffer):
                        break
                out.append(self.buffer[at])
                at += 1
                if len(out) >= 3 and len(out) + 1 == out[1] | out[2] << 8:
                    self.buffer = self.buffer[at:]
                    return out[4], out[6], bytes(out[7:-1]), out[-1] == sum(out[:-1]) & 0xFF
            self.buffer += self.peer.read()

    def send(self, channel, payload):
        self.ident = 0x21 if self.ident == 0xFF else self.ident + 1
        self.peer.send(frame5(self.ident, 0x01, channel, payload))

    def ask(self, channel, command, opcode=0x40):
        self.tid = (self.tid + 1) & 0xFF
        self.send(channel, bytes([self.tid, opcode]) + command)
        return self.receive()

    def values(self, command, channel=0xC3):
        """The values of a successful answer, unescaped."""
        _, _, payload, good = self.ask(channel, command)
        assert good and payload[0] == self.tid and payload[1:3] == b"00", payload
        out, text, escaped = [], bytearray(), False
        for byte in payload[3:]:
            if escaped or byte not in b";~":
                text.append(byte)
                escaped = False
            elif byte == ord("~"):
                escaped = True
            else:
                out.append(bytes(text))
                text.clear()
        return out
