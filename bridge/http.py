"""The HTTP session under pyodk and under our own streams.

Comes in: the address of a Central, an account, a CA file. Goes out: answers, or OperatorErrors.
Promised: every request has a time limit, on http:// as on https://; a GET that meets a socket
which Central has just closed is repeated; a session that has ended is renewed once; nothing is
kept on disk; no token reaches a log or an error.

One session belongs to one thread.
"""

import threading
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import requests
from pyodk._utils.session import Session
from requests.auth import AuthBase
from urllib3.util.retry import Retry

from bridge.errors import (
    CONNECT_SECONDS,
    READ_SECONDS,
    login_refused,
    not_central,
    project_unknown,
    refusal,
    transport_error,
)
from bridge.traffic import CountingAdapter
from config.errors import OperatorError

API_VERSION = "v1"
BLOCK_BYTES = 65536
# Central closes a kept connection after 5 s, often in the moment in which we use it; a proxy in
# front answers 502 to 504 while Central restarts. Both are worth a second try for what only reads.
RETRIES = Retry(
    total=3,
    connect=2,
    backoff_factor=0.3,
    status_forcelist=(429, 502, 503, 504),
    allowed_methods=frozenset({"GET", "HEAD"}),
    raise_on_status=False,
    retry_after_max=30,
)


class Login(AuthBase):
    """Signs in when a request needs it, and keeps the token in the session's headers alone."""

    def __init__(self, session: "CentralSession", email: str, password: str, variables: str):
        self._session, self._email, self._password = session, email, password
        self._variables = variables

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if "Authorization" not in request.headers:
            request.headers["Authorization"] = self.login()
        return request

    def login(self) -> str:
        headers = self._session.headers
        if "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self._new_token()}"
        return headers["Authorization"]

    def _new_token(self) -> str:
        answer = self._session.request(
            "POST",
            "sessions",
            json={"email": self._email, "password": self._password},
            auth=_anonymous,
        )
        if answer.status_code in (400, 401):
            raise login_refused(self._session.base_url, self._variables)
        if answer.status_code >= 500:
            raise refusal(answer)
        return _token_in(answer, self._session.base_url)


class CentralSession(Session):
    """pyodk's session with our time limits, retries, certificates and errors."""

    def __init__(
        self,
        base_url: str,
        email: str,
        password: str,
        project: int | None = None,
        ca_file: Path | None = None,
        variables: str = "CENTRAL_EMAIL and CENTRAL_PASSWORD",
    ):
        super().__init__(base_url, API_VERSION, email, password, cache_path=None)
        self.project = project
        self.auth = Login(self, email, password, variables)
        self._thread = threading.get_ident()
        self._ca_file = _checked_ca_file(ca_file)
        # Central's login answer also sets the token as a cookie; one place for it is enough.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self.mount(scheme, _adapter())

    def request(self, method, url, *args, **kwargs) -> requests.Response:
        """As requests does it, but renewing a session that has ended, and with our errors."""
        if threading.get_ident() != self._thread:
            raise RuntimeError("a CentralSession belongs to the thread that opened it")
        if self._ca_file:
            # Set on each request: requests lets REQUESTS_CA_BUNDLE override the session's own.
            kwargs.setdefault("verify", str(self._ca_file))
        try:
            response = super().request(method, url, *args, **kwargs)
            if response.status_code != 401 or not self._can_renew(kwargs):
                return response
            response.close()
            del self.headers["Authorization"]
            return super().request(method, url, *args, **kwargs)
        except requests.exceptions.RequestException as error:
            raise transport_error(error, self.base_url) from None

    def response_or_error(self, method, url, logger=None, *args, **kwargs) -> requests.Response:
        """The answer, or OperatorError where it is a refusal. pyodk's services call this."""
        response = self.request(method, url, *args, **kwargs)
        if response.status_code < 400:
            return response
        if response.status_code == 404 and not self._project_exists(url):
            raise project_unknown(self.base_url, self.project)
        raise refusal(response)

    def logout(self) -> None:
        """End the session at Central, so that its table of sessions does not fill up."""
        if "Authorization" in self.headers:
            self.request("DELETE", "sessions/current")
            self.headers.pop("Authorization", None)

    def _can_renew(self, kwargs: dict) -> bool:
        """Only a session that was signed in, and a body that can be sent a second time."""
        body = kwargs.get("data")
        can_repeat = body is None or isinstance(body, bytes | str | dict)
        return "Authorization" in self.headers and kwargs.get("auth") is None and can_repeat

    def _project_exists(self, url: str) -> bool:
        """Is a 404 about the project, or about something in it? Asked only after a 404."""
        own = f"projects/{self.project}"
        if self.project is None or not url.lstrip("/").startswith(own):
            return True
        return self.request("GET", own).status_code != 404


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _adapter() -> CountingAdapter:
    return CountingAdapter(
        timeout=(CONNECT_SECONDS, READ_SECONDS), max_retries=RETRIES, blocksize=BLOCK_BYTES
    )


def _checked_ca_file(ca_file: Path | None) -> Path | None:
    if ca_file is not None and not ca_file.is_file():
        raise OperatorError(
            "setting-invalid",
            f"CENTRAL_CA_FILE names {ca_file}, which is not a file.",
            "Name the PEM file of the authority that signed Central's certificate.",
        )
    return ca_file


def _token_in(answer: requests.Response, base_url: str) -> str:
    try:
        token = answer.json()["token"]
    except (ValueError, KeyError, TypeError):
        raise not_central(base_url) from None
    return token
