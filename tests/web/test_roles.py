"""Who may enter where: every route of the application × every role, and strangers."""

import pytest
from flask import Flask

from processing.db.queries.users import ROLES
from processing.web.access import ROLE_PERMISSIONS, Permission, declared_permission
from tests.web.factories import indicator_of

STRANGER = None
EVERYONE = frozenset(ROLES)
STAFF = EVERYONE - {"partner"}
OPERATORS = {"administrator", "ministry", "help_desk"}
CALLERS = {"administrator", "ministry", "general_directorate", "department"}
# What each page is for; a new route fails until it stands here.
WHO_MAY_OPEN = {
    "home.show_home": EVERYONE,
    "indicators.list_indicators": EVERYONE,
    "indicators.show_indicator": STAFF,
    "schools.show_schools": STAFF,
    "schools.show_school": STAFF,
    "printed.show_return": STAFF,
    "calls.show_calls": CALLERS,
    "calls.show_call": CALLERS,
    "calls.answer_call": CALLERS,
    "updates.show_updates": CALLERS,
    "updates.show_update": CALLERS,
    "updates.show_photo": CALLERS,
    "updates.answer_update": CALLERS,
    "conflicts.show_conflicts": CALLERS,
    "conflicts.show_conflict": CALLERS,
    "conflicts.choose": CALLERS,
    "entry.show_entries": CALLERS,
    "entry.show_entry": CALLERS,
    "entry.send_sheet": CALLERS,
    "entry.choose_school": CALLERS,
    "entry.show_asked": CALLERS,
    "entry.show_form": CALLERS,
    "entry.take_entry": CALLERS,
    "entry.send_form": CALLERS,
    "entry.send_list": CALLERS,
    "entry.send_media": CALLERS,
    "entry.send_script": CALLERS,
    "refused.withdraw": CALLERS,
    "refused.send_answers": CALLERS,
    "refused.send_answer_file": CALLERS,
    "jobs.show_jobs": OPERATORS,
    "sync.show_sync": OPERATORS,
    "metrics.show_metrics": {"administrator"},
    "account.show_account": EVERYONE,
    "account.change_password": EVERYONE,
    "session.sign_out": EVERYONE,
    "session.sign_in": EVERYONE | {STRANGER},
    "session.post_sign_in": EVERYONE | {STRANGER},
    "session.choose_language": EVERYONE | {STRANGER},
    "health.healthz": EVERYONE | {STRANGER},
    "static": EVERYONE | {STRANGER},
}
ARGUMENTS = {"school_code": "S1", "filename": "style.css", "update_id": 1, "list_key": 1}


def test_each_route_is_listed_here_and_declares_a_permission(app: Flask):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == set(WHO_MAY_OPEN)
    assert not [end for end in endpoints if declared_permission(app, end) is None]


def test_each_role_has_its_permissions():
    assert set(ROLE_PERMISSIONS) == set(ROLES)


@pytest.mark.parametrize("role", [STRANGER, *ROLES])
def test_a_role_enters_where_it_may_and_nowhere_else(app: Flask, client_as, role):
    app.config["WTF_CSRF_ENABLED"] = False
    for rule in app.url_map.iter_rules():
        path = path_of(app, rule)
        for method in rule.methods - {"OPTIONS"}:
            with client_as(role).open(path, method=method) as answer:
                entered = was_let_in(answer, role)
            assert entered == (role in WHO_MAY_OPEN[rule.endpoint]), (role, method, path)


def was_let_in(answer, role: str | None) -> bool:
    if role is STRANGER and answer.status_code == 303:
        return answer.location.split("?")[0] != "/sign-in"
    return answer.status_code != 403


def path_of(app: Flask, rule) -> str:
    arguments = {name: ARGUMENTS.get(name) or indicator_of("percent") for name in rule.arguments}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **arguments)


def test_a_route_without_a_permission_lets_nobody_in(app: Flask, client_as):
    app.add_url_rule("/forgotten", "forgotten", lambda: "open to the world")
    assert client_as("administrator").get("/forgotten").status_code == 403
    assert client_as(None).get("/forgotten").status_code == 403


def test_a_role_that_the_program_does_not_know_may_do_nothing():
    assert all(needed not in ROLE_PERMISSIONS.get("owner", ()) for needed in Permission)
