"""Client of the Zabbix JSON-RPC API: one class, one method for every call of the API."""
import json
import urllib.request
from typing import NamedTuple


class ApiError(Exception):
    """The API refused a call; the text holds the method and what Zabbix said."""


class Dialect(NamedTuple):
    header: bool           # the token goes into the Authorization header, not into the body
    groups: tuple          # the import rules of groups
    chain: bool            # widgets' fields have the names that the chain's dashboard uses


# From which version on the API is spoken how. Only 6.0 has been tried; the others are taken from the notes of those versions.
DIALECTS = (
    ((6, 0), Dialect(False, ("groups",), True)),
    ((6, 2), Dialect(False, ("host_groups", "template_groups"), True)),
    ((6, 4), Dialect(True, ("host_groups", "template_groups"), True)),
    ((7, 0), Dialect(True, ("host_groups", "template_groups"), False)),
)


def dialect(version):
    number = tuple(map(int, version.split(".")[:2]))
    known = [d for since, d in DIALECTS if since <= number]
    if not known:
        raise ApiError(f"this is Zabbix {version}; the setup needs 6.0 or newer. Import the templates by hand: docs/zabbix.md")
    return known[-1]


class Api:
    """`Api(url).login(user, password)`, then `api("host.get", {...})` returns the result or raises ApiError."""

    def __init__(self, url, token=None):
        self.url, self.token, self._id = url.rstrip("/") + "/api_jsonrpc.php", token, 0
        self.version = self("apiinfo.version", {})
        self.dialect = dialect(self.version)

    def login(self, user, password):
        self.token = self("user.login", {"username": user, "password": password})
        return self

    def __call__(self, method, params):
        self._id += 1
        body = {"jsonrpc": "2.0", "method": method, "params": params, "id": self._id}
        headers = {"Content-Type": "application/json-rpc"}
        if self.token and method not in ("user.login", "apiinfo.version"):
            if self.dialect.header:
                headers["Authorization"] = f"Bearer {self.token}"
            else:
                body["auth"] = self.token
        request = urllib.request.Request(self.url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read().decode()
        try:
            result = json.loads(text)
        except json.JSONDecodeError:
            raise ApiError(f"{method}: not JSON: {text[:300]}") from None
        if "error" in result:
            raise ApiError(f"{method}: {result['error']['message']} {result['error']['data']}")
        return result["result"]
