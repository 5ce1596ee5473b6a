"""Files that a form names: found beside it, known as an entity list, or told as missing."""

from functools import partial

import pytest

from bridge.authoring import check_form
from bridge.authoring_media import find_media_file
from bridge.client import CentralClient
from bridge.compile import compile_form
from bridge.findings import Finding, FormInvalid
from bridge.publish import plan_form
from config.entity_lists import LIST_PROPERTIES
from config.errors import OperatorError
from tests.bridge.workbooks import write_xlsform

PLAIN = "list_name | name | label\nd | a | Alif"


@pytest.fixture
def find(tmp_path):
    """Writes a workbook, and files beside it; gives what is found under a code."""

    def check(
        code: str, survey: str, choices: str = PLAIN, files: tuple[str, ...] = ()
    ) -> list[Finding]:
        folder = tmp_path / "visit"
        xlsx = write_xlsform(folder / "visit.xlsx", survey=survey, choices=choices)
        for name in files:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("x")
        return [item for item in check_form(xlsx) if item.code == code]

    return check


@pytest.fixture
def missing(find):
    return partial(find, "media-missing")


@pytest.fixture
def unnamed(find):
    return partial(find, "media-unnamed")


def asking(kind: str, column: str = "hint", cell: str = "") -> str:
    return f"type | name | label | {column}\n{kind} | q | Q | {cell}"


ERROR, WARNING = "error", "warning"
NAMED = [
    (asking("text", "image", "map.png"), "image", "map.png", ERROR),
    (asking("text", "media::image", "map.png"), "media::image", "map.png", ERROR),
    (asking("text", "big-image", "map.png"), "big-image", "map.png", ERROR),
    (asking("text", "audio::English (en)", "q.mp3"), "audio::English (en)", "q.mp3", ERROR),
    (asking("note", "media::video", "q.mp4"), "media::video", "q.mp4", ERROR),
    (asking("image", "default", "jr://images/map.png"), "default", "map.png", ERROR),
    (asking("image", "default", "map.png"), "default", "map.png", ERROR),
    (asking("select_one_from_file rooms.geojson"), "type", "rooms.geojson", ERROR),
    (asking("select_multiple_from_file rooms.xml"), "type", "rooms.xml", ERROR),
    (asking("select_one_from_file rooms.csv"), "type", "rooms.csv", WARNING),
    (asking("xml-external"), "type", "q.xml", ERROR),
    (asking("csv-external"), "type", "q.csv", WARNING),
    (asking("select_one_external d", "choice_filter", "name = 1"), "type", "itemsets.csv", WARNING),
    (asking("calculate", "calculation", "pulldata('rooms', 'a', 'b', 1)"), "calculation",
     "rooms.csv", WARNING),
    (asking("select_one d", "appearance", "minimal search('rooms')"), "appearance", "rooms.csv",
     WARNING),
]  # fmt: skip


@pytest.mark.parametrize(("survey", "column", "name", "severity"), NAMED)
def test_a_file_that_is_missing_is_told_where_it_is_named(missing, survey, column, name, severity):
    (found,) = missing(survey)
    assert (found.sheet, found.row, found.column, found.severity) == (
        "survey", 2, column, severity
    )  # fmt: skip
    assert f"reads {name}," in found.message
    assert "folder media" in found.remedy


@pytest.mark.parametrize("place", ["", "media/"])
@pytest.mark.parametrize(("survey", "column", "name", "severity"), NAMED)
def test_a_file_that_lies_beside_the_form_is_not(missing, survey, column, name, severity, place):
    assert missing(survey, files=(f"{place}{name}",)) == []


def test_pictures_of_choices_are_looked_for_too_each_file_once(missing):
    choices = """
        list_name | name | label::English (en) | media::image::English (en)
        d         | a    | Alif                | a.png
        d         | b    | Ba                  | a.png
        d         | c    | Jim                 | c.png
    """
    survey = "type | name | label::English (en)\nselect_one d | q | Q"
    found = missing(survey, choices, files=("media/c.png",))
    assert [(item.sheet, item.row, item.column) for item in found] == [
        ("choices", 2, "media::image::English (en)")
    ]


@pytest.mark.parametrize("name", LIST_PROPERTIES)
def test_an_entity_list_that_is_kept_needs_no_file(missing, name):
    assert missing(asking(f"select_one_from_file {name}.csv")) == []


@pytest.mark.parametrize(
    "survey",
    [
        asking("text", "default", "map.png"),
        asking("image", "default", "${last-saved#q}"),
        asking("text", "image", "${other}.png"),
        asking("text"),
    ],
)
def test_what_is_no_name_of_a_file_is_left_alone(missing, survey):
    assert missing(survey) == []


@pytest.mark.parametrize("name", ["../visit/map.png", "/etc/hostname", "..", "ه" * 200])
def test_a_path_or_a_text_names_no_file(missing, name, tmp_path):
    (found,) = missing(asking("text", "image", name), files=("map.png",))
    assert f"reads {name}," in found.message
    assert find_media_file(tmp_path / "visit", name) is None


@pytest.mark.parametrize(("named", "there"), [("map.png", "Map.PNG"), ("map.png", "map.jpg")])
def test_a_file_of_a_name_like_it_is_told(missing, named, there):
    (found,) = missing(asking("text", "image", named), files=(f"media/{there}",))
    assert f"There is {there}:" in found.remedy


def test_a_file_in_the_folder_media_that_nothing_names_is_told(unnamed):
    survey = asking("text", "image", "map.png")
    (found,) = unnamed(survey, files=("media/map.png", "media/old.png", "beside.png"))
    assert found.severity == "warning"
    assert "holds old.png, and no question, choice or list names it" in found.message
    assert "or delete the file" in found.remedy


@pytest.mark.parametrize(("survey", "column", "name", "severity"), NAMED)
def test_a_file_that_is_named_is_not(unnamed, survey, column, name, severity):
    assert unnamed(survey, files=(f"media/{name}",)) == []


@pytest.mark.parametrize(
    ("survey", "name"),
    [
        (asking("text", "image", "${kind}.png"), "flush.png"),
        (asking("calculate", "calculation", "concat('<img src=', 'map.png')"), "map.png"),
        (asking("text"), ".DS_Store"),
        (asking("text"), "Thumbs.db"),
        (asking("text"), "~$list.csv"),
    ],
)
def test_a_file_that_may_be_meant_or_that_a_system_leaves_is_not_told(unnamed, survey, name):
    assert unnamed(survey, files=(f"media/{name}",)) == []


def test_a_form_without_its_picture_is_not_compiled_and_one_without_a_csv_is(tmp_path):
    picture = write_xlsform(tmp_path / "a.xlsx", survey=asking("text", "image", "map.png"))
    with pytest.raises(FormInvalid) as error:
        compile_form(picture)
    assert [item.code for item in error.value.findings] == ["media-missing"]
    listed = write_xlsform(tmp_path / "b.xlsx", survey=asking("select_one_from_file rooms.csv"))
    assert [item.code for item in compile_form(listed).findings] == ["media-missing"]


class NoLists(CentralClient):
    """A project that keeps no entity list."""

    def __init__(self):
        pass

    def get_json(self, path: str, **_) -> list:
        return []

    def path(self, *names: str) -> str:
        return "/".join(names)


@pytest.mark.parametrize(
    ("survey", "column", "name", "severity"), [case for case in NAMED if case[3] == WARNING]
)
def test_a_dry_run_refuses_what_is_only_warned_of(tmp_path, survey, column, name, severity):
    """The same file, by its name in the XForm; of an entity list only Central can tell."""
    xlsx = write_xlsform(
        tmp_path / "visit.xlsx", survey=survey, choices=PLAIN, external_choices=PLAIN
    )
    with pytest.raises(OperatorError) as error:
        plan_form(NoLists(), compile_form(xlsx), tmp_path)
    assert error.value.code == "form-media-missing"
    assert name in error.value.message


@pytest.mark.parametrize(
    ("survey", "is_list"),
    [(asking("text", "image", "map.png"), False),
     (asking("select_one_from_file map.csv"), True)],
)  # fmt: skip
def test_a_dry_run_advises_to_keep_a_list_only_for_what_may_be_one(tmp_path, survey, is_list):
    beside = tmp_path / "map.png"
    beside.write_text("x")
    form = compile_form(write_xlsform(tmp_path / "visit.xlsx", survey=survey))
    beside.unlink()
    with pytest.raises(OperatorError) as error:
        plan_form(NoLists(), form, tmp_path)
    assert ("or keep the list map in Central" in error.value.remedy) == is_list
    assert ("keep the list" in error.value.remedy) == is_list
