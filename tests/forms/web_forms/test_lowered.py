"""A number of rows that is lowered in a browser: the rest is what a tablet sends."""

import pytest

from tests.forms.lowered import LOWERED
from tests.forms.web_forms.test_same_answers import DRAWN_BY_THE_CLIENT


def sent(lowered, xml: bytes) -> dict[str, str]:
    values = lowered.rest(xml)
    return {path: value for path, value in values.items() if path not in DRAWN_BY_THE_CLIENT}


@pytest.mark.parametrize("lowered", LOWERED, ids=str)
def test_what_is_too_many_is_not_sent(engines, lowered):
    form = engines.folder / f"{lowered.form_id}.xml"
    few, many = lowered.few(engines.schools), lowered.many(engines.schools)
    tablet = engines.collect[lowered.form_id].new().fill(few).finalize()
    browser = engines.web_forms.fill(
        form, engines.folder, many, corrected=dict(lowered.corrected)
    )  # fmt: skip
    assert sent(lowered, browser) == sent(lowered, tablet)
