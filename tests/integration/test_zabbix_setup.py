"""tools/zabbix_setup.py against what is no Zabbix, or none that answers well: one sentence, status 2 for what was given, 1 for what came back,
the token in neither. What it does with a real Zabbix: tests/zabbix/setup_check.py."""
import contextlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import unittest

from harness import PATIENCE, ROOT, ClosedPort

TOKEN = "0123456789abcdef" * 4


def answer(body, head="200 OK", more=""):
    text = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n{more}\r\n".encode() + text


def result(value):
    return answer({"jsonrpc": "2.0", "result": value, "id": 1})


@contextlib.contextmanager
def says(data):
    """A port that answers everything with these bytes and closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    with server.accept()[0] as client:
                        client.settimeout(PATIENCE)
                        with contextlib.suppress(OSError):
                            client.recv(65536)
                            client.sendall(data)
                            client.shutdown(socket.SHUT_WR)
                            while client.recv(65536):  # an unread request would reset the answer
                                pass
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)


class Answers(http.server.BaseHTTPRequestHandler):
    """A Zabbix of few words: `rows` by method, an id for all that is made. A service is shown only to who does not ask for other tags."""

    def do_POST(self):
        self.server.paths.append(self.path)
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        method, params = call["method"], call["params"]
        self.server.calls.append((method, params))
        value = self.server.rows.get(method, [] if method.endswith((".get", "compare")) else {f"{method.split('.')[0].removeprefix('host') or 'host'}ids": ["1"]})
        if method == "service.get" and params.get("tags"):
            value = [row for row in value if any(tag["tag"] == wanted["tag"] for tag in row.get("tags", []) for wanted in params["tags"])]
        if params and "countOutput" in params:
            value = str(len(value))
        body = json.dumps({"jsonrpc": "2.0", "result": value, "id": call["id"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def zabbix(**rows):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.calls, server.paths = [], []
    server.rows = {"apiinfo.version": "7.0.22", **{method.replace("_", "."): value for method, value in rows.items()}}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def setup(url, *words, token=TOKEN):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ZABBIX") and not key.lower().endswith("_proxy")}
    return subprocess.run([sys.executable, "-B", ROOT / "tools/zabbix_setup.py", "--url", url, "--token", token, *words], capture_output=True,
                          text=True, timeout=PATIENCE, env=environment, check=False)


class OneSentence(unittest.TestCase):
    def refused(self, done, status, words, token=TOKEN):
        self.assertEqual((status, ""), (done.returncode, done.stdout), done.stderr)
        line, = done.stderr.strip().splitlines()
        self.assertIn(words, line)
        self.assertNotIn(token, done.stderr)

    def test_what_is_no_address(self):
        for url in ("http://", "https://", "zabbix.example", "ftp://zabbix.example", "http://127.0.0.1:abc", "http://127.0.0.1:99999", "http://[::1",
                    "http://a b/", "http://a\nb/", "http://a..b/", "http:///zabbix", "http://-\x1b[31m/", ""):
            with self.subTest(url=url):
                self.refused(setup(url), 2, "is no address: http://HOST or http://HOST/zabbix was expected")
        done = setup("http://Admin:sesame@127.0.0.1/")
        self.refused(done, 2, "the password into --password")
        self.assertNotIn("sesame", done.stderr)

    def test_what_is_no_token(self):
        with zabbix() as server:
            for token in (TOKEN + "\r", TOKEN + "\n", " " + TOKEN, "ключ" + TOKEN, "два слова"):
                with self.subTest(token=token):
                    self.refused(setup(server.url, token=token), 2, "the token has a blank, a line end or a letter", token.strip())
        self.assertEqual([], server.calls)

    def test_what_is_no_zabbix(self):
        for name, data, words in (
                ("ssh", b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"), ("the port of a Zabbix server", b"ZBXD\x01\x05\0\0\0\0\0\0\0hello", "does not speak HTTP"),
                ("nothing", b"", "cannot be reached"), ("half an answer", answer("{}").replace(b": 2", b": 500"), "ends in the middle of its answer"),
                ("a page", answer("<html>"), "does not answer as Zabbix does"), ("no text", answer(b"\xff\xfe"), "does not answer as Zabbix does"),
                ("deep", answer("[" * 100000), "does not answer as Zabbix does"), ("a list", answer('["result"]'), "does not answer as Zabbix does"),
                ("a word", answer('"a result"'), "does not answer as Zabbix does"), ("an error of one word", answer({"error": "no"}), "does not answer as Zabbix does"),
                ("an error without data", answer({"error": {"code": -1, "message": "Out of\norder."}}), "apiinfo.version: Out of order."),
                ("an error without a word", answer({"error": {}}), "without a word"),
                ("nothing as a version", result(None), "answers null, a text was expected"), ("a word as a version", result("abc"), "7.0.1 was expected of Zabbix, not abc"),
                ("an old one", result("5.4.1"), "needs 6.0 or newer"), ("a wrong path", answer("", "404 Not\x1bFound"), "answers 404 Not Found: give the address"),
                ("another address", answer("", "301 Moved", "Location: https://zabbix.example/z/api_jsonrpc.php\r\n"), "it names, https://zabbix.example/z")):
            with self.subTest(name), says(data) as url:
                self.refused(setup(url), 1, words)
        with ClosedPort() as closed:
            self.refused(setup(closed.replace("tcp", "http")), 1, "cannot be reached")

    def test_what_comes_in_the_middle(self):
        host = {"hostid": "1", "parentTemplates": [], "hostgroups": [], "macros": [], "inventory": [], "name": "c", "tags": []}
        for rows, words in (({"template_get": []}, "template.get: Zabbix does not show the template"), ({"hostgroup_get": None}, "answers null, a list was expected"),
                            ({"hostgroup_get": "abc"}, 'answers "abc", a list was expected'), ({"hostgroup_get": ["1"]}, "a list was expected"),
                            ({"hostgroup_get": [{}]}, 'left "groupid" out'), ({"hostgroup_create": {"groupids": []}}, "hostgroup.create: Zabbix does not say what it made"),
                            ({"template_get": [{"templateid": "1"}], "host_get": [host]}, "Zabbix shows no item kkt."),
                            ({"template_get": [{"templateid": "1"}], "host_get": [{**host, "macros": [{}]}]}, 'left "macro" out')):
            with self.subTest(rows), zabbix(**{"configuration_importcompare": [], **rows}) as server:
                self.refused(setup(server.url), 1, words)


class Addresses(unittest.TestCase):
    def test_as_a_browser_shows_them(self):
        for shown, path in (("", ""), ("/", ""), ("/zabbix/", "/zabbix"), ("/заббикс", "/%D0%B7%D0%B0%D0%B1%D0%B1%D0%B8%D0%BA%D1%81"),
                            ("/zabbix/zabbix.php?action=dashboard.view", "/zabbix"), ("/api_jsonrpc.php", ""), ("/%D0%B7", "/%D0%B7")):
            with self.subTest(shown), zabbix() as server:
                setup(server.url.replace("http", "HTTP") + shown)
                self.assertEqual({path + "/api_jsonrpc.php"}, set(server.paths))


class Services(unittest.TestCase):
    def test_a_service_of_others_that_is_named_like_a_city_is_not_ours(self):
        host = {"hostid": "1", "parentTemplates": [], "hostgroups": [], "macros": [], "inventory": [], "name": "c", "tags": [{"tag": "city", "value": "Москва"}]}
        rows = {"template_get": [{"templateid": "1"}], "host_get": [host]}
        for tags, made in (([], True), ([{"tag": "sla", "value": "kkt"}], False)):
            with self.subTest(tags), zabbix(service_get=[{"serviceid": "9", "name": "Москва", "tags": tags}], **rows) as server:
                done = setup(server.url, "--services")
                self.assertEqual(made, any(method == "service.create" and params["name"] == "Москва" for method, params in server.calls), done.stderr)
