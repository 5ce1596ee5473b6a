"""Codes on paper and as images: read as a tablet reads them, and secret as files."""

import json
import stat
import zlib
from dataclasses import replace

import numpy
import pytest
import typst
import zxingcpp

from bridge.collect import code_text, collect_settings, read_code, server_url
from config.errors import OperatorError
from processing.command import device_sheets
from processing.command.device_sheets import CodeFolder, make_sheets
from processing.command.devices import _write_sheets
from processing.jobs.devices import Code


def code_of(code: str, name: str, language: str = "ar", tablet: str = "", color="#1565C0") -> Code:
    url = server_url("https://central.example.org", f"token-of-{code}".ljust(64, "x"), 1)
    text = code_text(collect_settings(url, name, color, language, "a secret"))
    return Code("school", code, name, tablet or code, "D1", language, color, text)


DIJLA = code_of("S1", "مدرسة دجلة", tablet="B7")
SHERKO = code_of("S2", "قوتابخانەی شێرکۆ", "ckb", tablet="B7", color="#2E7D32")


def scanned(pixels: numpy.ndarray) -> set[str]:
    return {found.text for found in zxingcpp.read_barcodes(pixels)}


def pixels_of(png: bytes) -> numpy.ndarray:
    """A PNG of one bit a pixel, as the codes are written."""
    width, height, bits = (
        int.from_bytes(png[16:20]), int.from_bytes(png[20:24]), png[24],
    )  # fmt: skip
    assert bits == 1
    data, place = b"", 8
    while place < len(png):
        length, kind = int.from_bytes(png[place : place + 4]), png[place + 4 : place + 8]
        if kind == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += 12 + length
    lines = numpy.frombuffer(zlib.decompress(data), numpy.uint8).reshape(height, -1)
    rows = lines[:, 1:].copy()
    for number, kind in enumerate(lines[:, 0]):
        assert kind in (0, 2), "as it is, or as its difference to the line above"
        rows[number] += rows[number - 1] if kind == 2 else 0
    return numpy.unpackbits(rows, axis=1)[:, :width] * 255


def test_an_image_is_read_as_the_settings_of_its_school(tmp_path):
    path = CodeFolder(tmp_path / "codes").write_png(DIJLA)
    assert path.name == "S1.png"
    assert scanned(pixels_of(path.read_bytes())) == {DIJLA.text}
    settings = read_code(DIJLA.text)
    assert settings["project"]["name"] == "مدرسة دجلة"


def pages_of(codes, monkeypatch) -> list[bytes]:
    """The sheets, drawn page by page."""
    made = []

    def draw(template, data):
        made.append(data)
        return b""

    monkeypatch.setattr(device_sheets, "make_pdf", draw)
    make_sheets(codes, is_training=False)
    drawn = typst.compile(
        str(device_sheets.TEMPLATE),
        root=str(device_sheets.SHEET_DIR),
        format="svg",
        sys_inputs={"data": json.dumps(made[0], ensure_ascii=False)},
    )
    return drawn if isinstance(drawn, list) else [drawn]


def test_all_codes_of_a_shared_tablet_stand_on_one_sheet(monkeypatch):
    other = code_of("S3", "ثانوية الأمل")
    pages = pages_of([DIJLA, SHERKO, other], monkeypatch)
    assert len(pages) == 2


def test_a_tablet_of_schools_of_two_departments_has_one_sheet(monkeypatch, tmp_path):
    piles = {}
    monkeypatch.setattr(
        CodeFolder, "write_pdf", lambda self, name, codes, is_training: piles.update({name: codes})
    )
    sherko = replace(SHERKO, directorate_code="D2")
    other = replace(code_of("S3", "ثانوية الأمل"), directorate_code="D2")
    _write_sheets([DIJLA, sherko, other], tmp_path, is_training=False)
    assert piles == {"D1": [DIJLA, sherko], "D2": [other]}


def test_a_sheet_is_a_pdf_and_the_same_codes_make_the_same_file(tmp_path):
    folder = CodeFolder(tmp_path / "codes")
    first = folder.write_pdf("D1", [DIJLA, SHERKO], is_training=False).read_bytes()
    assert first.startswith(b"%PDF")
    again = folder.write_pdf("D1", [DIJLA, SHERKO], is_training=False).read_bytes()
    assert again == first
    assert folder.write_pdf("D1", [DIJLA], is_training=True).read_bytes() != first


@pytest.mark.parametrize("language", ["ar", "ckb", "en"])
def test_instructions_are_in_the_language_of_the_school(language, monkeypatch):
    seen = {}
    monkeypatch.setattr(device_sheets, "make_pdf", lambda template, data: seen.update(data) or b"")
    make_sheets([code_of("S1", "x", language)], is_training=True)
    (part,) = seen["sheets"][0]["instructions"]
    assert part["lang"] == language
    assert len(part["steps"]) == 5
    assert part["training"]
    assert part["secret"]
    said = {"ar": "المدرسة", "ckb": "قوتابخانە", "en": "School"}[language]
    assert seen["sheets"][0]["cards"][0]["holder"] == said


@pytest.mark.parametrize(
    ("language", "school", "name"),
    [("ar", "مدرس", "المشرف"), ("ckb", "قوتابخانە", "سەرپەرشتیار"), ("en", "school", "supervisor")],
)
def test_the_sheet_of_a_supervisor_speaks_of_no_school(language, school, name, monkeypatch):
    seen = {}
    monkeypatch.setattr(device_sheets, "make_pdf", lambda template, data: seen.update(data) or b"")
    make_sheets([replace(code_of("V1", "x", language), kind="supervisor")], is_training=False)
    (part,) = seen["sheets"][0]["instructions"]
    said = " ".join([part["title"], *part["steps"], part["secret"]])
    assert school not in said
    assert name in part["title"]
    assert name in part["secret"]
    assert len(part["steps"]) == 4


def test_a_tablet_of_schools_of_two_languages_has_both(monkeypatch):
    seen = {}
    monkeypatch.setattr(device_sheets, "make_pdf", lambda template, data: seen.update(data) or b"")
    make_sheets([DIJLA, SHERKO], is_training=False)
    (sheet,) = seen["sheets"]
    assert [part["lang"] for part in sheet["instructions"]] == ["ar", "ckb"]
    assert [card["code"] for card in sheet["cards"]] == ["S1", "S2"]
    assert not any(part["training"] for part in sheet["instructions"])


def test_what_is_written_is_for_its_owner_alone(tmp_path):
    folder = CodeFolder(tmp_path / "new" / "codes")
    paths = [folder.write_png(DIJLA), folder.write_pdf("D1", [DIJLA], is_training=False)]
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert sorted(folder.path.iterdir()) == sorted(paths)


def test_a_file_that_others_could_read_becomes_private(tmp_path):
    (tmp_path / "S1.png").write_bytes(b"old")
    (tmp_path / "S1.png").chmod(0o644)
    path = CodeFolder(tmp_path).write_png(DIJLA)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("code", ["../../etc/x", "a/b", "..", "مدرسة 1"])
def test_a_code_of_the_registry_names_no_other_folder(tmp_path, code):
    path = CodeFolder(tmp_path / "codes").write_png(code_of(code, "x"))
    assert path.parent == tmp_path / "codes"
    assert [each.parent for each in tmp_path.rglob("*.png")] == [tmp_path / "codes"]


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError) as raised:
        CodeFolder(tmp_path / "file" / "codes")
    assert raised.value.code == "folder-unwritable"
