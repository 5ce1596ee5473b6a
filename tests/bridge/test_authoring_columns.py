"""`emis forms diff` has a name for each column that pyxform reads: each is changed alone."""

from collections.abc import Callable

import pytest
from pyxform import aliases, constants
from pyxform.xls2xform import convert

from bridge.authoring import CHOICES_COLUMNS, SETTINGS_COLUMNS, SURVEY_COLUMNS
from bridge.authoring_diff import compare_forms
from bridge.authoring_words import PARAMETERS, Change
from bridge.xform_model import FormModel, read_model
from tests.bridge.columns import (
    CHOICES,
    IN_NO_FORM,
    OTHERWISE_NAMED,
    PARAMETERS_OF_TYPES,
    PLACES,
    SETTINGS,
    SURVEY,
    TYPES,
    table,
)
from tests.bridge.workbooks import write_xlsform

Model = Callable[..., FormModel]


@pytest.fixture
def model(tmp_path) -> Model:
    def make(**sheets: str) -> FormModel:
        path = write_xlsform(tmp_path / "visit.xlsx", **sheets)
        return read_model(convert(str(path), validate=False).xform)

    return make


def the_change(old: FormModel, new: FormModel) -> Change:
    (change,) = compare_forms(old, new).changes
    assert change.words
    assert change.what != "other-changed"
    return change


def asking(kind: str, **cells: str) -> dict[str, str]:
    """The sheets of a form that asks `q` of that type, beside two others."""
    name = "audit" if kind == "audit" else "q"
    row = {"type": kind, "name": name, "label": "Q"} | cells
    if "caption" in cells or any(column.startswith("label::") for column in cells):
        del row["label"]
    others = [dict.fromkeys(row, "") | {"type": "integer", "name": name, list(row)[2]: name}
              for name in ("other", "second")]  # fmt: skip
    rows = [list(row), *([each[column] for column in row] for each in (*others, row))]
    if kind.startswith("begin"):
        rows += [["text", "inner", "Inner"], [kind.replace("begin", "end")]]
    choices = "list_name | name | label | near\n" + "\n".join(
        f"{name} | {code} | {code} | {code}" for name in "dnm" for code in (1, 5)
    )
    sheets = {"survey": "\n".join(" | ".join(row) for row in rows), "choices": choices}
    if "external" in kind:
        sheets["external_choices"] = choices
    if "save_to" in cells:
        sheets["entities"] = "list_name | label\nrooms | ${other}"
    return sheets


@pytest.mark.parametrize(("kind", "column", "before", "after", "named"), SURVEY)
def test_each_column_of_the_survey_is_named(model, kind, column, before, after, named):
    beside = {"trigger": {"calculation": "1 + 1"}, "big-image": {"image": "c.png"}}
    cells = beside.get(column, {}) if kind != "background-geopoint" else {}
    old, new = (model(**asking(kind, **cells, **{column: text})) for text in (before, after))
    change = the_change(old, new)
    assert (change.path, change.column) == ("/q", named or column)
    assert (bool(change.before), bool(change.after)) == (bool(before), bool(after))


@pytest.mark.parametrize(("kind", "name", "before", "after"), PARAMETERS_OF_TYPES)
def test_each_parameter_is_named(model, kind, name, before, after):
    beside = PLACES if name in PLACES else {}
    beside = {"randomize": "true"} if name == "seed" else beside
    beside = {"track-changes": "true"} if name == "track-changes-reasons" else beside

    def form(text: str) -> FormModel:
        given = beside | ({name: text} if text else {})
        words = " ".join(f"{key}={value}" for key, value in given.items())
        return model(**asking(kind, parameters=words))

    change = the_change(form(before), form(after))
    path = "/meta/audit" if kind == "audit" else "/q"
    assert (change.path, change.column) == (path, OTHERWISE_NAMED.get(name, name))


@pytest.mark.parametrize(("old", "new", "before", "after"), TYPES)
def test_each_kind_of_a_type_is_named(model, old, new, before, after):
    change = next(
        change for change in compare_forms(model(**asking(old)), model(**asking(new))).changes
        if change.column == "type"
    )  # fmt: skip
    assert (change.path, change.before, change.after) == ("/q", before, after)


def test_the_question_that_gives_the_choices_is_named(model):
    def form(name: str) -> FormModel:
        return model(
            survey=f"""
            type | name | label
            begin repeat | kids | Kids
            text | kid | Kid
            text | nick | Nick
            end repeat
            select_one ${{{name}}} | who | Who
        """
        )

    changes = compare_forms(form("kid"), form("nick")).changes
    (change,) = [change for change in changes if change.column == "type"]
    assert (change.path, change.before, change.after) == ("/who", "${kid}", "${nick}")


@pytest.mark.parametrize(("column", "before", "after", "named"), CHOICES)
def test_each_column_of_the_choices_is_named_with_the_choice(model, column, before, after, named):
    beside = {"big-image": {"image": "c.png"}}.get(column, {})

    def form(text: str) -> FormModel:
        row = {"list_name": "d", "name": "a", "label": "Alif"} | beside | {column: text}
        if (named or column) == "label" != column:
            del row["label"]
        choices = f"{' | '.join(row)}\n{' | '.join(row.values())}"
        return model(survey="type | name | label\nselect_one d | q | Q", choices=choices)

    change = the_change(form(before), form(after))
    assert (change.path, change.code, change.column) == ("d", "a", named or column)
    assert (change.before, change.after) == (before or None, after)
    assert "a" in change.words.split()


def test_a_list_that_only_a_formula_reads_is_compared_too(model):
    def form(near: int) -> FormModel:
        return model(
            survey="type | name | label | calculation\n"
            "calculate | q | | instance('d')/root/item[name = 'a']/near",
            choices=f"list_name | name | label | near\nd | a | Alif | {near}",
        )

    change = the_change(form(1), form(2))
    assert change.words == "d: the column near of a was “1” and is “2”."


@pytest.mark.parametrize(("near", "code"), [("1 2", "a"), ("3 1", "a (2)")])
def test_choices_of_one_code_are_kept_apart(model, near, code):
    """As in a list that a filter divides: `other` of each district."""

    def form(near: str) -> FormModel:
        first, second = near.split()
        return model(
            survey="type | name | label | choice_filter\nselect_one d | q | Q | near = 1",
            choices="list_name | name | label | near\n"
            f"d | a | Other | {first}\nd | a | Other | {second}",
            settings="form_id | allow_choice_duplicates\nvisit | yes",
        )

    change = the_change(form("3 2"), form(near))
    assert (change.what, change.code) == ("choice-column-changed", code)


def test_another_order_of_choices_is_told_once(model):
    forms = (
        model(survey="type | name | label\nselect_one d | q | Q",
              choices="list_name | name | label\n" + "\n".join(f"d | {x} | {x}" for x in order))
        for order in ("abc", "cab")
    )  # fmt: skip
    change = the_change(*forms)
    assert (change.what, change.path) == ("choices-reordered", "d")


@pytest.mark.parametrize(
    ("before", "after", "what", "was", "will_be"),
    [
        ("csv-external | rooms", "xml-external | rooms", "file-changed", "rooms.csv", "rooms.xml"),
        ("hidden | h", "csv-external | rooms", "file-added", None, "rooms.csv"),
        ("csv-external | rooms", "hidden | h", "file-removed", "rooms.csv", None),
        ("select_one_from_file rooms.csv | q | Q", "select_one_from_file rooms.xml | q | Q",
         "file-changed", "rooms.csv", "rooms.xml"),
    ],
)  # fmt: skip
def test_a_file_that_the_form_reads_is_named(model, before, after, what, was, will_be):
    head = "type | name | label\ntext | a | A"
    old, new = (model(survey=f"{head}\n{row}") for row in (before, after))
    found = [(c.what, c.before, c.after) for c in compare_forms(old, new).changes]
    assert (what, was, will_be) in found


@pytest.mark.parametrize(("column", "before", "after", "named"), SETTINGS)
def test_each_setting_is_named(model, column, before, after, named):
    def form(text: str) -> FormModel:
        survey = "type | name | label::English (en) | label::العربية (ar)\ntext | a | A | أ"
        return model(survey=survey, settings=f"form_id | {column}\nvisit | {text}")

    change = the_change(form(before), form(after))
    assert change.column == (named or column)
    assert change.before != change.after


def test_a_form_whose_answers_have_no_id_is_told_by_its_path(model):
    old, new = (
        model(survey="type | name | label\ntext | a | A", settings=f"{head}\nvisit | yes")
        for head in ("form_id | notes", "form_id | omit_instanceID")
    )
    assert ("question-removed", "/meta/instanceID") in {
        (change.what, change.path) for change in compare_forms(old, new).changes
    }


@pytest.mark.parametrize(
    ("column", "before", "after", "named"),
    table("""
list_name | rooms | halls | list_name of entities
label     | ${a}  | ${b}  | calculation
create_if | ${a} = 1 | ${a} = 2 |
update_if | ${a} = 1 | ${a} = 2 |
entity_id | ${a}  | ${b}  |
"""),
)
@pytest.mark.parametrize("is_in_repeat", [False, True])
def test_each_column_of_the_entities_is_named(model, is_in_repeat, column, before, after, named):
    survey = "type | name | label | save_to\ntext | a | A | x\ntext | b | B |"
    if is_in_repeat:
        head, *rows = survey.splitlines()
        survey = "\n".join([head, "begin repeat | kids | Kids |", *rows, "end repeat"])

    def form(text: str) -> FormModel:
        row = {"list_name": "rooms", "label": "${a}"}
        row |= {"entity_id": "${a}"} if column == "update_if" else {}
        row |= {column: text}
        return model(survey=survey, entities=f"{' | '.join(row)}\n{' | '.join(row.values())}")

    change = the_change(form(before), form(after))
    assert change.column == (named or column)
    assert change.path.startswith("/kids") or not is_in_repeat


def test_what_is_for_people_alone_changes_nothing(model):
    old, new = (
        model(
            survey=f"type | name | label | notes | sms_field\ntext | a | A | {word} | {word}",
            choices=f"list_name | name | label\nunused_{word * 0} | a | A",
            settings=f"form_id | namespaces\nvisit | x=https://{word}.example.org",
        )
        for word in ("one", "two")
    )
    assert compare_forms(old, new).changes == ()


def test_every_column_that_pyxform_knows_is_tried():
    tried = {
        "survey": {_base(column) for _, column, *_ in SURVEY},
        "choices": {_base(column) for column, *_ in CHOICES},
        "settings": {_base(column).lower() for column, *_ in SETTINGS},
    }
    known = {
        "survey": SURVEY_COLUMNS
        | aliases.survey_header.keys()
        | {*constants.SUPPORTED_MEDIA_TYPES},
        "choices": CHOICES_COLUMNS | aliases.TRANSLATABLE_CHOICES_COLUMNS.keys(),
        "settings": SETTINGS_COLUMNS,
    }
    for sheet, columns in known.items():
        assert columns - tried[sheet] == IN_NO_FORM[sheet], sheet
    assert {name for _, name, *_ in PARAMETERS_OF_TYPES} == PARAMETERS


def _base(column: str) -> str:
    parts = column.split("::")
    return parts[1] if parts[0] == "media" else parts[0]
