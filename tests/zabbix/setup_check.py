"""tools/zabbix_setup.py: twice on the real Zabbix, and what it says to the API of other versions."""
import http.server
import json
import subprocess
import sys
import threading

import zabbix_setup
from zbx.api import Api


def twice(url, templates):
    """The first run sets up, the second changes nothing."""
    api = Api(url).login("Admin", "zabbix")
    for language in ("en", "ru"):
        first = zabbix_setup.Setup(api, language, templates, f"collector-{language}").run()
        second = zabbix_setup.Setup(api, language, templates, f"collector-{language}").run()
        if not first or second:
            return f"{language}: first {first}, second {second}"
    return ""


# version -> where the token goes, the import rules of groups, whether the chain's dashboard is made; None: refused
WANTED = {"5.4.9": None, "6.0.14": ("body", {"groups"}, True), "6.2.9": ("body", {"host_groups", "template_groups"}, True),
          "6.4.18": ("header", {"host_groups", "template_groups"}, True), "7.0.5": ("header", {"host_groups", "template_groups"}, False),
          "7.2.1": ("header", {"host_groups", "template_groups"}, False)}


class Answers(http.server.BaseHTTPRequestHandler):
    """As much of an API as the tool asks of an empty Zabbix; keeps what it was asked."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((body, self.headers.get("Authorization")))
        method, items = body["method"], self.server.items
        result = {"apiinfo.version": self.server.version, "item.get": items, "template.get": [{"templateid": "1"}],
                  "configuration.importcompare": [{"added": 1}]}.get(method)
        if result is None:
            result = [] if method.endswith(".get") else {"groupids": ["2"], "hostids": ["3"], "dashboardids": ["4"]}
        text = json.dumps({"jsonrpc": "2.0", "result": result, "id": body["id"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def versions(api):
    """The items are those of the real Zabbix; each version is asked what it would take."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.items = api("item.get", {"host": "ATOL KKT by Zabbix trapper RU", "templated": True, "output": ["key_", "name", "itemid"]}) + \
        api("item.get", {"host": "ATOL KKT discovery RU", "templated": True, "output": ["key_", "name", "itemid"]})
    try:
        for version, wanted in WANTED.items():
            server.version, server.asked = version, []
            done = subprocess.run([sys.executable, zabbix_setup.__file__, "--url", f"http://127.0.0.1:{server.server_address[1]}", "--token",
                                   "secret"],
                                  capture_output=True, text=True)
            if wanted is None:
                if done.returncode != 1 or "6.0 or newer" not in done.stderr or len(server.asked) != 1:
                    return f"{version}: not refused: {done}"
                continue
            calls = [(body, header) for body, header in server.asked if body["method"] != "apiinfo.version"]
            tokens = {("header" if header == "Bearer secret" else "") + ("body" if body.get("auth") == "secret" else "") for body, header in calls}
            rules = {rule for body, _ in calls if body["method"] == "configuration.import" for rule in body["params"]["rules"] if "roups" in rule}
            chain = any(body["method"] == "dashboard.create" for body, _ in calls)
            if done.returncode or (tokens, rules, chain) != ({wanted[0]}, wanted[1], wanted[2]) or ("left out" in done.stdout) == chain:
                return f"{version}: {tokens} {rules} {chain} {done}"
    finally:
        server.shutdown()
    return ""
