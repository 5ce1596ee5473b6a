"""Who is to get a tablet: schools and supervisors of a directorate, of a file, or one by name.

In: a connection, what the operator gave. Out: (kind, code, tablet) of those that get one, tablet ""
where the one that they have is kept; and those that get none, with the reason. Promised: of a file
either every line is right, or nothing is returned and an OperatorError names the wrong lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from config.codes import why_no_column
from config.errors import OperatorError
from processing.command.csv_rows import find_twice, read_csv
from processing.db.queries import devices as queries

SHOWN = 20
# The tablet that the holder has already; its own, where there is none.
KEPT = ""
Holder = tuple[str, str, str]


@dataclass(frozen=True)
class Holders:
    """wanted: (kind, code, tablet). refused: code -> why it gets none."""

    wanted: tuple[Holder, ...]
    refused: dict[str, str]


def of_directorate(
    connection: sa.Connection, directorate: str | None, *, is_shared_by_building: bool
) -> Holders:
    """The schools and supervisors of a directorate and its departments; None: of all.

    Raises OperatorError: directorate-unknown, holders-none.
    """
    if directorate:
        require_directorate(connection, directorate)
    rows = queries.list_holders(connection, directorate=directorate)
    if not rows:
        raise OperatorError(
            "holders-none",
            "There is neither a school nor a supervisor to give a tablet to.",
            "Load the registry first (`emis registry load`).",
        )
    wanted = [
        (row.kind, row.code, row.building_code or row.code if is_shared_by_building else KEPT)
        for row in rows
        if row.is_open
    ]
    return Holders(tuple(wanted), {row.code: why_none(row) for row in rows if not row.is_open})


def of_file(connection: sa.Connection, path: Path, place: queries.Place) -> Holders:
    """CSV (UTF-8) with the column school_code, and `tablet` where schools share one.

    A tablet that is held already is named with all its schools: on its sheet stand all its codes,
    and what two departments call T1 are two tablets.

    Raises OperatorError `school-list-invalid` with every wrong line.
    """
    rows, faults = _read(path)
    known = {
        row.code: row
        for row in queries.list_holders(connection, school_codes=[code for _, code, _ in rows])
    }
    for line, code, _ in rows:
        if code not in known:
            faults.append(f"line {line}: {code} is not in the registry")
        elif not known[code].is_open:
            faults.append(f"line {line}: {code} {why_none(known[code])}")
    faults += _torn_apart(rows, queries.list_devices(connection, place))
    if faults:
        raise _invalid(path, faults)
    return Holders(tuple(("school", code, tablet) for _, code, tablet in rows), {})


def require_directorate(connection: sa.Connection, directorate: str) -> None:
    """Raises OperatorError `directorate-unknown`."""
    if not queries.directorate_exists(connection, directorate):
        raise OperatorError(
            "directorate-unknown",
            f"There is no directorate {directorate}.",
            "The codes are in config/codes/directorates.csv.",
        )


def require_open(connection: sa.Connection, kind: str, code: str) -> None:
    """Raises OperatorError: holder-unknown, holder-closed."""
    named = {"school_codes": [code]} if kind == "school" else {"supervisor_code": code}
    rows = queries.list_holders(connection, **named)
    if not rows:
        raise OperatorError(
            "holder-unknown",
            f"The registry has no {kind} {code}.",
            "`emis registry load` brings new ones.",
        )
    if not rows[0].is_open:
        raise OperatorError(
            "holder-closed",
            f"The {kind} {code} {why_none(rows[0])}, so it gets no code.",
            "If that is wrong, correct the registry first (`emis registry load`).",
        )


def _torn_apart(rows: list[tuple[int, str, str]], held: list[sa.Row]) -> Iterator[str]:
    """Tablets of which the file names some schools and not the others."""
    named = {code for _, code, _ in rows}
    missing = {
        row.tablet: row.holder_code for row in held
        if row.is_current and row.is_open and row.holder_code not in named
    }  # fmt: skip
    for line, code, tablet in rows:
        if tablet in missing:
            yield (
                f"line {line}: the tablet {tablet} of {code} is that of {missing[tablet]} already, "
                "which is not in the list"
            )


def why_none(row: sa.Row) -> str:
    """Why a holder gets no code: `is closed in the registry since 2026-09-01`."""
    if row.kind == "supervisor":
        return "is a post that the registry holds as not filled"
    return f"is closed in the registry since {row.since}"


def _read(path: Path) -> tuple[list[tuple[int, str, str]], list[str]]:
    """((line, school, tablet), faults so far)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid(path, ["it is not UTF-8; save it as CSV UTF-8"]) from None
    columns, lines = read_csv(text)
    if "school_code" not in columns:
        missing = "it has no column school_code"
        raise _invalid(path, [why_no_column("school_code", columns, missing)])
    if twice := find_twice(columns):
        raise _invalid(path, [f"it {twice}"])
    rows, faults, seen = [], [], {}
    for row in lines:
        code = row.cells.get("school_code")
        if row.fault:
            faults.append(f"line {row.line}: {row.fault}")
        elif not code:
            faults.append(f"line {row.line}: school_code is empty")
        elif code in seen:
            faults.append(f"line {row.line}: {code} stands in line {seen[code]} already")
        else:
            seen[code] = row.line
            tablet = row.cells["tablet"] or code if "tablet" in columns else KEPT
            rows.append((row.line, code, tablet))
    if not rows and not faults:
        faults.append("it names no school")
    return rows, faults


def _invalid(path: Path, faults: list[str]) -> OperatorError:
    more = f" … and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return OperatorError(
        "school-list-invalid",
        f"{path.name}: {'; '.join(faults[:SHOWN])}{more}. Nothing was done.",
        "Correct these lines and give the file again.",
    )
