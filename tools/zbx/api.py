"""Client of the Zabbix JSON-RPC API: one class, one method for every call of the API."""
import json
import urllib.request


class ApiError(Exception):
    """The API refused a call; the text holds the method and what Zabbix said."""


class Api:
    """`Api(url).login(user, password)`, then `api("host.get", {...})` returns the result or raises ApiError."""

    def __init__(self, url, token=None):
        self.url, self.token, self._id = url.rstrip("/") + "/api_jsonrpc.php", token, 0

    def login(self, user, password):
        self.token = self("user.login", {"user": user, "password": password})
        return self

    def __call__(self, method, params):
        self._id += 1
        body = {"jsonrpc": "2.0", "method": method, "params": params, "id": self._id}
        if self.token and method not in ("user.login", "apiinfo.version"):
            body["auth"] = self.token
        request = urllib.request.Request(self.url, json.dumps(body).encode(), {"Content-Type": "application/json-rpc"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read().decode()
        try:
            result = json.loads(text)
        except json.JSONDecodeError:
            raise ApiError(f"{method}: not JSON: {text[:300]}") from None
        if "error" in result:
            raise ApiError(f"{method}: {result['error']['message']} {result['error']['data']}")
        return result["result"]
