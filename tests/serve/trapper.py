"""`with Trapper() as zabbix:` is what a Zabbix server is to zabbix_sender: it takes packets and answers how many values
it processed."""
import json
import socketserver
import struct
import threading
import time
import zlib


def take(sock, count):
    data = b""
    while len(data) < count:
        part = sock.recv(count - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            head = take(self.request, 13)
            body = take(self.request, struct.unpack("<I", head[5:9])[0])
        except ConnectionError:
            return
        packet = json.loads(zlib.decompress(body) if head[4] & 2 else body)
        zabbix = self.server.trapper
        if packet["request"] == "zabbix.stats":
            self.answer({"response": "success", "data": zabbix.statistics} if zabbix.statistics else
                        {"response": "failed", "info": "Permission denied."})
            return
        values = packet["data"]
        zabbix.began.set()
        time.sleep(zabbix.delay)  # a server that takes its time
        taken = [v for v in values if v["key"] not in zabbix.unknown and v["host"] not in zabbix.unknown_hosts and zabbix.belongs(v, values[0])]
        failed = len(values) - len(taken)
        with zabbix.lock:
            zabbix.values += [(v["host"], v["key"], v["clock"], v["ns"], v["value"]) for v in taken]
            zabbix.packets.append((time.monotonic(), len(values), failed))
        self.answer({"response": "success", "info": zabbix.info or f"processed: {len(values) - failed}; failed: {failed}; "
                                                                   f"total: {len(values)}; seconds spent: 0.1"})

    def answer(self, document):
        answer = json.dumps(document).encode()
        try:
            self.request.sendall(b"ZBXD\x01" + struct.pack("<II", len(answer), 0) + answer)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def finish_request(self, request, client_address):
        """The thread of the connection: its handshake may fail."""
        if self.trapper.tls:
            try:
                request = self.trapper.tls.wrap_socket(request, server_side=True)
            except OSError:
                return
        super().finish_request(request, client_address)


class Trapper:
    """unknown: keys of items that there are not; unknown_hosts: such hosts. proxy_of: host -> proxy of its group; a packet goes to the proxy of its
    first host, as zabbix_sender 7.0 follows the redirect, and values of the others' hosts are refused there. info: what
    is answered in place of the counts. packets: (time, values, refused) of each. tls: the SSLContext of its side."""

    def __init__(self, port=0, delay=0, unknown=(), proxy_of=None, info=None, tls=None):
        self.tls = tls
        self.delay, self.unknown, self.values = delay, unknown, []
        self.unknown_hosts = ()
        self.statistics = None  # of zabbix.stats; None: this address may not ask
        self.proxy_of, self.info, self.packets, self.lock = proxy_of, info, [], threading.Lock()
        self.began = threading.Event()
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.trapper = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def belongs(self, value, first):
        return not self.proxy_of or self.proxy_of(value["host"]) == self.proxy_of(first["host"])

    def of(self, key):
        return [v for v in list(self.values) if v[1] == key]

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
