"""What is unusual and was explained stands on the school's page, with its reason."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from processing.db.queries.issues import IN_THE_RETURN
from tests.web.factories import NOW, ROUND, insert

REASON = "one room <b>for</b> سعاد"


@pytest.fixture(scope="module")
def explained(country):
    """An issue of S1 that was waived with a reason, and then with a newer one."""
    with country.begin() as connection:
        form_key = connection.execute(sa.text("SELECT min(form_key) FROM raw.form")).scalar_one()
        insert(connection, "quality.issue", rule="sections_plausible", severity="warning",
               form_key=form_key, form_id="school_census", instance_id="uuid:0",
               subject="/grades[1]/classes/sections", school_code="S1", period=ROUND,
               arguments=json.dumps({"grade": "2", "pupils": 100, "sections": 1}),
               state="waived", first_seen_at=NOW, last_seen_at=NOW)  # fmt: skip
        issue_id = connection.execute(
            sa.text("SELECT issue_id FROM quality.issue WHERE rule = 'sections_plausible'")
        ).scalar_one()
        for hour, reason in enumerate(("an older one", REASON)):
            insert(connection, "quality.issue_event", issue_id=issue_id, from_state="open",
                   to_state="waived", actor=IN_THE_RETURN, reason=reason,
                   at=NOW + timedelta(hours=hour))  # fmt: skip


@pytest.mark.parametrize(
    ("language", "caption"),
    [
        ("ar", "غير معتاد، وسببه مذكور"),
        ("ckb", "نائاسایی، بە هۆکارەوە"),
        ("en", "Unusual, with a reason"),
    ],
)
def test_an_officer_reads_what_was_unusual_and_the_newest_reason(
    explained, client_as, language, caption
):
    text = client_as("department", language).get("/schools/S1").text
    assert caption in text
    assert "one room &lt;b&gt;for&lt;/b&gt; سعاد" in text
    assert "an older one" not in text


def test_it_is_not_among_the_open_issues(explained, client_as):
    text = client_as("department").get("/schools/S1").text
    assert text.count("Pupils in Grade 2: 100, sections: 1") == 1


@pytest.mark.parametrize("login", ["analyst", "help_desk"])
def test_a_reason_may_name_people_and_is_for_those_who_work_for_the_school(
    explained, client_as, login
):
    text = client_as(login).get("/schools/S1").text
    assert "Unusual, with a reason" not in text
    assert "one room" not in text


def test_where_nothing_was_explained_nothing_is_said_of_it(explained, client_as):
    assert "Unusual, with a reason" not in client_as("department").get("/schools/S2").text
