"""A thin caller of Central's API for these tests: no retries, nothing hidden."""

import base64
import json
from dataclasses import dataclass, field
from time import monotonic, sleep
from urllib.parse import quote, urlsplit
from uuid import uuid4

import requests

XML = {"Content-Type": "application/xml"}
OPENROSA = {"X-OpenRosa-Version": "1.0"}
SECONDS = 60
IDLE_SECONDS = 3
# Central makes entities of submissions a while after them, on a busy machine much later.
ENTITY_SECONDS = 180


def part(text: str) -> str:
    """One part of an address."""
    return quote(text, safe="")


def when(read, is_so):
    """What `read()` gives as soon as it is so; fails where it does not become so."""
    end = monotonic() + ENTITY_SECONDS
    while not is_so(found := read()):
        assert monotonic() < end, f"it has not become so within {ENTITY_SECONDS} s: {found}"
        sleep(0.2)
    return found


@dataclass
class Api:
    """Requests as one caller. `key`: the token of an app user, which goes into the address."""

    url: str
    token: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    http: requests.Session = field(default_factory=requests.Session)
    used_at: float = field(default=0, repr=False)

    def __call__(self, method: str, path: str, **given) -> requests.Response:
        self._leave_an_idle_connection()
        headers = dict(given.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        prefix = f"/v1/key/{self.key}" if self.key else "/v1"
        return self.http.request(
            method,
            f"{self.url}{prefix}{path}",
            headers=headers,
            timeout=SECONDS,
            allow_redirects=False,
            **given,
        )

    def _leave_an_idle_connection(self) -> None:
        # Central closes after 5 idle seconds: a request at that very moment would get no answer.
        now = monotonic()
        if now - self.used_at > IDLE_SECONDS:
            self.http.close()
        self.used_at = now

    def get(self, path: str, **given) -> requests.Response:
        return self("GET", path, **given)

    def post(self, path: str, **given) -> requests.Response:
        return self("POST", path, **given)

    def patch(self, path: str, **given) -> requests.Response:
        return self("PATCH", path, **given)

    def delete(self, path: str, **given) -> requests.Response:
        return self("DELETE", path, **given)

    def put(self, path: str, **given) -> requests.Response:
        return self("PUT", path, **given)

    def json(self, path: str, **given):
        """The body of a GET that must succeed."""
        response = self.get(path, **given)
        assert response.status_code == 200, response.text
        return response.json()

    def follow(self, link: str, **given) -> requests.Response:
        """A link of Central's own on this host: only its path and query count."""
        parts = urlsplit(link)
        query = f"?{parts.query}" if parts.query else ""
        return self.get(parts.path.removeprefix("/v1") + query, **given)


def sign_in(url: str, email: str, password: str) -> Api:
    answer = requests.post(
        f"{url}/v1/sessions", json={"email": email, "password": password}, timeout=SECONDS
    )
    assert answer.status_code == 200, answer.text
    return Api(url, answer.json()["token"])


def refused(response: requests.Response, code: float) -> bool:
    """Is this Central's refusal of that code, with the status in front of the point?"""
    assert response.status_code == int(code), (response.status_code, response.text)
    assert response.json()["code"] == code, response.text
    return True


@dataclass
class Form:
    """A form of the test's own project, and the requests that the tests repeat."""

    api: Api
    project_id: int
    form_id: str

    @property
    def path(self) -> str:
        return f"/projects/{self.project_id}/forms/{part(self.form_id)}"

    @property
    def feed(self) -> str:
        return f"{self.path}.svc/Submissions"

    def rows(self, **query) -> list[dict]:
        params = {f"${name}": value for name, value in query.items()}
        return self.api.json(self.feed, params=params)["value"]

    def row(self, instance_id: str, **query) -> dict:
        return next(row for row in self.rows(**query) if row["__id"] == instance_id)

    def tag(self, path: str | None = None, **params) -> str:
        response = self.api.get(path or self.feed, params=params)
        assert response.status_code == 200, response.text
        return response.headers["ETag"]

    def send(self, xml: str, **given) -> requests.Response:
        return self.api.post(f"{self.path}/submissions", data=xml.encode(), headers=XML, **given)

    def add(self, xml: str) -> str:
        """Saves the submission; its instance id."""
        response = self.send(xml)
        assert response.status_code == 200, response.text
        return response.json()["instanceId"]

    def at(self, instance_id: str) -> str:
        return f"{self.path}/submissions/{part(instance_id)}"

    def send_openrosa(self, xml: str, files=(), api: Api | None = None) -> requests.Response:
        """As Collect does: multipart, `files` are (name, bytes, type)."""
        parts = [("xml_submission_file", ("submission.xml", xml.encode(), "text/xml"))]
        parts += [(name, (name, content, kind)) for name, content, kind in files]
        return (api or self.api).post(
            f"/projects/{self.project_id}/submission",
            files=parts,
            headers=OPENROSA,
            params={"deviceID": "conformance"},
        )

    def draft(self, xml: str, ignore_warnings: bool = False) -> requests.Response:
        params = {"ignoreWarnings": "true"} if ignore_warnings else {}
        return self.api.post(f"{self.path}/draft", data=xml.encode(), headers=XML, params=params)

    def publish(self, xml: str) -> None:
        response = self.draft(xml, ignore_warnings=True)
        assert response.status_code == 200, response.text
        assert self.api.post(f"{self.path}/draft/publish").status_code == 200


def new_id() -> str:
    return f"uuid:{uuid4()}"


def cursor_of(link: str) -> dict:
    """What a nextLink's $skiptoken holds."""
    query = dict(pair.split("=", 1) for pair in urlsplit(link).query.split("&"))
    token = requests.utils.unquote(query["%24skiptoken"])
    assert token.startswith("01")
    return json.loads(base64.b64decode(token[2:] + "=="))
