#!/usr/bin/env python3
"""screenshot.py URL COOKIE PNG PROFILE [WIDTHxHEIGHT [SCRIPT]]: one page of the Zabbix frontend by Chromium's own debugging protocol.

SCRIPT is evaluated when the page is calm (a click), then it waits again. Prints what the page says of itself: errors, widgets whose content is cut."""
import base64
import json
import os
import pathlib
import secrets
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request


class WebSocket:
    """As much of RFC 6455 as one local client needs."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), 60)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self.socket.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        while not self._line():
            pass
        self.id = 0

    def _line(self):
        line = b""
        while not line.endswith(b"\r\n"):
            line += self.socket.recv(1)
        return line == b"\r\n"

    def _exact(self, count):
        data = b""
        while len(data) < count:
            got = self.socket.recv(count - len(data))
            if not got:
                raise ConnectionError("Chromium closed the connection")
            data += got
        return data

    def _frame(self):
        first, second = self._exact(2)
        length = second & 127
        if length > 125:
            length = struct.unpack(">H" if length == 126 else ">Q", self._exact(2 if length == 126 else 8))[0]
        return first & 128, self._exact(length)

    def call(self, method, **params):
        self.id += 1
        data = json.dumps({"id": self.id, "method": method, "params": params}).encode()
        mask = secrets.token_bytes(4)
        head = bytes([129, 128 | len(data)]) if len(data) < 126 else bytes([129, 128 | 126]) + struct.pack(">H", len(data))
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))
        while True:
            final, text = self._frame()
            while not final:
                final, more = self._frame()
                text += more
            message = json.loads(text)
            if message.get("id") == self.id:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]


READY = ("document.readyState === 'complete' && !document.querySelector('.is-loading, .preloader') && "
         "[...document.images].every(i => i.complete)")


# Errors that the page shows, and widgets whose content is wider or higher than they are.
SAYS = """JSON.stringify({errors: [...document.querySelectorAll('.msg-bad, .dashboard-widget-inaccessible')].map(e => e.innerText.slice(0, 200)),
  empty: [...document.querySelectorAll('.no-data-message, .nothing-to-show')].map(e => (e.closest('.dashboard-grid-widget')?.querySelector('h4') ||
  {innerText: '?'}).innerText), height: document.documentElement.scrollHeight})"""


def wait_calm(page):
    """Loaded, and nothing has begun to load for two seconds."""
    calm, end = 0, time.monotonic() + 60
    while calm < 8:
        if time.monotonic() > end:
            print("screenshot: the page still loads after 60 s", file=sys.stderr)
            return
        time.sleep(0.25)
        calm = calm + 1 if page.call("Runtime.evaluate", expression=READY)["result"].get("value") else 0


def main():
    url, cookie, target, profile, *more = sys.argv[1:]
    width, height = map(int, (more[0] if more else "1920x1080").split("x"))
    pathlib.Path(target).parent.mkdir(parents=True, exist_ok=True)
    port_file = pathlib.Path(profile) / "DevToolsActivePort"
    port_file.unlink(missing_ok=True)
    chromium = subprocess.Popen(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}",
                                 "--lang=ru", f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        end = time.monotonic() + 60
        while not (port_file.exists() and port_file.read_text().count("\n")):
            if time.monotonic() > end:
                raise TimeoutError("Chromium did not start")
            time.sleep(0.1)
        port = port_file.read_text().splitlines()[0]
        pages = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list").read())
        page = WebSocket(next(p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page"))
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        page.call("Network.setCookie", name="zbx_session", value=urllib.parse.unquote(cookie), url=url)
        page.call("Network.setCookie", name="zbx_session", value=cookie, url=url)
        page.call("Page.navigate", url=url)
        wait_calm(page)
        if len(more) > 1:
            page.call("Runtime.evaluate", expression=more[1], awaitPromise=True)
            time.sleep(1)
            wait_calm(page)
        print(page.call("Runtime.evaluate", expression=SAYS)["result"].get("value"))
        shot = page.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(target).write_bytes(base64.b64decode(shot))
    finally:
        os.killpg(chromium.pid, 15)
        chromium.wait(20)


if __name__ == "__main__":
    main()
