"""Pictures beside the choices: drawn from their sources, light, the same in each language."""

from pathlib import Path

import pytest

from bridge.compile import compile_form
from config.forms import load_catalogue
from config.paths import FORMS_DIR
from tests.forms.source import LANGUAGES, read_sheet
from tests.guide.drawings import list_drawings, picture_of, render

LARGEST_SUM_BYTES = 64 * 1024
"""Of a form, over the connection of a school: what a tablet loads once."""
SHOWN = {"facility_return": {"water_source", "toilet_type"}}


@pytest.mark.parametrize("drawing", list_drawings(), ids=lambda path: path.stem)
def test_a_picture_is_what_its_drawing_says(drawing: Path):
    assert picture_of(drawing).read_bytes() == render(drawing), "draw it again: make pictures"


def test_each_picture_is_drawn_and_belongs_to_a_choice():
    kept = set(FORMS_DIR.glob("*/media/*"))
    assert kept == {picture_of(drawing) for drawing in list_drawings()}
    for form_id in load_catalogue():
        named = {name for name in compile_form(load_catalogue()[form_id].xlsx).media_names
                 if not name.endswith(".csv")}  # fmt: skip
        assert named == {path.name for path in kept if path.parts[-3] == form_id}


@pytest.mark.parametrize("form_id", SHOWN)
def test_each_kind_that_there_can_be_has_its_picture_in_each_language(form_id):
    choices = [row for row in read_sheet(form_id, "choices") if row["list_name"] in SHOWN[form_id]]
    assert {row["list_name"] for row in choices} == SHOWN[form_id]
    for row in choices:
        named = {row.get(f"image::{language}") for language in LANGUAGES.values()}
        is_nothing = row["name"] == "none"
        assert named == {None if is_nothing else f"{row['list_name']}_{row['name']}.png"}


@pytest.mark.parametrize("form_id", SHOWN)
def test_the_pictures_of_a_form_are_light(form_id):
    sizes = [path.stat().st_size for path in FORMS_DIR.glob(f"{form_id}/media/*")]
    assert 0 < sum(sizes) < LARGEST_SUM_BYTES
