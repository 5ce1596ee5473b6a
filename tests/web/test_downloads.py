"""Downloads hold what is shown, for the same people, and run nothing in a spreadsheet."""

import csv
import io
import re
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser

import openpyxl
import pytest
import sqlalchemy as sa

from processing.exports.csv_file import write_csv
from processing.exports.table import Column, Marker, Table
from processing.exports.xlsx_file import write_xlsx
from tests.web.factories import ROUND, YEAR, indicator_of

WORDS = {Marker.NOT_COVERED: "not covered", Marker.SUPPRESSED: "hidden"}
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"]
PAGES = {
    "/": [f"coverage-{ROUND}", "submissions", "issues"],
    "/schools": ["schools"],
    "/schools/S1": ["returns", "enrolment", "school-issues", f"indicators-{YEAR}"],
    "/indicators": [f"indicators-{YEAR}"],
    "/jobs": ["due", "schedule", "runs"],
}


class ShownTables(HTMLParser):
    """The tables of a page as lists of lists of text, without the cells that only lead on."""

    def __init__(self, html: str):
        super().__init__()
        self.tables, self.cell = [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("th", "td") and ("class", "action") not in attrs:
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("th", "td") and self.cell is not None:
            self.tables[-1][-1].append("".join(self.cell).strip())
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)


def plain(text: str) -> str:
    """A shown or written cell without what only one of them has: grouping, units, dashes."""
    bare = text.replace(",", "").removesuffix("%").removeprefix("'")
    return "" if bare == "–" else bare


def read_csv(body: bytes) -> list[list[str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def read_xlsx(body: bytes):
    return openpyxl.load_workbook(io.BytesIO(body)).active


@pytest.mark.parametrize("language", ["ar", "ckb", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_a_csv_holds_the_cells_of_the_page(client_as, page, language):
    client = client_as("ministry", language)
    shown = ShownTables(client.get(page).get_data(as_text=True)).tables
    assert len(shown) == len(PAGES[page])
    for table, name in zip(shown, PAGES[page], strict=True):
        written = read_csv(client.get(f"{page}?download={name}.csv").data)
        assert [[comparable(cell) for cell in row] for row in written] == [
            [comparable(cell) for cell in row] for row in table
        ]


def comparable(text: str):
    """Numbers as numbers; moments, which a page writes in words, by their year and clock."""
    moment = re.match(r"(\d{4})-\d\d-\d\dT(\d\d:\d\d)", text)
    if moment:
        return moment.groups()
    words = re.search(r"(\d{4})[،,] (\d\d:\d\d)$", text)
    if words:
        return words.groups()
    bare = plain(text)
    return Decimal(bare) if re.fullmatch(r"-?\d+(\.\d+)?", bare) else bare


@pytest.mark.parametrize(("language", "is_rtl"), [("ar", True), ("ckb", True), ("en", False)])
def test_an_xlsx_holds_the_same_and_is_written_in_the_readers_direction(
    client_as, language, is_rtl
):
    client = client_as("ministry", language)
    written = read_csv(client.get("/schools?download=schools.csv").data)
    sheet = read_xlsx(client.get("/schools?download=schools.xlsx").data)
    assert bool(sheet.sheet_view.rightToLeft) == is_rtl
    rows = [[plain(str(cell or 0)) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert rows == [[plain(cell) or "0" for cell in row] for row in written]


def test_a_download_is_named_and_not_kept_by_a_proxy(client_as):
    answer = client_as("ministry").get("/schools?download=schools.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=schools.csv"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("wanted", ["nothing.csv", "schools.exe", "schools", "", "../schools.csv"])
def test_an_unknown_download_is_not_found(client_as, wanted):
    assert client_as("ministry").get(f"/schools?download={wanted}").status_code == 404


def test_a_download_is_within_the_readers_area(client_as):
    rows = read_csv(client_as("department").get("/schools?download=schools.csv").data)
    assert {row[1] for row in rows[1:]} == {"S1", "S2"}
    name = f"{indicator_of('percent')}-{YEAR}-district"
    path = f"/indicators/{indicator_of('percent')}?by=district&download={name}.csv"
    rows = read_csv(client_as("department").get(path).data)
    assert {row[1] for row in rows[1:]} == {"IQG08Q01", "IQ"}


def test_who_took_a_table_away_is_recorded(client_as, country):
    client_as("analyst").get("/schools?download=schools.xlsx")
    with country.connect() as connection:
        entry = connection.execute(
            sa.text("SELECT * FROM ops.audit_trail WHERE actor = 'analyst' AND action = 'download'")
        ).mappings().one()  # fmt: skip
    assert entry["subject"] == "/schools#schools"
    assert entry["detail"] == {"format": "xlsx", "rows": 4}


def table_of(*texts: str) -> Table:
    return Table("t", "Caption", (Column("a", "A"),), tuple({"a": text} for text in texts))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_looks_like_a_formula_is_not_run(text):
    (_, (cell,)) = read_csv(write_csv(table_of(text), WORDS))
    assert cell == f"'{text}"
    sheet = read_xlsx(write_xlsx(table_of(text), WORDS, is_right_to_left=False))
    assert sheet["A2"].data_type == "s"


def test_numbers_stay_numbers_and_markers_are_words():
    columns = (Column("n", "N", "percent", decimals=1), Column("at", "At", "moment"))
    moment = datetime.fromisoformat("2026-11-23T12:30:00+03:00")
    table = Table("t", "", columns, (
        {"n": Decimal("12.5"), "at": moment}, {"n": Marker.NOT_COVERED, "at": None},
    ))  # fmt: skip
    assert read_csv(write_csv(table, WORDS))[1:] == [
        ["12.5", "2026-11-23T12:30:00+03:00"], ["not covered", ""],
    ]  # fmt: skip
    sheet = read_xlsx(write_xlsx(table, WORDS, is_right_to_left=True))
    assert sheet["A2"].value == 12.5
    assert sheet["B2"].value == datetime.fromisoformat("2026-11-23T12:30:00")
    assert sheet["A3"].value == "not covered"


@pytest.mark.parametrize(
    "words", ["endpoint=x", "_external=1&_scheme=javascript", "_method=DELETE", "_anchor=x"]
)
def test_words_of_the_program_in_an_address_lead_nowhere_else(client_as, words):
    answer = client_as("ministry").get(f"/schools/S1?{words}")
    assert answer.status_code == 200
    links = re.findall(r'href="([^"]+download=[^"]+)"', answer.get_data(as_text=True))
    assert links
    assert all(link.startswith("/schools/S1?") for link in links)
