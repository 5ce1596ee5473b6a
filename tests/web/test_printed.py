"""A return as a page of paper: who sees it, what stands on it, what does not.

S1 has returned the real form of the census (grades 1 and 2, girls); S2, of its department, too.
"""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.web.answers import add_census
from tests.web.factories import NOW, insert

PATH = "/schools/S1/returns/uuid:0"


@pytest.fixture(scope="module")
def census(country):
    """The key of the form; the answers of S1 and S2 lie in `survey`."""
    with country.begin() as connection:
        return add_census(connection)


@pytest.fixture
def look(client_as, census):
    def get(login: str | None, language: str = "en", path: str = PATH):
        answer = client_as(login, language).get(path)
        return answer.status_code, answer.get_data(as_text=True)

    return get


@pytest.mark.parametrize(
    ("login", "status"),
    [
        (None, 303),
        ("partner", 403),
        ("supervisor", 404),
        ("school_head", 200),
        ("department", 200),
        ("general_directorate", 200),
        ("ministry", 200),
        ("analyst", 200),
        ("help_desk", 200),
    ],
)
def test_who_sees_the_school_sees_the_page(look, login, status):
    assert look(login)[0] == status


@pytest.mark.parametrize(
    "path",
    ["/schools/S2/returns/uuid:1", "/schools/S1/returns/uuid:1", "/schools/S1/returns/uuid:9",
     "/schools/S9/returns/uuid:0"],
)  # fmt: skip
def test_a_head_sees_no_other_return_under_any_address(look, path):
    assert look("school_head", path=path)[0] == 404


def test_a_return_whose_form_is_not_here_is_not_there(look, country, census):
    with country.begin() as connection:
        connection.execute(sa.text("UPDATE raw.form_version SET version = 'x'"))
        connection.execute(sa.text("UPDATE raw.submission SET form_version = '2025-1'"))
    try:
        assert look("ministry")[0] == 404
    finally:
        with country.begin() as connection:
            connection.execute(sa.text("UPDATE raw.form_version SET version = '2026-1'"))


@pytest.mark.parametrize("login", ["school_head", "department", "ministry"])
def test_who_works_for_the_school_reads_the_heads_name(look, login):
    _, text = look(login)
    assert "سعاد &lt;حسن&gt;" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in text


@pytest.mark.parametrize("login", ["analyst", "help_desk"])
def test_others_sign_under_an_empty_line(look, login):
    _, text = look(login)
    assert "سعاد" not in text
    assert "ملاحظة" not in text
    assert "Signature" in text


def test_what_a_head_has_written_is_text_and_nothing_else(look):
    _, text = look("ministry")
    assert "<script" not in text
    assert "<حسن>" not in text


def test_the_page_is_arabic_and_right_to_left(look):
    _, text = look("ministry", "ar")
    assert '<html lang="ar" dir="rtl">' in text
    for words in ("مدرسة الأمل للبنات", "التعداد المدرسي السنوي", "التوقيع", "الختم", "الصف 1",
                  "وزارة التربية الاتحادية", "تعداد 2026", "1 تشرين الثاني 2026"):  # fmt: skip
        assert words in text, words
    kurdish = look("ministry", "ckb")[1]
    assert '<html lang="ckb" dir="rtl">' in kurdish
    assert "واژوو" in kurdish


def test_the_head_of_the_page_says_what_it_is_and_when_it_came(look, country):
    _, text = look("ministry")
    for words in ("Al-Amal School for Girls", "S1", "Census 2026", "1 November 2026",
                  "23 November 2026, 11:30", "Federal Ministry of Education", "Karkh 1",
                  "Mansour Department", "Annual school census", "0, as it was sent",
                  "I confirm that these figures agree", "as of 1 November 2026"):  # fmt: skip
        assert words in text, words


def cells(text: str, name: str) -> list[str]:
    row = text.split(f'<th scope="row">{name}</th>')[1].split("</tr>")[0]
    return [cell.split("</bdi>")[0] for cell in row.split("<bdi>")[1:]]


def test_grades_are_added_up_by_sex(look):
    """Sections, girls, together, promoted (all but those who repeat), repeaters."""
    _, text = look("ministry")
    assert cells(text, "Grade 1") == ["1", "23", "23", "22", "1"]
    assert cells(text, "Grade 2") == ["1", "25", "25", "24", "1"]
    assert cells(text, "All together") == ["2", "48", "48", "46", "2"]
    assert "Boys" not in text


@pytest.fixture
def correct(country, census):
    """Put a number in the place of a reported one; after the test another replaces nothing."""

    def put(reported: int, value: int) -> None:
        with country.begin() as connection:
            answer = connection.execute(sa.text(ANSWER_SQL), {"now": NOW}).scalar_one()
            insert(
                connection, "quality.adjustment", form_key=census, instance_id="uuid:0",
                path="/grades/girls/age_0", row_position=2,
                table_name="school_census_grades", column_name="girls_age_0",
                reported_value=reported, value=value, reason="counted again", name="X",
                answer_id=answer, adjusted_at=NOW,
            )  # fmt: skip

    yield put
    put(-1, 0)


ANSWER_SQL = """
INSERT INTO quality.answer (source, task_code, school_code, answer, reason, name, spoke_with,
  called_on, received_at)
VALUES ('call', 't', 'S1', 'corrected', 'counted again', 'X', 'Y', '2026-11-23', :now)
RETURNING answer_id
"""


def test_a_correction_counts_and_is_told(look, correct):
    correct(22, 30)
    _, text = look("ministry")
    assert cells(text, "Grade 2") == ["1", "33", "33", "32", "1"]
    assert cells(text, "All together")[1] == "56"
    assert "sent 22, now 30" in text
    assert 'class="corrected"' in text


def test_a_correction_ends_when_the_return_no_longer_says_what_it_replaces(look, correct):
    correct(21, 30)
    _, text = look("ministry")
    assert cells(text, "Grade 2")[1] == "25"
    assert "Corrected after sending" not in text


@pytest.fixture
def edit(country):
    """edit(count): the return was edited so often, the last time 14 hours after NOW, and reviewed
    a day later; a version that has no XML yet has no moment. Afterwards it is as it was sent."""

    def do(count: int, is_read: bool = True) -> None:
        with country.begin() as connection:
            connection.execute(
                sa.text("UPDATE raw.submission SET edits = :count, updated_at = :reviewed,"
                        " current_version_id = :version WHERE instance_id = 'uuid:0'"),
                {"count": count, "reviewed": NOW + timedelta(days=1), "version": f"uuid:0-{count}"},
            )  # fmt: skip
            if is_read:
                connection.execute(sa.text(VERSION_SQL), {
                    "version": f"uuid:0-{count}", "number": count + 1,
                    "at": NOW + timedelta(hours=14),
                })  # fmt: skip

    yield do
    with country.begin() as connection:
        connection.execute(
            sa.text("UPDATE raw.submission SET edits = 0, updated_at = NULL,"
                    " current_version_id = 'v0' WHERE instance_id = 'uuid:0'")
        )  # fmt: skip


VERSION_SQL = """
INSERT INTO raw.submission_version (form_key, instance_id, version_id, version_number, is_current,
  xml, xml_sha256, version_created_at, fetched_at)
SELECT form_key, instance_id, :version, :number, true, '', '', :at, :at
FROM raw.submission WHERE instance_id = 'uuid:0' ON CONFLICT DO NOTHING
"""


@pytest.mark.parametrize(
    ("language", "none", "said"),
    [
        ("ar", "0، كما أُرسلت", "2، آخرها في 24 تشرين الثاني 2026، 02:30"),
        ("ckb", "0، وەک نێردراوە", "2، دوایینیان لە 24 تشرینی دووەم 2026، 02:30"),
        ("en", "0, as it was sent", "2, the last on 24 November 2026, 02:30"),
    ],
)
def test_a_return_says_how_often_it_was_edited_and_when_last(look, edit, language, none, said):
    assert none in look("ministry", language)[1]
    edit(2)
    assert said in look("ministry", language)[1], "not the moment of the review"


def test_an_edit_that_was_not_read_yet_is_told_without_its_moment(look, edit):
    edit(1, is_read=False)
    assert "<dd><bdi>1</bdi></dd>" in look("ministry")[1]


def test_the_page_of_the_school_leads_to_it(look):
    _, text = look("school_head", path="/schools/S1")
    assert f'<a href="{PATH}">Print for signature and stamp</a>' in text.replace("%3A", ":")


def test_each_look_is_recorded(look, country):
    look("school_head")
    with country.connect() as connection:
        found = connection.execute(
            sa.text("SELECT subject, detail ->> 'instance_id' FROM ops.audit_trail"
                    " WHERE actor = 'school_head' AND action = 'return_printed'")
        ).all()  # fmt: skip
    assert ("S1", "uuid:0") in [tuple(row) for row in found]
