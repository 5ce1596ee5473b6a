"""Accounts as the command adds, lists and disables them."""

import pytest

from config.errors import OperatorError
from processing.db.queries.users import add_user, disable_user, find_user, list_users
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


def test_disabling_nobody_says_so(connection):
    with pytest.raises(OperatorError) as caught:
        disable_user(connection, "nobody")
    assert caught.value.code == "user-unknown"
