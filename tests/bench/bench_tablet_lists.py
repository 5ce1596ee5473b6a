"""How long a tablet that holds every school of the country takes to open a form with its own."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bridge.compile import compile_form
from config.forms import load_catalogue
from tests.forms.engine import OdkForm
from tests.forms.media import School, write_media
from tests.forms.staff import staff

SCHOOLS, DISTRICTS = 37_000, 100
OPENINGS = 7


def measure() -> Iterator[tuple[str, str]]:
    """The best of some openings, by turns, so that both find the engine as warm."""
    own = School(f"S{SCHOOLS // 2}", district="IQG01Q01")
    picked_answers = {"identification": staff(own)["identification"]}
    place = ("governorate", "district", "school")
    known_answers = {
        "identification": {
            name: value
            for name, value in picked_answers["identification"].items()
            if name not in place
        }
    }
    known, picked = [], []
    with tempfile.TemporaryDirectory(prefix="emis-bench-") as folder:
        write_media(Path(folder), [own, *_others()])
        form = OdkForm(compile_form(load_catalogue()["staff_return"].xlsx).xform, Path(folder))
        for _ in range(OPENINGS):
            known.append(_open(form, own, own.school_code, known_answers))
            picked.append(_open(form, own, "", picked_answers))
    yield "own school among 37,000, known to the tablet", f"{min(known):.2f} s"
    yield "the same school, picked", f"{min(picked):.2f} s"
    yield "ratio", f"{min(known) / min(picked):.2f}"


def _open(form: OdkForm, own: School, username: str, answers: dict) -> float:
    form.properties = {"username": username}
    begun = time.perf_counter()
    filling = form.new().fill(answers)
    taken = time.perf_counter() - begun
    if filling.value("identification/school") != own.school_code:
        raise AssertionError("the form has begun with another school")
    return taken


def _others() -> Iterator[School]:
    for number in range(SCHOOLS - 1):
        yield School(f"X{number}", district=f"IQG01Q{number % DISTRICTS:02}")
