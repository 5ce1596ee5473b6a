"""Tablets' accounts at Central: an app user a school, allowed to send some forms.

Comes in: a manager's client, a display name, form ids. Goes out: the app user with its token, the
only thing that a tablet needs. The token is a secret: it is not in the record's repr.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bridge.client import CentralClient
from config.errors import OperatorError

APP_USER_ROLE = "app-user"


@dataclass(frozen=True)
class AppUser:
    id: int
    token: str = field(repr=False)


def ensure_app_user(client: CentralClient, display_name: str, form_ids: Iterable[str]) -> AppUser:
    """The app user of that name, made if there is none that is still valid, and its forms.

    Run again, it gives the same app user and the same token.
    """
    user = _find_app_user(client, display_name) or _create_app_user(client, display_name)
    for form_id in form_ids:
        _ensure_assignment(client, form_id, user.id)
    return user


def _find_app_user(client: CentralClient, display_name: str) -> AppUser | None:
    """The oldest one of that name whose token has not been revoked."""
    users = client.get_json(client.path("app-users"))
    valid = [user for user in users if user["displayName"] == display_name and user["token"]]
    oldest = min(valid, key=lambda user: user["id"], default=None)
    return AppUser(oldest["id"], oldest["token"]) if oldest else None


def _create_app_user(client: CentralClient, display_name: str) -> AppUser:
    body = {"displayName": display_name}
    created = client.request("POST", client.path("app-users"), json=body).json()
    return AppUser(created["id"], created["token"])


def _ensure_assignment(client: CentralClient, form_id: str, user_id: int) -> None:
    path = client.path("forms", form_id, "assignments", APP_USER_ROLE)
    assigned = client.find_json(path)
    if assigned is None:
        raise OperatorError(
            "form-unknown",
            f"The project in Central has no form {form_id}, so no tablet can be given it.",
            "Publish it first with `emis forms publish`.",
        )
    if all(actor["id"] != user_id for actor in assigned):
        client.request("POST", f"{path}/{user_id}")
