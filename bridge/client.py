"""A Central, opened with the settings: the one object that the rest of the bridge works with.

Comes in: Settings and a role. Goes out: a CentralClient, already signed in, for one thread.
`reader` needs Project Viewer and nothing more; `manager` publishes, reviews, keeps lists and
devices, and is refused with a plain explanation where the settings do not name that account.
"""

import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import requests
from pyodk import Client
from pyodk._utils.config import CentralConfig, Config

from bridge.changes import IncompleteAnswer
from bridge.errors import CentralRefused, not_central, refusal, transport_error
from bridge.http import CentralSession
from config.errors import OperatorError
from config.settings import Settings

log = logging.getLogger(__name__)
# getodk/central, files/prebuild/write-version.sh
SERVER_VERSION = re.compile(r"^ ?[0-9a-f]{40} server \((\S+)\)$", re.MULTILINE)
ROLES = {
    "reader": ("CENTRAL_EMAIL", "CENTRAL_PASSWORD"),
    "manager": ("CENTRAL_MANAGER_EMAIL", "CENTRAL_MANAGER_PASSWORD"),
}


class CentralClient:
    """One signed-in connection to one project of one Central, for one thread.

    url, name: where it is, and what it is called in every key. project: the project's number.
    pyodk: ODK's own client on the same session, for projects, forms, entities and reviews.
    """

    def __init__(self, session: CentralSession, name: str, project: int, credentials: tuple):
        self.session, self.name, self.project = session, name, project
        self.url = session.base_url.removesuffix("/").removesuffix("/v1")
        central = CentralConfig(self.url, *credentials, default_project_id=project)
        self.pyodk = Client(session=session, project_id=project, config=Config(central))

    def __repr__(self) -> str:
        return f"<CentralClient {self.name} project {self.project}>"

    def path(self, *parts: object) -> str:
        """A path inside the project; each part is quoted, whatever it contains.

        Raises OperatorError `central-id-unaddressable` for `.` and `..`: every HTTP client and
        proxy resolves them away, so the request would speak about something else.
        """
        if any(str(part) in (".", "..") for part in parts):
            raise OperatorError(
                "central-id-unaddressable",
                f"Central has an item named {parts[-1]!r} that no address can name.",
                "Look at it in Central's own pages; the rest of the form is not concerned.",
            )
        return "/".join([f"projects/{self.project}", *(quoted(part) for part in parts)])

    def request(self, method: str, path: str, **kwargs) -> requests.Response:
        """The whole answer; an OperatorError where Central refuses or cannot be reached."""
        return self.session.response_or_error(method, path, log, **kwargs)

    def find(self, method: str, path: str, **kwargs) -> requests.Response | None:
        """As request, but None where Central knows no such thing (404)."""
        try:
            return self.request(method, path, **kwargs)
        except CentralRefused as error:
            if error.status == 404:
                return None
            raise

    def get_json(self, path: str, **kwargs):
        """The answer to a GET as parsed JSON. kwargs: params, headers."""
        return self.parsed(self.request("GET", path, **kwargs))

    def find_json(self, path: str, **kwargs):
        """As get_json, but None where Central knows no such thing (404)."""
        response = self.find("GET", path, **kwargs)
        return None if response is None else self.parsed(response)

    @contextmanager
    def stream(self, path: str, params: dict | None = None, headers: dict | None = None):
        """An answer whose body has not been read yet: status 200 or 304, nothing else."""
        response = self.session.request("GET", path, params=params, headers=headers, stream=True)
        try:
            if response.status_code not in (200, 304):
                raise refusal(_read_out(response, self.url))
            yield response
        finally:
            response.close()

    def parsed(self, response: requests.Response):
        """The JSON of an answer; an error where it is none, or not whole."""
        try:
            return response.json()
        except ValueError:
            if "json" not in response.headers.get("Content-Type", ""):
                raise not_central(self.url) from None
            path = urlsplit(response.url).path
            raise IncompleteAnswer(f"The answer to GET {path} is not whole JSON.") from None

    def close(self) -> None:
        """Sign out. A Central that no longer answers does not keep us from closing."""
        try:
            self.session.logout()
        except OperatorError as error:
            log.warning("could not sign out of Central: %s", error.code)
        self.session.close()


def quoted(part: object) -> str:
    """One part of a path; Central reads addresses as JavaScript's encodeURIComponent writes."""
    return quote(str(part), safe="*'()")


@contextmanager
def open_client(settings: Settings, role: str = "reader"):
    """A CentralClient signed in as `reader` or `manager`; signed out at the end.

    Raises OperatorError: central-not-set, central-no-manager, and those of bridge.errors.
    """
    email, password = _credentials(settings, role)
    session = CentralSession(
        settings.central_url,
        email,
        password,
        project=settings.central_project,
        ca_file=settings.central_ca_file,
        variables=" and ".join(ROLES[role]),
    )
    session.auth.login()
    client = CentralClient(
        session, settings.central_key, settings.central_project, (email, password)
    )
    try:
        yield client
    finally:
        client.close()


@dataclass(frozen=True)
class AccessReport:
    """What the account may do. version is None where no proxy serves Central's version file."""

    version: str | None
    role_names: tuple[str, ...]
    is_more_than_viewer: bool
    is_administrator: bool
    can_publish: bool
    missing_verbs: tuple[str, ...]


def check_access(client: CentralClient) -> AccessReport:
    """The account's rights in the project, compared with those of Central's own roles.

    missing_verbs: what a project viewer may do and this account may not.
    """
    extended = {"X-Extended-Metadata": "true"}
    verbs = set(client.get_json(client.path(), headers=extended)["verbs"])
    roles = {role["system"]: role for role in client.get_json("roles")}
    viewer, manager = (set(roles[name]["verbs"]) for name in ("viewer", "manager"))
    return AccessReport(
        version=_find_version(client),
        role_names=tuple(
            sorted(role["name"] for role in roles.values() if set(role["verbs"]) == verbs)
        ),
        is_more_than_viewer=bool(verbs - viewer),
        is_administrator=verbs >= set(roles["admin"]["verbs"]),
        can_publish=verbs >= manager,
        missing_verbs=tuple(sorted(viewer - verbs)),
    )


def _credentials(settings: Settings, role: str) -> tuple[str, str]:
    if not settings.central_url or settings.central_project is None:
        raise _missing_setting(settings, ("CENTRAL_URL", "CENTRAL_PROJECT"))
    if role == "manager" and not settings.has_manager:
        raise OperatorError(
            "central-no-manager",
            "This needs an account of Central that may publish, review and keep lists, and "
            f"there is no value for {_unset(settings, ROLES['manager'])}.",
            "Name a Project Manager there. Pulling goes on without it.",
        )
    if _unset(settings, ROLES[role]):
        raise _missing_setting(settings, ROLES[role])
    return tuple(getattr(settings, name.lower()) for name in ROLES[role])


def _missing_setting(settings: Settings, names: tuple[str, ...]) -> OperatorError:
    return OperatorError(
        "central-not-set",
        f"There is no value for {_unset(settings, names)}.",
        "Set it in the environment or the .env file; config/example.env shows each one.",
    )


def _unset(settings: Settings, names: tuple[str, ...]) -> str:
    return " and ".join(name for name in names if getattr(settings, name.lower()) in (None, ""))


def _find_version(client: CentralClient) -> str | None:
    """Central's release, from the file that its web server shows beside the API.

    A line for each of its parts, such as ` 0a1b…(40 digits) server (v2026.2.2)`.
    """
    answer = client.session.request("GET", f"{client.url}/version.txt")
    found = SERVER_VERSION.search(answer.text) if answer.status_code == 200 else None
    return found[1] if found else None


def _read_out(response: requests.Response, url: str) -> requests.Response:
    try:
        _ = response.content
    except requests.exceptions.RequestException as error:
        raise transport_error(error, url) from None
    return response
