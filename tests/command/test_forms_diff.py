"""`emis forms check | diff | text`: what a form's author sees."""

import hashlib
import json
import os
import subprocess
import sys

import openpyxl
import pytest

from bridge.authoring_text import workbook_text
from config.paths import FORMS_DIR, ROOT
from processing.command.forms_sources import read_source
from tests.bridge.workbooks import write_xlsform

FORM = FORMS_DIR / "facility_return" / "facility_return.xlsx"


def run(*words: str, code: int = 0, folder=ROOT) -> str:
    answer = subprocess.run(
        [sys.executable, *words], env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    return answer.stdout + answer.stderr


def emis(*words: str, code: int = 0) -> str:
    return run("-m", "processing.command", "forms", *words, code=code)


@pytest.fixture
def changed(tmp_path):
    """A copy of a form of ours with a question retyped and one reworded."""
    path = tmp_path / FORM.name
    book = openpyxl.load_workbook(FORM)
    sheet = book["survey"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in sheet.iter_rows(min_row=2):
        if row[1].value == "classrooms":
            row[0].value = "decimal"
            sheet.cell(row[0].row, columns["label::English (en)"]).value = "All classrooms"
    book.save(path)
    return path


def test_a_diff_says_what_changes_and_what_central_refuses(changed):
    text = emis("diff", "facility_return", str(changed), code=1)
    assert "/rooms/classrooms was a whole number and becomes a decimal." in text
    assert "was “Classrooms in the building” and is “All classrooms”" in text
    assert "refuses: /rooms/classrooms" in text
    assert "widened from bigint to text" in text


def test_a_diff_as_json_says_the_same(changed):
    record = json.loads(emis("diff", "facility_return", str(changed), "--json", code=1))
    assert [change["what"] for change in record["changes"]] == ["question-retyped", "reworded"]
    assert len(record["central"]["refusals"]) == len(record["database"]) == 1


def test_a_diff_foretells_that_another_form_has_the_table(tmp_path):
    path = write_xlsform(
        tmp_path / "Facility_Return.xlsx", survey="type | name | label\ntext | a | A"
    )
    text = emis("diff", "textbook_return", str(path))
    assert "survey.facility_return belongs to the form facility_return" in text


def test_a_form_equals_itself(tmp_path):
    assert "nothing has changed" in emis("diff", "facility_return", str(FORM))


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A checkout of its own with one form, committed once and changed since."""
    monkeypatch.setattr("processing.command.forms_sources.ROOT", tmp_path)
    monkeypatch.setattr("processing.command.forms_sources.FORMS_DIR", tmp_path / "forms")
    path = tmp_path / "forms" / "visit" / "visit.xlsx"
    write_xlsform(path, survey="type | name | label\ntext | a | A")
    (tmp_path / ".gitattributes").write_text((ROOT / ".gitattributes").read_text())
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "first")
    write_xlsform(path, survey="type | name | label\ntext | a | A\ntext | b | Bravo")
    return tmp_path


def git(folder, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True,
                          check=True)  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("name", ["HEAD:visit", "HEAD:forms/visit/visit.xlsx"])
def test_a_form_is_read_from_a_commit(repository, name):
    paths = [question.path for question in read_source(name).model.questions]
    assert "/a" in paths
    assert "/b" not in paths


PICTURED = "type | name | label | image\nnote | a | A | map.png"


@pytest.mark.parametrize("place", ["", "media/"])
def test_a_picture_drawn_anew_under_its_old_name_is_told(repository, place):
    """Each side has the files of its own: the commit those of the commit."""
    folder = repository / "forms" / "visit"
    write_xlsform(folder / "visit.xlsx", survey=PICTURED)
    picture = folder / f"{place}map.png"
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(b"first")
    git(repository, "add", ".")
    git(repository, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "next")
    picture.write_bytes(b"second")
    sides = [read_source(name) for name in ("HEAD:visit", "visit")]
    assert [side.files["map.png"] for side in sides] == [
        hashlib.md5(content).hexdigest() for content in (b"first", b"second")
    ]


def test_the_command_tells_of_a_changed_picture(tmp_path):
    paths = []
    for drawn in (b"first", b"second"):
        paths.append(write_xlsform(tmp_path / str(len(paths)) / "visit.xlsx", survey=PICTURED))
        (paths[-1].parent / "map.png").write_bytes(drawn)
    text = emis("diff", *map(str, paths))
    assert "The file map.png has changed: publishing makes a new version of it." in text
    assert "nothing has changed" not in text
    record = json.loads(emis("diff", *map(str, paths), "--json"))
    assert [change["file"] for change in record["changes"]] == ["map.png"]


def test_git_shows_a_workbook_as_text(repository):
    command = f"{sys.executable} -m bridge.authoring_text"
    git(repository, "config", "diff.xlsform.textconv", f"env PYTHONPATH={ROOT} {command}")
    assert "+[text · b]" in git(repository, "diff").splitlines()
    assert "+    label: Bravo" in git(repository, "diff").splitlines()


def test_the_text_holds_every_cell_of_the_workbook():
    text = emis("text", str(FORM))
    assert text == workbook_text(FORM) == run("-m", "bridge.authoring_text", str(FORM))
    book = openpyxl.load_workbook(FORM)
    cells = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value]
    assert len(cells) > 500
    assert all(line in text for cell in cells for line in cell.strip().splitlines())


def test_what_is_no_workbook_has_no_text(tmp_path):
    path = tmp_path / "visit.xlsx"
    path.write_bytes(b"no workbook")
    assert "[form-invalid]" in run("-m", "bridge.authoring_text", str(path), code=3)
    assert "[form-invalid]" in emis("text", str(path), code=3)


@pytest.mark.parametrize(
    "words",
    [("nope", "facility_return"), ("facility_return", "nope:facility_return"),
     ("facility_return", "HEAD:no/such.xlsx"), ("central", "central")],
)  # fmt: skip
def test_a_form_that_is_nowhere_is_told(words):
    assert "[form-unknown]" in emis("diff", *words, code=3)


def test_one_broken_file_does_not_hide_what_is_wrong_in_another(tmp_path, changed):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"))
    text = emis("check", str(broken), str(FORM), code=1)
    assert "[workbook-locked]" in text
    assert "facility_return: nothing found" in text
