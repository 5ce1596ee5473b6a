"""The whole way and back, at the sandbox and at a real Central, with forms filled by the engine.

tablet ─census─▶ Central ─pull─▶ rules ─▶ feedback ─▶ Central ─list─▶ tablet ─corrections─▶ …
"""

import datetime as dt
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from config.corrections import text
from processing.db.engine import open_engine
from processing.db.queries.correction_answers import add_call
from processing.db.queries.due import add_mark, mark_due
from processing.db.slices import Slice
from processing.jobs.work import work_until_done
from tests.feedback.ministry import (
    answer,
    crowded_census,
    wait_for_no_task,
    without_sending,
)

pytestmark = pytest.mark.timeout(900)


def test_a_question_goes_to_the_tablet_and_its_answer_comes_back(here, tablet):
    school = here.schools[0]
    sent = tablet.send("school_census", crowded_census(school))
    here.work()
    # Central says it in the school's language; the tablet has the task.
    assert tablet.review("school_census", sent)[0] == "hasIssues"
    (comment,) = tablet.comments("school_census", sent)
    assert comment.endswith(text("comment_answer", "ar"))
    assert "عدد التلاميذ 100 وعدد الشعب 1" in comment
    assert here.sections(school) == 1
    (task,) = tablet.tasks(school.school_code)
    # What we said ourselves comes back with the next pull, and sets off nothing.
    before = (tablet.review("school_census", sent), here.messages(sent))
    for _ in range(2):
        here.work()
    assert (tablet.review("school_census", sent), here.messages(sent)) == before
    assert tablet.tasks(school.school_code) == [task]
    # The head corrects the number; the figures follow, what was sent stays as it was.
    tablet.send("corrections", answer(school, task, value_1=4))
    here.work()
    assert (here.issue(school), here.sections(school)) == ("resolved", 4)
    reported = (
        "SELECT classes_sections FROM survey.school_census_grades"
        " WHERE instance_id = :id AND grade = 1"
    )
    assert here.one(reported, id=sent) == 1
    assert tablet.review("school_census", sent)[0] is None
    wait_for_no_task(tablet, school)
    # And all is quiet.
    before = (tablet.review("school_census", sent), here.messages(sent))
    for _ in range(2):
        here.work()
    assert (tablet.review("school_census", sent), here.messages(sent)) == before
    assert here.rows("SELECT stage, reason FROM ops.run WHERE state <> 'done'") == []


def three_sections(xml: str) -> str:
    """In grade 1, and in the total that the tablet calculates: 1 + 5 × 2."""
    changed = xml.replace("<sections>1<", "<sections>3<", 1)
    return changed.replace("<sections>11<", "<sections>13<", 1)


@pytest.mark.parametrize(("way", "number"), [("edit", 1), ("edit_at_central", 7)])
def test_an_edit_of_what_was_sent_closes_the_question_and_the_comment_is_kurdish(
    here, tablet, way, number
):
    """In Collect, or on Central's page."""
    school = here.schools[number]
    sent = tablet.send("school_census", crowded_census(school))
    here.work()
    (comment,) = tablet.comments("school_census", sent)
    assert comment.endswith(text("comment_answer", "ckb"))
    assert len(tablet.tasks(school.school_code)) == 1
    getattr(tablet, way)("school_census", sent, three_sections)
    here.work()
    assert (here.issue(school), here.sections(school)) == ("resolved", 3)
    assert tablet.review("school_census", sent)[0] == "edited"
    assert tablet.tasks(school.school_code) == []
    assert len(tablet.comments("school_census", sent)) == 1


def test_an_officers_answer_after_a_call_takes_the_question_from_the_tablet(here, tablet):
    school = here.schools[8]
    sent = tablet.send("school_census", crowded_census(school))
    here.work()
    (task,) = tablet.tasks(school.school_code)
    assert tablet.review("school_census", sent)[0] == "hasIssues"
    called(here, school, task)
    here.work()
    assert (here.issue(school), here.sections(school)) == ("resolved", 4)
    assert tablet.review("school_census", sent)[0] is None
    assert tablet.tasks(school.school_code) == []
    assert len(tablet.comments("school_census", sent)) == 1


def called(here, school, task: str) -> None:
    """What the page Calls keeps when an officer enters what the school has said."""
    now = dt.datetime.now(dt.UTC)
    engine = open_engine(here.settings, "web", poolclass=sa.NullPool)
    with engine.begin() as connection:
        add_call(
            connection, task.split("-")[0], school.school_code, "corrected", "as told", {1: 4},
            name="Zainab", spoke_with="the deputy", called_on=now.date(), now=now,
        )  # fmt: skip
        asked = Slice("school_census", school.school_code, "census-2026")
        add_mark(connection, "feedback", now, asked)


def test_the_schools_entity_says_what_has_arrived(here, tablet):
    school = here.schools[2]
    tablet.send("school_census", crowded_census(school))
    here.work()
    tablet.fetch_lists("school_census")
    listed = (tablet.folder / "schools.csv").read_text(encoding="utf-8")
    lines = [line for line in listed.splitlines() if school.school_code in line]
    assert len(lines) == 1
    assert "التعداد المدرسي السنوي: وصلت في" in lines[0]
    assert lines[0].rstrip('"').endswith("عدد التلاميذ 600")


def years_off(xml: str, years: int) -> str:
    """The moments that the tablet notes, by a clock that is wrong by so many years."""
    moved = re.compile(r"(<(?:start|end)>)(\d{4})")
    changed, count = moved.subn(lambda found: f"{found[1]}{int(found[2]) + years}", xml)
    assert count == 2
    return changed


def test_a_clock_that_is_a_year_off_moves_no_return_and_settles_no_order(here, tablet):
    """What comes later counts, though its tablet says that it was filled two years before."""
    school = here.schools[6]
    tablet.send("school_census", crowded_census(school), lambda xml: years_off(xml, 1))
    here.work()
    assert here.sections(school) == 1
    later = tablet.send(
        "school_census", crowded_census(school), lambda xml: years_off(three_sections(xml), -1)
    )
    here.work()
    assert here.sections(school) == 3
    returned = (
        "SELECT instance_id, period, school_year, abs(extract(epoch FROM now() - received_at))"
        " < 86400 FROM emis.school_return WHERE school_code = :school"
    )
    assert here.rows(returned, school=school.school_code) == [(later, "census-2026", 2026, True)]
    ((start,),) = here.rows(
        "SELECT start FROM survey.school_census WHERE instance_id = :id", id=later
    )
    assert start.year == dt.datetime.now(dt.UTC).year - 1, "kept as the tablet sent it"


def test_a_worker_that_ends_between_sending_and_committing_sends_nothing_twice(here, tablet):
    school = here.schools[3]
    sent = tablet.send("school_census", crowded_census(school))
    here.work(without_sending(here))
    assert here.send(keep=False)[0] == 3
    assert here.messages(sent) == [("review", False, None), ("comment", False, None)]
    before = tablet.review("school_census", sent)
    assert before[0] == "hasIssues"
    assert here.send() == (3, None)
    assert tablet.review("school_census", sent) == before, "not even the same state once more"
    assert len(tablet.comments("school_census", sent)) == 1
    assert len(tablet.tasks(school.school_code)) == 1
    outcomes = [outcome for _, _, outcome in here.messages(sent)]
    assert outcomes == ["there_already", "there_already"]


def test_without_a_manager_everything_else_goes_on_and_the_questions_wait(here, tablet):
    school = here.schools[4]
    sent = tablet.send("school_census", crowded_census(school))
    here.work(without_sending(here))
    assert (here.issue(school), here.sections(school)) == ("open", 1)
    assert tablet.review("school_census", sent)[0] is None
    assert [outcome for _, _, outcome in here.messages(sent)] == [None, None]
    failed = "SELECT count(*) FROM ops.run WHERE state <> 'done'"
    assert here.one(failed) == 0
    here.work()
    with here.engine.begin() as connection:
        mark_due(connection, "send_feedback", [Slice("")], dt.datetime.now(dt.UTC))
    work_until_done(here.settings)
    assert tablet.review("school_census", sent)[0] == "hasIssues"
    assert len(tablet.tasks(school.school_code)) == 1


def test_what_a_person_decides_before_we_come_stays(here, tablet):
    school = here.schools[5]
    sent = tablet.send("school_census", crowded_census(school))
    here.work(without_sending(here))
    path = tablet.client.path("forms", "school_census", "submissions", sent)
    tablet.client.request("PATCH", path, json={"reviewState": "approved"})
    here.send()
    assert tablet.review("school_census", sent)[0] == "approved"
    assert ("review", False, "overtaken") in here.messages(sent)


def test_a_central_that_is_away_is_told_later(here, tablet):
    name = here.settings.central_key
    away = replace(here.settings, central_url="http://127.0.0.1:9", central_name=name)
    with here.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO quality.message"
            " (kind, form_key, instance_id, version_id, body, made_at, not_before)"
            " SELECT 'comment', form_key, instance_id, current_version_id, 'x', now(), now()"
            " FROM raw.submission JOIN raw.form USING (form_key)"
            " WHERE form_id = 'school_census' LIMIT 1"
        )
    with pytest.raises(Exception, match="central-unreachable"):
        here.send(away)
    assert here.send() == (1, None)


def test_one_message_that_central_refuses_holds_up_no_other(here, tablet):
    """Central takes no more than 250 KB at once (problem 400.36)."""
    sent = tablet.send("school_census", crowded_census(here.schools[1]))
    here.work()
    with here.engine.begin() as connection:
        for body in ("x" * 300_000, "said"):
            connection.execute(
                sa.text(
                    "INSERT INTO quality.message"
                    " (kind, form_key, instance_id, version_id, body, made_at, not_before)"
                    " SELECT 'comment', form_key, instance_id, current_version_id, :body, now(),"
                    " now() FROM raw.submission JOIN raw.form USING (form_key)"
                    " WHERE form_id = 'school_census' AND instance_id = :sent"
                ),
                {"body": body, "sent": sent},
            )
    assert here.send() == (1, None)
    rows = here.rows(
        "SELECT left(body, 4), outcome, attempts, reason <> '', not_before > now()"
        " FROM quality.message WHERE body IN ('said', repeat('x', 300000)) ORDER BY message_id"
    )
    assert rows == [("xxxx", None, 1, True, True), ("said", "sent", 0, None, False)]
