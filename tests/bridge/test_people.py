"""Submitters, app users and comments."""

import pytest

from bridge.people import list_app_users, list_comments, list_submitters
from bridge.provision import ensure_app_user
from config.errors import OperatorError


def test_everyone_who_has_sent_is_a_submitter(ward, reader):
    assert list_submitters(reader, ward.id) == ()
    ward.send("uuid:a")
    (sender,) = list_submitters(reader, ward.id)
    assert sender.kind == "user"
    assert sender.actor_id > 0


def test_app_users_come_without_their_tokens(ward, reader, manager):
    user = ensure_app_user(manager, "Tablet 7", [ward.id])
    (found,) = [actor for actor in list_app_users(manager) if actor.actor_id == user.id]
    assert (found.kind, found.display_name, found.is_revoked) == ("field_key", "Tablet 7", False)
    assert user.token not in repr(vars(found))
    manager.request("DELETE", f"sessions/{user.token}")
    (found,) = [actor for actor in list_app_users(manager) if actor.actor_id == user.id]
    assert found.is_revoked


def test_a_viewer_may_not_list_app_users(reader):
    with pytest.raises(OperatorError) as error:
        list_app_users(reader)
    assert error.value.code == "central-forbidden"


def test_comments_are_numbered_from_the_oldest(ward, reader, manager):
    ward.send("uuid:a")
    assert list_comments(reader, ward.key, "uuid:a") == ()
    for body in ("please correct", "done", "done"):
        manager.request("POST", ward.path("uuid:a", "comments"), json={"body": body})
    comments = list_comments(reader, ward.key, "uuid:a")
    assert [(c.number, c.body) for c in comments] == [
        (1, "please correct"),
        (2, "done"),
        (3, "done"),
    ]
    assert all(comment.actor_name and comment.commented_at for comment in comments)
    assert list_comments(reader, ward.key, "uuid:none") is None
