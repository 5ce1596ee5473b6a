"""The catalogue of forms: what it refuses, and that it speaks of the forms as they are."""

import pytest

from config.errors import OperatorError
from config.forms import load_catalogue
from tests.forms.source import FORM_IDS, read_survey

ENTRY = """
[a_form]
title = {ar = "ا", ckb = "ئا", en = "A"}
school = "/school"
period = "/round"
personal = ["/head"]
lists = ["schools"]
topic = "pupils"
filled_by = ["school"]
owed = true
"""
# Personal in returns that an earlier version of the form brought.
EARLIER = {"monthly_return": {"/declaration/remarks"}}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[a_form", "Expected"),
        (ENTRY.replace("topic", "topics"), "exactly the keys"),
        (ENTRY.replace('ckb = "ئا", ', ""), "title in each of"),
        (ENTRY.replace('"/round"', '"round"'), "does not begin with /"),
        (ENTRY.replace('"/head"', '"head"'), "does not begin with /"),
        (ENTRY.replace('["school"]', '["head"]'), "filled_by names some of school, supervisor"),
        (ENTRY.replace("owed = true", 'owed = "yes"'), "owed is true or false"),
        (ENTRY.replace('["school"]', "[]"), "filled_by names some of school, supervisor"),
    ],
)
def test_a_broken_catalogue_is_refused_with_its_fault(tmp_path, text, what):
    path = tmp_path / "forms.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OperatorError, match=what) as refused:
        load_catalogue(path)
    assert refused.value.code == "form-catalogue-invalid"


def test_an_entry_gives_titles_paths_and_lists(tmp_path):
    path = tmp_path / "forms.toml"
    path.write_text(ENTRY, encoding="utf-8")
    entry = load_catalogue(path)["a_form"]
    assert (entry.title("ar"), entry.title("ckb"), entry.title("en")) == ("ا", "ئا", "A")
    assert (entry.school_path, entry.period_path) == ("/school", "/round")
    assert (entry.personal_paths, entry.entity_lists) == (("/head",), ("schools",))
    assert (entry.filled_by, entry.is_owed) == (("school",), True)
    assert entry.xlsx.parts[-2:] == ("a_form", "a_form.xlsx")


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_the_paths_of_an_entry_are_questions_of_its_form(form_id):
    entry, paths = load_catalogue()[form_id], {f"/{row.path}" for row in read_survey(form_id)}
    personal = set(entry.personal_paths) - EARLIER.get(form_id, set())
    assert {entry.school_path, entry.period_path, *personal} <= paths
    assert not EARLIER.get(form_id, set()) & paths


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_an_entry_names_the_lists_that_its_form_reads(form_id):
    rows = read_survey(form_id)
    files = {row.kind.split()[1] for row in rows if "_from_file" in row.kind}
    files |= {f"{row.name}.csv" for row in rows if row.kind == "csv-external"}
    assert files == {f"{name}.csv" for name in load_catalogue()[form_id].entity_lists}
