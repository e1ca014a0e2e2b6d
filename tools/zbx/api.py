"""Client of the Zabbix JSON-RPC API: one class, one method for every call of the API."""
import json
import urllib.error
import urllib.request
from typing import NamedTuple


class ApiError(Exception):
    """The API refused a call; the text holds the method and what Zabbix said."""


class Dialect(NamedTuple):
    header: bool           # the token goes into the Authorization header, not into the body
    groups: tuple          # the import rules of groups
    templates: str         # the folder of templates that is made for it
    new: bool              # widgets, host prototypes and actions of 7.0


# From which version on the API is spoken how. 6.0 and 7.0 have been tried; the others are taken from the notes of those versions.
DIALECTS = (
    ((6, 0), Dialect(False, ("groups",), "6.0", False)),
    ((6, 2), Dialect(False, ("host_groups", "template_groups"), "6.0", False)),
    ((6, 4), Dialect(True, ("host_groups", "template_groups"), "6.0", False)),
    ((7, 0), Dialect(True, ("host_groups", "template_groups"), "7.0", True)),
)


def dialect(version):
    number = tuple(map(int, version.split(".")[:2]))
    known = [d for since, d in DIALECTS if since <= number]
    if not known:
        raise ApiError(f"this is Zabbix {version}; zabbix-atol needs 6.0 or newer")
    return known[-1]


class Api:
    """`Api(url).login(user, password)`, then `api("host.get", {...})` returns the result or raises ApiError."""

    def __init__(self, url, token=None):
        self.url, self.token, self._id = url.rstrip("/").removesuffix("/api_jsonrpc.php") + "/api_jsonrpc.php", token, 0
        if not self.url.startswith(("http://", "https://")):
            raise ApiError(f"{url} is no address: http://HOST or http://HOST/zabbix was expected")
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
        text = self._post(json.dumps(body).encode(), headers)
        try:
            result = json.loads(text)
            if "result" not in result and "error" not in result:
                raise ValueError
        except (ValueError, TypeError):
            raise ApiError(f"{self.url} does not answer as Zabbix does: give the address of its frontend, as a browser opens it") from None
        if "error" in result:
            raise ApiError(f"{method}: {result['error']['message']} {result['error']['data']}")
        return result["result"]

    def _post(self, data, headers):
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url, data, headers), timeout=300) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise ApiError(f"{self.url} answers {error.code} {error.reason}: give the address of Zabbix's frontend, as a browser opens it") from None
        except (urllib.error.URLError, UnicodeDecodeError, OSError) as error:
            raise ApiError(f"{self.url} cannot be reached: {getattr(error, 'reason', error)}") from None
