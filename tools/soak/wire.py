#!/usr/bin/env python3
"""Stands between serve and its registers and misbehaves: what comes to 127.A.B.C:PORT is passed on to the register at the same
address and another port, or it is not. Per connection one fate, at random; the register's own bytes are never replaced by
others that could be taken for an answer (one flipped bit is seen by both protocols' checks).

Prints `listening PORT`. Lines on stdin: `rage PERCENT` (of the connections that have a fate), `end`."""
import argparse
import asyncio
import collections
import os
import random
import socket
import struct
import sys

FATES = ("reset", "silence", "slow", "noise", "bits", "cut", "refuse", "flood", "twice", "pieces", "half-open")


class Wire:
    def __init__(self, ports, seed):
        self.ports, self.rng, self.rage, self.fates = ports, random.Random(seed), 0, collections.Counter()
        self.tasks = set()

    def fate(self):
        fate = self.rng.choice(FATES) if self.rng.random() * 100 < self.rage else "good"
        self.fates[fate] += 1
        return fate

    def noise(self):
        """Bytes among which no frame can begin: FE begins one of either protocol."""
        return bytes(self.rng.choice([b for b in range(256) if b != 0xFE]) for _ in range(self.rng.randint(1, 200)))

    async def upstream(self, writer):
        host = writer.get_extra_info("sockname")[0]
        return await asyncio.open_connection(host, self.ports[int(host.split(".")[1])])

    def reset(self, writer):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def handle(self, reader, writer):
        fate, other = self.fate(), None
        self.tasks.add(asyncio.current_task())
        try:
            if fate == "refuse":
                return self.reset(writer)
            if fate == "silence":
                await reader.read(-1)
                return None
            if fate == "flood":
                while True:
                    writer.write(self.noise() * 20)
                    await writer.drain()
            upstream, other = await self.upstream(writer)
            both = {asyncio.ensure_future(self.pump(reader, other, "good")), asyncio.ensure_future(self.pump(upstream, writer, fate))}
            done, left = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for pump in left:
                pump.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        except OSError:
            pass
        finally:
            self.tasks.discard(asyncio.current_task())
            for one in (writer, other):
                if one:
                    one.close()
        return None

    async def pump(self, reader, writer, fate):
        budget = self.rng.randint(1, 1500)  # bytes until the fate strikes
        while True:
            data = await reader.read(4096)
            if not data:
                return
            budget -= len(data)
            struck = budget <= 0
            if fate == "slow":
                await asyncio.sleep(self.rng.random() * 0.6)
            if fate == "noise" and self.rng.random() < 0.3:
                data = self.noise() + data
            if fate == "bits" and self.rng.random() < 0.3:
                at = self.rng.randrange(len(data))
                data = data[:at] + bytes((data[at] ^ 1 << self.rng.randrange(8),)) + data[at + 1:]
            if fate == "twice" and self.rng.random() < 0.3:
                data += data
            if struck and fate == "cut":
                writer.write(data[:self.rng.randrange(len(data))])
                await writer.drain()
                return
            if struck and fate == "reset":
                self.reset(writer)
                return
            if struck and fate == "half-open":  # never another byte, and no end
                await asyncio.sleep(60)
                return
            if fate == "pieces":
                for i in range(len(data)):
                    writer.write(data[i:i + 1])
                    await writer.drain()
            else:
                writer.write(data)
                await writer.drain()

    async def orders(self):
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while True:
            words = (await reader.readline()).decode().split()
            if words[:1] == ["rage"]:
                self.rage = int(words[1])
            else:
                print(" ".join(f"{k}={v}" for k, v in sorted(self.fates.items())), flush=True)
                os._exit(0)  # connections that hang are the point of it

    async def run(self):
        server = await asyncio.start_server(self.handle, "0.0.0.0", 0, backlog=1024)
        print("listening", server.sockets[0].getsockname()[1], flush=True)
        await self.orders()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", action="append", required=True, help="A:PORT, the registers at 127.A.*.*; repeatable")
    parser.add_argument("--seed", type=int, default=16)
    options = parser.parse_args()
    asyncio.run(Wire({int(a): int(p) for a, p in (one.split(":") for one in options.port)}, options.seed).run())
