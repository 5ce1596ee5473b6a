"""These tests make projects of their own and refuse any other."""

from secrets import token_hex

import pytest

from tests.conformance.conftest import require_own
from tests.conformance.xforms import fill
from tests.fixtures.hands import RealHands


@pytest.fixture
def foreign(admin):
    """A project under another name than those of these tests; archived at the end."""
    made = admin.post("/projects", json={"name": f"someone-elses-{token_hex(4)}"}).json()["id"]
    yield made
    assert admin.patch(f"/projects/{made}", json={"archived": True}).status_code == 200


def test_a_project_that_was_not_made_here_is_refused(admin, foreign):
    with pytest.raises(AssertionError, match="was not made by these tests"):
        require_own(admin, foreign)


def test_a_project_that_was_made_here_is_taken(admin, project_id):
    require_own(admin, project_id)


def test_nothing_is_changed_behind_the_api_in_a_project_of_others(hands, foreign, form):
    if not isinstance(hands, RealHands):
        pytest.skip("the sandbox is the tests' own, whole")
    form.add(fill(form.form_id, "1", "uuid:a", ""))
    for act in (
        lambda: hands.purge(foreign, form.form_id, ["uuid:a"]),
        lambda: hands.set_created_at(foreign, form.form_id, "uuid:a", "2020-01-01T00:00:00Z"),
    ):
        with pytest.raises(AssertionError, match="not a project of these tests"):
            act()
