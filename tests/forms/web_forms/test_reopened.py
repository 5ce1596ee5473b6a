"""A return that is opened again to be edited, on a tablet or in a browser, is what it was."""

from dataclasses import asdict
from functools import partial

import pytest

from tests.forms.corrections import FLOW, answer_to, task, write_corrections
from tests.forms.engine import Rejected
from tests.forms.media import ACTIONS, STAFF, write_list, write_media
from tests.forms.test_reopened import one_closed, rows_of, two_changed, without
from tests.forms.web_forms.cases import RETURNS
from tests.forms.web_forms.test_same_answers import answers_of

EDIT_ID = "meta/deprecatedID"


@pytest.mark.parametrize("client", ["a tablet", "a browser"])
@pytest.mark.parametrize("one", RETURNS, ids=str)
def test_it_is_sent_as_it_was(engines, one, client):
    sent, _ = engines.fill(one)
    reopen = {
        "a tablet": lambda xml: engines.collect[one.form_id].reopen(xml).finalize(),
        "a browser": partial(
            engines.web_forms.reopen, engines.folder / f"{one.form_id}.xml", engines.folder
        ),
    }[client]
    again = answers_of(reopen(sent))
    again.pop(EDIT_ID, None)
    assert again == answers_of(sent)


@pytest.mark.parametrize(
    ("form_id", "answers", "list_name", "since", "rows"),
    [("staff_return", two_changed, "staff", without(STAFF, "P2"), "people"),
     ("inspection_visit", one_closed, "agreed_actions", without(ACTIONS, "A1"), "earlier")],
)  # fmt: skip
def test_a_list_that_has_moved_on_moves_no_answer_in_a_browser(
    engines, tmp_path, form_id, answers, list_name, since, rows
):
    school, form = engines.schools["MIXED"], engines.folder / f"{form_id}.xml"
    sent = engines.web_forms.fill(form, engines.folder, answers(school))
    write_media(tmp_path, [school])
    write_list(tmp_path / f"{list_name}.csv", [asdict(one) for one in since])
    again = engines.web_forms.reopen(form, tmp_path, sent)
    assert rows_of(again, rows) == rows_of(sent, rows)


def test_another_visit_brings_its_own_actions_in_a_browser(engines):
    form = engines.folder / "inspection_visit.xml"
    other = {"identification/visit": "V-GUEST", "arrival/session_visited": "morning"}
    answers = one_closed(engines.schools["MIXED"])
    sent = engines.web_forms.fill(form, engines.folder, answers, corrected=other)
    assert answers_of(sent)["earlier_actions/action_code"] == ACTIONS[2].action_code


def test_another_task_is_answered_anew_in_a_browser(engines, tmp_path):
    school = engines.schools["MIXED"]
    write_corrections(tmp_path, [school], [task(code, "MIXED", FLOW) for code in ("a1-1", "b2-1")])
    answers = answer_to(school, "a1-1", "corrected", value_1=12)
    other = {"identification/task": "b2-1"}
    with pytest.raises(Rejected) as refused:
        engines.web_forms.fill(
            engines.folder / "corrections.xml", tmp_path, answers, corrected=other
        )
    assert (refused.value.path, refused.value.kind) == ("question/answer", "required")
