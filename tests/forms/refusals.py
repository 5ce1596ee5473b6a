"""What a form says when it refuses an answer, held to its workbook."""

import pytest

from tests.forms.engine import Filling, Rejected
from tests.forms.source import LANGUAGES, Row, read_survey


def row_of(form_id: str, path: str) -> Row:
    return next(row for row in read_survey(form_id) if row.path == path)


def required_paths(form_id: str) -> list[str]:
    """Questions that must always be answered; reasons and what only guests see come on top."""
    rows = [row for row in read_survey(form_id) if "required" in row.cells]
    return [row.path for row in rows if not row.name.startswith(("reason_", "building_"))]


def assert_refused(filling: Filling, path: str, value, kind: str, row: Row) -> None:
    """The answer is refused, in each language with the message that the workbook gives."""
    for language, name in LANGUAGES.items():
        filling.set_language(name)
        with pytest.raises(Rejected) as refused:
            filling.answer(path, value)
        assert refused.value.kind == kind
        assert refused.value.message == row.text(f"{kind}_message", language)
