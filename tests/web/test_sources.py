"""A school's page says where the record of each topic is kept, and what is held there."""

from datetime import date

import pytest

from config.codes import read_codes
from config.forms import form_of_topic
from processing.db.queries.registry import replace_registry
from tests.web.factories import NOW, YEAR

KEPT = {
    "en": ("Where the record is kept", "The forms of this system", "The payroll",
           "Pupils held by E-Parwarda as of 1 November 2026: 412 (boys: 200, girls: 212)."),
    "ar": ("السجل المعتمد لكل موضوع", "استمارات هذا النظام", "سجل الرواتب",
           "بتاريخ 1 تشرين الثاني 2026."),
    "ckb": ("تۆماری باوەڕپێکراو بۆ هەر بابەتێک", "فۆرمەکانی ئەم سیستەمە", "لیستی مووچە",
            "412 قوتابی (200 کوڕ و 212 کچ) لە ڕێکەوتی 1 تشرینی دووەم 2026."),
}  # fmt: skip


@pytest.mark.parametrize("language", KEPT)
def test_a_school_page_says_where_the_record_of_each_topic_is_kept(country, client_as, language):
    """Of S1 the pupils and the staff elsewhere, the facilities here; of S2 all is kept here."""
    with country.begin() as connection:
        replace_registry(
            connection,
            sources=[
                {"school_code": "S1", "topic_code": topic, "source_code": source}
                for topic, source in (("pupils", "e_parwarda"), ("staff", "payroll"))
            ],
            held=[{
                "school_code": "S1", "topic_code": "pupils", "source_code": "e_parwarda",
                "school_year": YEAR, "as_of_date": date(YEAR, 11, 1), "pupil_count": 412,
                "girl_count": 212, "boy_count": 200,
            }],
            now=NOW,
        )  # fmt: skip
    caption, here, payroll, held = KEPT[language]
    first, second = (
        client_as("ministry", language).get(f"/schools/{code}").text.partition(caption)[2]
        for code in ("S1", "S2")
    )
    assert (held in first, payroll in first, first.count(here)) == (True, True, 1)
    assert (held in second, payroll in second, second.count(here)) == (False, False, 3)
    assert first.index(held) < first.index(payroll) < first.index(here)
    for topic in read_codes("record_topic"):
        form = form_of_topic(topic.code).title(language)
        assert f"<dt>{topic.name(language)} ({form})</dt>" in first
