"""What we say about a submission at Central: its review state, and comments.

Comes in: a manager's client, a form id, an instance id. Goes out: what became of it; Central shows
it to its users, and the next pull brings the new state back.

`tell_review` and `tell_comment` speak about one version, and leave alone what has moved on:

| at Central                                     | outcome         |
|------------------------------------------------|-----------------|
| no such submission (any more)                  | `gone`          |
| another version than the one spoken of         | `overtaken`     |
| a state that is not among those it may replace | `overtaken`     |
| the same state, the same words                 | `there_already` |
| else                                           | `sent`          |
"""

from collections.abc import Container

from bridge.client import CentralClient
from config.errors import OperatorError

REVIEW_STATES = ("approved", "hasIssues", "rejected", "edited")


def set_review(client: CentralClient, form_id: str, instance_id: str, review_state: str) -> bool:
    """Sets the review state where it is another; True if it was. Raises submission-unknown.

    Writing the same state again would count as a change of the submission at Central.
    """
    if review_state not in REVIEW_STATES:
        raise ValueError(f"not a review state of Central: {review_state}")
    path = client.path("forms", form_id, "submissions", instance_id)
    current = client.find_json(path)
    if current is None:
        raise _unknown(form_id, instance_id)
    if current["reviewState"] == review_state:
        return False
    client.pyodk.submissions.review(instance_id, review_state, form_id=form_id)
    return True


def add_comment(client: CentralClient, form_id: str, instance_id: str, text: str) -> bool:
    """Adds a comment unless the same words stand there already; True if it was added."""
    path = client.path("forms", form_id, "submissions", instance_id, "comments")
    comments = client.find_json(path)
    if comments is None:
        raise _unknown(form_id, instance_id)
    if any(comment["body"] == text for comment in comments):
        return False
    client.pyodk.submissions.add_comment(instance_id, text, form_id=form_id)
    return True


def tell_review(
    client: CentralClient,
    form_id: str,
    instance_id: str,
    version_id: str,
    review_state: str | None,
    instead_of: Container[str | None],
) -> str:
    """Set the review state of a version where it is one of `instead_of`; None: received."""
    path = client.path("forms", form_id, "submissions", instance_id)
    current = client.find_json(path)
    if current is None:
        return "gone"
    if current["currentVersion"]["instanceId"] != version_id:
        return "overtaken"
    if current["reviewState"] == review_state:
        return "there_already"
    if current["reviewState"] not in instead_of:
        return "overtaken"
    client.request("PATCH", path, json={"reviewState": review_state})
    return "sent"


def tell_comment(
    client: CentralClient, form_id: str, instance_id: str, version_id: str, text: str
) -> str:
    """Add a comment on a version, unless the same words stand there already."""
    path = client.path("forms", form_id, "submissions", instance_id)
    current = client.find_json(path)
    if current is None:
        return "gone"
    if current["currentVersion"]["instanceId"] != version_id:
        return "overtaken"
    return "sent" if add_comment(client, form_id, instance_id, text) else "there_already"


def _unknown(form_id: str, instance_id: str) -> OperatorError:
    return OperatorError(
        "submission-unknown",
        f"The form {form_id} in Central has no submission {instance_id} (any more).",
        "It may have been deleted there; the next pull shows it.",
    )
