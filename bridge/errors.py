"""What can go wrong between here and Central, as errors that a person can act on.

Comes in: an exception of the HTTP library, or an answer that refuses. Goes out: an OperatorError
that names the server and the request, never a token, a password or an answer of a respondent.

    central-unreachable      no connection, or no answer in time
    central-certificate      the TLS certificate does not prove that this is the server
    central-login-refused    e-mail or password are wrong
    central-project-unknown  the project of CENTRAL_PROJECT does not exist
    central-forbidden        the account may not do this
    central-not-central      something else than ODK Central answers there
    central-refused          Central answers that it cannot do this, with a code of its own
    central-fault            Central itself has failed
    answer-incomplete        the answer ended before it was whole (bridge.changes)
"""

import ssl
from urllib.parse import urlsplit, urlunsplit

import requests
from requests import exceptions as http

from bridge.changes import IncompleteAnswer
from config.errors import OperatorError

CONNECT_SECONDS = 10
READ_SECONDS = 60
# What speaks of Central or of the account, whatever was asked for.
NOT_ABOUT_ONE = (
    "central-unreachable", "central-certificate", "central-login-refused",
    "central-project-unknown", "central-forbidden", "central-not-central",
)  # fmt: skip
# What a proxy answers while Central is away, and what asks for patience.
AWAY = (429, 502, 503, 504)
BROKEN_OFF = (http.ChunkedEncodingError, http.ContentDecodingError)


class CentralRefused(OperatorError):
    """Central answered with an error. `problem` is its own code, such as 409.3, or None."""

    def __init__(self, code: str, message: str, remedy: str, status: int, problem, details):
        super().__init__(code, message, remedy)
        self.status, self.problem, self.details = status, problem, details or {}


def is_about_one(error: OperatorError) -> bool:
    """Does the error speak of the one item that was asked for, so that Central may do another?"""
    is_away = isinstance(error, CentralRefused) and error.status in AWAY
    return not is_away and error.code not in NOT_ABOUT_ONE


def shown_url(url: str) -> str:
    """The address of the server without the API's version, a user, a password or a query."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/v1")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, "", ""))


def transport_error(error: Exception, base_url: str) -> OperatorError:
    """The error to show where no whole answer came."""
    where = shown_url(base_url)
    if isinstance(error, http.SSLError):
        return _certificate_error(error, where)
    if isinstance(error, BROKEN_OFF):
        return IncompleteAnswer(f"The answer of {where} broke off.")
    if isinstance(error, http.ReadTimeout) or "Read timed out" in str(error):
        return OperatorError(
            "central-unreachable",
            f"ODK Central at {where} did not answer within {READ_SECONDS} seconds.",
            "It may be overloaded: look at its log, and try again later.",
        )
    return OperatorError(
        "central-unreachable",
        f"ODK Central at {where} cannot be reached ({reason_of(error)}).",
        "Check CENTRAL_URL, the network of this host, and that Central is running.",
    )


def refusal(response: requests.Response) -> OperatorError:
    """The error to show for an answer with a status of 400 or more."""
    problem, message, details = _problem_of(response)
    request = f"{response.request.method} {urlsplit(response.url).path}"
    code, remedy = _code_and_remedy(response.status_code)
    said = f"{problem}: {message.rstrip('.')}" if problem else f"status {response.status_code}"
    return CentralRefused(
        code, f"Central answered {request} with {said}.", remedy, response.status_code, problem,
        details,
    )  # fmt: skip


def not_central(base_url: str) -> OperatorError:
    return OperatorError(
        "central-not-central",
        f"What answers at {shown_url(base_url)} is not ODK Central's API.",
        "CENTRAL_URL is the address of Central itself, such as https://central.example.org.",
    )


def login_refused(base_url: str, variables: str) -> OperatorError:
    return OperatorError(
        "central-login-refused",
        f"ODK Central at {shown_url(base_url)} refused the e-mail and password of {variables}.",
        "Sign in there with a browser to see that they work, then correct the settings.",
    )


def project_unknown(base_url: str, project: int) -> OperatorError:
    return OperatorError(
        "central-project-unknown",
        f"ODK Central at {shown_url(base_url)} has no project {project}.",
        "CENTRAL_PROJECT is the number in the address bar of the project's page in Central.",
    )


def _certificate_error(error: Exception, where: str) -> OperatorError:
    if "WRONG_VERSION_NUMBER" in str(error):
        return OperatorError(
            "central-certificate",
            f"What answers at {where} does not speak TLS.",
            "See that CENTRAL_URL names the port of Central's web server with its certificate; "
            "http:// is for a Central on this machine or a network of your own.",
        )
    return OperatorError(
        "central-certificate",
        f"The TLS certificate of {where} does not prove who answers ({reason_of(error)}).",
        "If it comes from a private authority, name that authority's PEM file in CENTRAL_CA_FILE; "
        "if the name or the date is wrong, have it renewed. It is never skipped.",
    )


def _code_and_remedy(status: int) -> tuple[str, str]:
    if status == 401:
        return "central-login-refused", "The session ended and could not be renewed; try again."
    if status == 403:
        return (
            "central-forbidden",
            "Give the account the role it needs in the project (reading: Project Viewer; "
            "publishing, reviews, lists and devices: Project Manager).",
        )
    if status >= 500:
        return "central-fault", "Look at Central's log; the request can be repeated."
    return "central-refused", ""


def _problem_of(response: requests.Response) -> tuple:
    try:
        body = response.json()
    except (ValueError, http.RequestException):
        return None, None, None
    if not isinstance(body, dict):
        return None, None, None
    return body.get("code"), str(body.get("message")), body.get("details")


def reason_of(error: BaseException) -> str:
    """The innermost cause in a few words, without the URL that the outer layers repeat."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError):
            return f"no TLS connection: {cause.reason}"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return type(error).__name__


def _causes(error: BaseException):
    """The exception, and all that it was made from: reasons, arguments, contexts; inner last."""
    seen, waiting = set(), [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]
