"""Who sends, and what is said about a submission: app users, submitters, comments.

Comes in: a client. Goes out: plain records. No token of an app user ever leaves this module.
"""

from dataclasses import dataclass, field

from bridge.changes import FormKey
from bridge.client import CentralClient


@dataclass(frozen=True)
class Actor:
    """Someone that Central knows. kind: user, field_key (an app user) or public_link."""

    actor_id: int
    kind: str
    display_name: str = field(repr=False)
    created_at: str | None
    properties: dict = field(default_factory=dict, repr=False)
    is_revoked: bool = False
    last_used_at: str | None = None


@dataclass(frozen=True)
class Comment:
    """A comment on a submission. number: 1 for the oldest; Central never takes one away."""

    number: int
    actor_id: int | None
    actor_name: str | None = field(repr=False)
    body: str = field(repr=False)
    commented_at: str


def list_submitters(client: CentralClient, form_id: str) -> tuple[Actor, ...]:
    """Everyone who has sent to a form. A viewer may ask."""
    path = client.path("forms", form_id, "submissions", "submitters")
    return tuple(_actor(item) for item in client.get_json(path))


def list_app_users(client: CentralClient) -> tuple[Actor, ...]:
    """The app users of the project, revoked ones too. Only a manager may ask."""
    extended = {"X-Extended-Metadata": "true"}
    return tuple(
        _actor(item) for item in client.get_json(client.path("app-users"), headers=extended)
    )


def list_comments(
    client: CentralClient, key: FormKey, instance_id: str
) -> tuple[Comment, ...] | None:
    """All comments on a submission, oldest first; None where Central does not serve it."""
    path = client.path("forms", key.form_id, "submissions", instance_id, "comments")
    listed = client.find_json(path, headers={"X-Extended-Metadata": "true"})
    if listed is None:
        return None
    return tuple(
        Comment(
            number,
            item["actorId"],
            (item.get("actor") or {}).get("displayName"),
            item["body"],
            item["createdAt"],
        )
        for number, item in enumerate(reversed(listed), start=1)
    )


def _actor(item: dict) -> Actor:
    return Actor(
        actor_id=item["id"],
        kind=item["type"],
        display_name=item["displayName"],
        created_at=item["createdAt"],
        properties=item.get("properties") or {},
        # A token is shown as long as it works, and never kept.
        is_revoked="token" in item and item["token"] is None,
        last_used_at=item.get("lastUsed"),
    )
