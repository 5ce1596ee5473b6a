"""App users for tablets, and reviews and comments for their submissions."""

import pytest
import requests

from bridge.provision import ensure_app_user
from bridge.reviews import add_comment, set_review
from config.errors import OperatorError


def form_list(central, user) -> str:
    settings = central.settings
    url = f"{settings.central_url}/v1/key/{user.token}/projects/{settings.central_project}"
    headers = {"X-OpenRosa-Version": "1.0"}
    return requests.get(f"{url}/formList", headers=headers, timeout=60).text


def test_an_app_user_sees_the_forms_that_it_was_given(central, manager, ward):
    user = ensure_app_user(manager, f"tablet {ward.id}", [ward.id])
    assert f"<formID>{ward.id}</formID>" in form_list(central, user)


def test_twice_is_the_same_as_once_and_forms_can_be_added(central, manager, ward):
    first = ensure_app_user(manager, f"tablet {ward.id}", [])
    assert ward.id not in form_list(central, first)
    again = ensure_app_user(manager, f"tablet {ward.id}", [ward.id])
    assert again == first == ensure_app_user(manager, f"tablet {ward.id}", [ward.id])
    assert ward.id in form_list(central, first)


def test_a_revoked_app_user_is_replaced(manager, ward):
    first = ensure_app_user(manager, f"lost {ward.id}", [])
    manager.request("DELETE", f"sessions/{first.token}")
    second = ensure_app_user(manager, f"lost {ward.id}", [])
    assert second.token
    assert (second.id, second.token) != (first.id, first.token)


def test_the_token_is_not_shown(manager, ward):
    user = ensure_app_user(manager, f"tablet {ward.id}", [])
    assert user.token not in repr(user)


def test_a_form_that_is_not_there_is_told(manager):
    with pytest.raises(OperatorError) as error:
        ensure_app_user(manager, "tablet", ["nowhere"])
    assert error.value.code == "form-unknown"


# -- reviews ---------------------------------------------------------------------------------------


def test_a_review_is_set_once(ward, manager):
    ward.send("uuid:a")
    assert set_review(manager, ward.id, "uuid:a", "hasIssues")
    assert not set_review(manager, ward.id, "uuid:a", "hasIssues")
    assert set_review(manager, ward.id, "uuid:a", "approved")
    assert manager.get_json(ward.path("uuid:a"))["reviewState"] == "approved"


@pytest.mark.parametrize("odd", ["it's", "a/b", "ü?#%"])
def test_odd_ids_are_reviewed_like_any_other(ward, manager, odd):
    ward.send(odd)
    assert set_review(manager, ward.id, odd, "rejected")
    assert add_comment(manager, ward.id, odd, "لماذا؟")
    assert manager.get_json(ward.path(odd))["reviewState"] == "rejected"


def test_a_comment_is_written_once(ward, manager):
    ward.send("uuid:a")
    assert add_comment(manager, ward.id, "uuid:a", "Girls in grade 3: 310?")
    assert not add_comment(manager, ward.id, "uuid:a", "Girls in grade 3: 310?")
    bodies = [c["body"] for c in manager.get_json(ward.path("uuid:a", "comments"))]
    assert bodies == ["Girls in grade 3: 310?"]


def test_a_submission_that_is_gone_is_told(ward, manager):
    for act in (set_review, add_comment):
        with pytest.raises(OperatorError) as error:
            act(manager, ward.id, "uuid:none", "approved")
        assert error.value.code == "submission-unknown"


def test_a_state_that_central_does_not_know_is_a_fault_of_ours(ward, manager):
    with pytest.raises(ValueError, match="received"):
        set_review(manager, ward.id, "uuid:a", "received")
