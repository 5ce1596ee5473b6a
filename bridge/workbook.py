"""Is this file a workbook that can be a form? Told from its first bytes and its list of parts.

Comes in: the path of a file. Goes out: its sheets and their merged cells, or an OperatorError
that names what is wrong. Nothing in the file is run, and nothing large is unpacked.

| the file is                         | code                 |
|-------------------------------------|----------------------|
| protected by a password             | workbook-locked      |
| of the Excel before 2007 (.xls)     | workbook-old         |
| a workbook with macros              | workbook-with-macros |
| larger unpacked than any form       | workbook-too-large   |
| anything else that is no workbook   | form-invalid         |
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from lxml import etree

from config.errors import OperatorError

# The container of Excel before 2007, and of any Office file under a password.
OLD_CONTAINER = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
# 5,000 choices in three languages are 1 MB of XML; a sheet formatted to its last row is 60 MB.
MAX_UNPACKED_BYTES = 50_000_000
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=\"([A-Z0-9:]+)\"")
NOT_A_ZIP = (BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Workbook:
    """sheet_names: as they stand in the file. merged: sheet name -> ranges such as `A2:B3`."""

    sheet_names: tuple[str, ...]
    merged: dict[str, tuple[str, ...]] = field(hash=False)


def look_into(path: Path) -> Workbook:
    """The sheets of a workbook. Raises OperatorError with the codes above."""
    try:
        with path.open("rb") as file:
            is_old = file.read(len(OLD_CONTAINER)) == OLD_CONTAINER
        if is_old:
            raise _old_container(path)
        with ZipFile(path) as archive:
            _refuse_macros(path, archive)
            _refuse_size(path, archive)
            sheets = [(name, _merged(archive, part)) for name, part in _sheets(archive)]
    except (*NOT_A_ZIP, etree.XMLSyntaxError):
        raise not_a_workbook(path) from None
    merged: dict[str, tuple[str, ...]] = {}
    for name, ranges in sheets:
        merged[name] = (*merged.get(name, ()), *ranges)
    return Workbook(tuple(name for name, _ in sheets), merged)


def not_a_workbook(path: Path) -> OperatorError:
    return OperatorError(
        "form-invalid",
        f"{path.name} cannot be read as an Excel workbook.",
        "Save it as .xlsx; a file that is open in Excel leaves a lock file beside it.",
    )


def _old_container(path: Path) -> OperatorError:
    if ENCRYPTED_PART in path.read_bytes():
        return OperatorError(
            "workbook-locked",
            f"{path.name} is protected by a password.",
            "Open it in Excel, remove the password (File, Info, Protect Workbook), save it again.",
        )
    return OperatorError(
        "workbook-old",
        f"{path.name} is a workbook of Excel 97–2003.",
        "Open it and save it as .xlsx (Excel Workbook).",
    )


def _refuse_macros(path: Path, archive: ZipFile) -> None:
    types = archive.read("[Content_Types].xml")
    has_code = any(name.lower().endswith("vbaproject.bin") for name in archive.namelist())
    if has_code or b"macroEnabled" in types:
        raise OperatorError(
            "workbook-with-macros",
            f"{path.name} holds macros (programs), which a form never needs.",
            "Save it as .xlsx (Excel Workbook) without macros.",
        )


def _refuse_size(path: Path, archive: ZipFile) -> None:
    size = sum(part.file_size for part in archive.infolist())
    if size > MAX_UNPACKED_BYTES:
        raise OperatorError(
            "workbook-too-large",
            f"{path.name} unpacks to {size / 1e6:.0f} MB; a form is at most "
            f"{MAX_UNPACKED_BYTES / 1e6:.0f} MB.",
            "Delete empty rows that are only formatted, and pictures; put long lists into a CSV "
            "file or an entity list.",
        )


def _sheets(archive: ZipFile) -> Iterator[tuple[str, str]]:
    """(name, part) of each sheet."""
    book = next(target for kind, _, target in _relations(archive, "") if kind == "officeDocument")
    parts = {key: target for _, key, target in _relations(archive, book)}
    for sheet in _parse(archive.read(book)).iter("{*}sheet"):
        key = next(value for name, value in sheet.attrib.items() if name.endswith("}id"))
        yield sheet.get("name"), parts[key]


def _relations(archive: ZipFile, part: str) -> Iterator[tuple[str, str, str]]:
    """(kind, id, part) of what a part points to."""
    folder, _, name = part.rpartition("/")
    base = f"{folder}/" if folder else ""
    for item in _parse(archive.read(f"{base}_rels/{name}.rels")).iter("{*}Relationship"):
        target = item.get("Target")
        place = target[1:] if target.startswith("/") else base + target
        yield item.get("Type").rpartition("/")[2], item.get("Id"), place


def _merged(archive: ZipFile, part: str) -> tuple[str, ...]:
    return tuple(found.decode() for found in MERGED.findall(archive.read(part)))


def _parse(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
