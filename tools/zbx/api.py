"""Client of the Zabbix JSON-RPC API: one class, one method for every call of the API. What the person gave and what came over the network is
checked here, so that those who call get what the API promises or an ApiError with one sentence; no sentence has the token in it."""
import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import NamedTuple

EXPECTED = "http://HOST or http://HOST/zabbix was expected"
FRONTEND = "give the address of Zabbix's frontend, as a browser opens it"


class ApiError(Exception):
    """The API refused a call, or what answers is no Zabbix; the text says what, where and what to do."""


class UsageError(ApiError):
    """What the person gave cannot be an address or a token."""


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
    number = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    if not number:
        raise ApiError(f"a version such as 7.0.1 was expected of Zabbix, not {plain(version)}: {FRONTEND}")
    known = [d for since, d in DIALECTS if since <= tuple(map(int, number.groups()))]
    if not known:
        raise ApiError(f"this is Zabbix {plain(version)}; zabbix-atol needs 6.0 or newer")
    return known[-1]


def plain(text):
    """What a stranger wrote, for a sentence: one line, no control characters, not endless."""
    text = re.sub(r"[\x00-\x20\x7f-\x9f]+", " ", str(text)).strip()
    return text if len(text) <= 300 else text[:300] + "…"


def api_address(url):
    """The address of the API from what a person copies out of a browser; letters that a request cannot hold are encoded as a browser does."""
    if "@" in url:  # not repeated: a password may stand before it
        raise UsageError(f"--url has an @ in it: {EXPECTED}; a user goes into --user, the password into --password or ZABBIX_PASSWORD")
    try:
        parts = urllib.parse.urlsplit(url)
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
        path = urllib.parse.quote(re.sub(r"/[^/]*\.php$", "", parts.path).rstrip("/"), safe="/%:@!$&'()*+,;=~")
    except ValueError:  # brackets, a port that is no number, letters that no name can have
        parts = host = None
    if not host or parts.scheme not in ("http", "https") or re.search(r"[\x00-\x20\x7f]", url) or not re.fullmatch(r"[\w.:%-]+", host):
        raise UsageError(f"--url {plain(url)} is no address: {EXPECTED}")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{path}/api_jsonrpc.php"


class Answer(dict):
    """An object of an answer: what the API promises and is not there is told."""

    def __missing__(self, key):
        raise ApiError(f"Zabbix left \"{key}\" out of an answer: is something between it and this program that changes answers?")


class Items(dict):
    """(key, what) of what a template or a host has; one that is not there is told."""

    def __init__(self, owner, rows):
        super().__init__(rows)
        self.owner = owner

    def __missing__(self, key):
        raise ApiError(f"Zabbix shows no item {key} of {self.owner}: is its template linked, and is this user a Super admin?")


def expected(method, params):
    """(type, its name) of a result."""
    if isinstance(params, dict) and params.get("countOutput"):
        return str, "a number"
    action = method.split(".")[1]
    return {"get": (list, "a list"), "version": (str, "a text"), "login": (str, "a text"), "import": (bool, "true"),
            "importcompare": ((dict, list), "a list")}.get(action, ((dict, list), "an object"))


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected request would lose its body, and bring the token to another host."""

    def redirect_request(self, *_):
        return None


class Api:
    """`Api(url).login(user, password)`, then `api("host.get", {...})` returns the result or raises ApiError."""

    def __init__(self, url, token=None):
        self.url, self.token, self._id = api_address(url), token, 0
        if token and not re.fullmatch(r"[!-~]+", token):
            raise UsageError("the token has a blank, a line end or a letter in it that no token has: copy it once more from Users, API tokens, "
                             "where it is 64 digits and letters a to f")
        self._opener = urllib.request.build_opener(NoRedirect)
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
            result = json.loads(text.decode(), object_pairs_hook=Answer)
        except (ValueError, RecursionError):
            result = None
        if not isinstance(result, dict) or not ("result" in result or isinstance(result.get("error"), dict)):
            raise ApiError(f"{self.url} does not answer as Zabbix does: {FRONTEND}")
        if "error" in result:
            said = [result["error"].get(key) for key in ("message", "data")]
            raise ApiError(f"{method}: " + (plain(" ".join(str(s) for s in said if s)) or "Zabbix refused it without a word; its log may say why"))
        return self._checked(method, params, result["result"])

    def _checked(self, method, params, result):
        kind, name = expected(method, params)
        good = isinstance(result, kind) and (name != "a number" or re.fullmatch(r"\d{1,12}", result))
        if not good or (method.endswith(".get") and kind is list and not all(isinstance(row, dict) for row in result)):
            raise ApiError(f"{method}: {self.url} answers {plain(json.dumps(result, ensure_ascii=False))[:60]}, {name} was expected: {FRONTEND}")
        return result

    def first(self, method, params, what):
        """The only row of what must be there."""
        rows = self(method, params)
        if not rows:
            raise ApiError(f"{method}: Zabbix does not show {what}: give the token or the password of a Super admin, or make sure that nobody deletes it meanwhile")
        return rows[0]

    def created(self, method, params, ids):
        """The id of what was made."""
        made = self(method, params)[ids]
        if not isinstance(made, list) or not made:
            raise ApiError(f"{method}: Zabbix does not say what it made")
        return made[0]

    def _post(self, data, headers):
        try:
            with self._opener.open(urllib.request.Request(self.url, data, headers), timeout=300) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            to = plain(error.headers.get("Location") or "").removesuffix("/api_jsonrpc.php") if 300 <= error.code < 400 else ""
            raise ApiError(f"{self.url} answers {error.code} {plain(error.reason)}: " + (f"give the address that it names, {to}" if to else FRONTEND)) from None
        except http.client.IncompleteRead:
            raise ApiError(f"{self.url} ends in the middle of its answer: look into the logs of the web server and of PHP, then repeat") from None
        except (ConnectionResetError, urllib.error.URLError, OSError) as error:
            raise ApiError(f"{self.url} cannot be reached: {plain(getattr(error, 'reason', error))}") from None
        except http.client.HTTPException:
            raise ApiError(f"{self.url} does not speak HTTP: {FRONTEND}; the ports 10050 and 10051 are those of agent and server") from None
