"""What is foretold of Central is what Central then says: the sandbox, and a real one."""

import hashlib

import pytest

from bridge.authoring_central import find_published, get_published, judge_change
from bridge.publish import plan_form, publish_form
from bridge.xform_model import read_model
from config.errors import OperatorError
from tests.bridge.conftest import WARD, compiled_ward

MORE = "    text | more | More\n"
GROUP = "    begin group | more | More\n    text | inner | Inner\n    end group | |\n"
REPEAT = GROUP.replace("group", "repeat")
KINDS = {
    "text": MORE, "integer": "    integer | more | More\n", "date": "    date | more | More\n",
    "group": GROUP, "repeat": REPEAT, "image": "    image | more | More\n", "gone": "",
}  # fmt: skip


@pytest.mark.parametrize("after", KINDS)
@pytest.mark.parametrize("before", ["text", "integer", "group", "repeat"])
def test_each_change_of_type_is_judged_as_central_does(manager, tmp_path, before, after):
    form_id = f"judge_{before}_{after}"
    old = compiled_ward(form_id, WARD + KINDS[before])
    new = compiled_ward(form_id, WARD + KINDS[after])
    publish_form(manager, old, tmp_path)
    verdict = judge_change(read_model(old.xform), read_model(new.xform))
    is_taken, warnings = attempt(manager, new, tmp_path)
    assert is_taken == (not verdict.refusals)
    if is_taken:
        assert bool(warnings) == bool(verdict.warnings)


def test_a_question_that_comes_back_keeps_its_type(manager, tmp_path):
    for survey in (WARD + KINDS["integer"], WARD):
        publish_form(manager, compiled_ward("returns", survey), tmp_path)
    published = get_published(manager, "returns")
    assert published.history["/more"] == "int"
    back = compiled_ward("returns", WARD + KINDS["date"])
    old, new = read_model(published.xform), read_model(back.xform)
    assert judge_change(old, new).refusals == ()
    assert "/more was a whole number" in judge_change(old, new, published.history).refusals[0]
    assert not attempt(manager, back, tmp_path)[0]


def test_a_form_that_central_has_not_is_told(manager):
    assert find_published(manager, "nothing_such") is None
    with pytest.raises(OperatorError) as error:
        get_published(manager, "nothing_such")
    assert error.value.code == "form-not-published"


def test_a_dry_run_says_what_publishing_then_does(manager, reader, tmp_path):
    for survey in (WARD, WARD, WARD + MORE, WARD):
        form = compiled_ward("foretold", survey)
        before = find_published(reader, "foretold")
        planned = plan_form(reader, form, tmp_path)
        assert find_published(reader, "foretold") == before
        done = publish_form(manager, form, tmp_path)
        assert (planned.action, planned.version) == (done.action, done.version)
        assert bool(planned.warnings) == bool(done.warnings)


def test_a_dry_run_refuses_what_publishing_refuses(manager, reader, tmp_path):
    publish_form(manager, compiled_ward("refused"), tmp_path)
    other = compiled_ward("refused", WARD.replace("integer  ", "decimal  "))
    listed = compiled_ward("lists", WARD + "    select_one_from_file no_such.csv | s | S\n")
    for form, code in ((other, "form-type-changed"), (listed, "form-media-missing")):
        with pytest.raises(OperatorError) as planned:
            plan_form(reader, form, tmp_path)
        with pytest.raises(OperatorError) as done:
            publish_form(manager, form, tmp_path)
        assert planned.value.code == done.value.code == code
    assert plan_form(reader, listed, tmp_path, ["no_such"]).action == "created"


def test_the_files_behind_a_published_form_are_known_by_their_content(manager, reader, tmp_path):
    survey = WARD + "    select_one_from_file rooms.csv | r | R\n"
    (tmp_path / "rooms.csv").write_text("name,label\na,A\n")
    publish_form(manager, compiled_ward("filed", survey), tmp_path)
    content = (tmp_path / "rooms.csv").read_bytes()
    assert get_published(reader, "filed").files == {"rooms.csv": hashlib.md5(content).hexdigest()}


def attempt(manager, form, folder) -> tuple[bool, tuple]:
    """(does Central take it, with what warnings)."""
    try:
        result = publish_form(manager, form, folder)
    except OperatorError as error:
        if error.code != "form-type-changed":
            raise
        return False, ()
    return True, result.warnings
