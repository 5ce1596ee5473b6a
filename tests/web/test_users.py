"""Accounts as the command adds, lists, reissues and disables them."""

import pytest

from config.errors import OperatorError
from processing.db.passwords import is_password_right
from processing.db.queries.users import (
    add_user,
    disable_user,
    find_user,
    list_users,
    reissue_user,
)
from tests.web.factories import NOW, PASSWORD

GOOD = {
    "login": "Someone", "full_name": "A post", "role_code": "department", "scope_code": "DEP-A1",
    "password": PASSWORD, "language": "ckb",
}  # fmt: skip


@pytest.fixture
def connection(country):
    """A transaction that is undone."""
    with country.connect() as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"login": ""}, "login-unfit"),
        ({"login": "two words"}, "login-unfit"),
        ({"login": "ministry"}, "user-exists"),
        ({"role_code": "owner"}, "role-unknown"),
        ({"scope_code": None}, "scope-unfit"),
        ({"scope_code": "S1"}, "scope-unfit"),
        ({"role_code": "school_head"}, "scope-unfit"),
        ({"role_code": "ministry"}, "scope-unfit"),
        ({"password": "short"}, "password-unfit"),
        ({"language": "ku"}, "language-unknown"),
    ],
)
def test_an_account_is_refused(connection, changed, code):
    with pytest.raises(OperatorError) as caught:
        add_user(connection, **GOOD | changed, now=NOW)
    assert caught.value.code == code
    assert PASSWORD not in str(caught.value)


def test_an_account_is_added_found_and_listed_by_its_login_in_any_case(connection):
    added = add_user(connection, **GOOD, now=NOW)
    assert (added.login, added.scope_code, added.is_active) == ("someone", "DEP-A1", True)
    assert find_user(connection, " SOMEONE") == added
    assert added in list_users(connection)


def test_a_disabled_account_stays_and_its_sessions_end(connection):
    added = add_user(connection, **GOOD, now=NOW)
    disabled = disable_user(connection, "someone")
    assert not disabled.is_active
    assert disabled.session_epoch == added.session_epoch + 1


NEW_PASSWORD = "another good secret"


def test_a_reissued_account_is_open_with_its_new_password_alone(connection):
    """Forgotten, or the post has a new holder: role, scope and language belong to the post."""
    added = add_user(connection, **GOOD, now=NOW)
    disable_user(connection, "someone")
    again = reissue_user(connection, " Someone", NEW_PASSWORD)
    assert again.is_active
    assert is_password_right(again.password_hash, NEW_PASSWORD)
    assert not is_password_right(again.password_hash, PASSWORD)
    assert again.session_epoch > added.session_epoch + 1
    assert (again.full_name, again.scope_code) == ("A post", "DEP-A1")
    assert reissue_user(connection, "someone", NEW_PASSWORD, "The post").full_name == "The post"


def test_a_password_that_cannot_be_changes_nothing(connection):
    added = add_user(connection, **GOOD, now=NOW)
    with pytest.raises(OperatorError) as caught:
        reissue_user(connection, "someone", "short")
    assert caught.value.code == "password-unfit"
    assert find_user(connection, "someone") == added


@pytest.mark.parametrize("act", [disable_user, lambda *of: reissue_user(*of, NEW_PASSWORD)])
def test_an_account_that_is_not_there_says_so(connection, act):
    with pytest.raises(OperatorError) as caught:
        act(connection, "nobody")
    assert caught.value.code == "user-unknown"
