"""Rounds: opened and closed in the warehouse, and at once in the list that tablets get.

In: a connection, settings, a round, the clock. Promised: the list `rounds` is brought to the
warehouse in the same transaction; where Central does not take it, nothing was opened or closed.
Returns that came before their round was known, or while it had other days or schools, are looked at
again.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import sqlalchemy as sa

from bridge.entities import ListReport
from config.clock import day_of
from config.errors import OperatorError
from config.forms import load_catalogue
from config.rounds import SCHOOL_YEARS
from config.settings import Settings
from processing.db.queries import rounds as queries
from processing.db.queries.due import mark_due
from processing.db.queries.rounds import Round
from processing.db.queries.web_audit import record
from processing.jobs.publishing import keep_lists

LIST = "rounds"
# It stands in addresses of pages.
ROUND_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


def open_round(
    connection: sa.Connection, settings: Settings, asked: Round, now: dt.datetime
) -> ListReport:
    """Open a round; the same one again changes nothing.

    Raises OperatorError: round-code-invalid, form-unknown, round-dates-invalid,
    directorate-unknown, round-exists, round-overlaps, and those of keeping a list.
    """
    check_round(asked)
    queries.lock_rounds(connection)
    _require_directorates(connection, asked)
    held = queries.find_round(connection, asked.round_code)
    if held is not None and held != asked:
        raise _exists(held)
    if held is None:
        _require_no_overlap(connection, asked)
        queries.save_round(connection, asked)
        mark_returns(connection, {asked.round_code: None}, now)
    return keep_lists(connection, settings, names=(LIST,))[LIST]


def close_round(
    connection: sa.Connection,
    settings: Settings,
    round_code: str,
    closed_by: str,
    reason: str,
    now: dt.datetime,
) -> ListReport:
    """Close a round before its day. The round itself stays as it was opened.

    Raises OperatorError: round-unknown, round-closed, closing-unsigned, and those of keeping a
    list.
    """
    if not closed_by.strip() or not reason.strip():
        raise OperatorError(
            "closing-unsigned",
            "A round is closed early with a reason and a name.",
            "Give both: `emis rounds close CODE --reason … --by …`.",
        )
    queries.lock_rounds(connection)
    asked = queries.find_round(connection, round_code)
    if asked is None:
        raise _unknown(round_code)
    _require_open(connection, asked, now)
    queries.save_closing(connection, round_code, closed_by.strip(), reason.strip(), now)
    record(
        connection, now, closed_by.strip(), "round.close", round_code,
        closes_on=asked.closes_on.isoformat(),
    )  # fmt: skip
    return keep_lists(connection, settings, names=(LIST,))[LIST]


def check_round(asked: Round) -> None:
    """What the round itself may get wrong, before anything is asked of database or Central."""
    if not ROUND_CODE.fullmatch(asked.round_code):
        raise OperatorError(
            "round-code-invalid",
            f"{asked.round_code!r} cannot be the code of a round.",
            "Write it with Latin letters, digits, hyphens, underscores and dots, such as"
            " school_census-2026-11.",
        )
    if asked.form_id not in load_catalogue():
        raise OperatorError(
            "form-unknown",
            f"The catalogue has no form {asked.form_id}.",
            f"Known forms: {', '.join(load_catalogue())}.",
        )
    first, last = SCHOOL_YEARS
    if not first <= asked.school_year <= last:
        raise _dates_invalid(f"the school year {asked.school_year} is not one", asked)
    if not asked.opens_on <= asked.due_on <= asked.closes_on:
        raise _dates_invalid("opening, due and closing day do not follow each other", asked)
    if asked.reference_date > asked.due_on:
        raise _dates_invalid("the reference date comes after the day on which it is due", asked)


def find_rounds(connection: sa.Connection, codes: Iterable[str]) -> dict[str, Round | None]:
    """By code; None: there is none (yet)."""
    return {code: queries.find_round(connection, code) for code in codes}


def mark_returns(
    connection: sa.Connection, before: Mapping[str, Round | None], now: dt.datetime
) -> None:
    """Returns of rounds that are asked otherwise now than before. before: as `find_rounds` said."""
    for code, held in before.items():
        found = queries.find_round(connection, code)
        if held is not None and _unnamed(found) == _unnamed(held):
            continue
        for form_id in {each.form_id for each in (held, found) if each is not None}:
            slices = queries.list_slices(connection, form_id, code)
            mark_due(connection, "validate", slices, now)


def _unnamed(asked: Round) -> Round:
    """A round by what it asks of whom and when: another name changes nothing for its returns."""
    return replace(asked, name_ar="", name_ckb="", name_en="")


def _require_directorates(connection: sa.Connection, asked: Round) -> None:
    missing = queries.list_missing_directorates(connection, asked)
    if missing:
        raise OperatorError(
            "directorate-unknown",
            f"{', '.join(missing)}: no such directorate"
            + (f" of the ministry {asked.ministry_code}." if asked.ministry_code else "."),
            "The codes are in config/codes/directorates.csv.",
        )


def _require_no_overlap(connection: sa.Connection, asked: Round) -> None:
    other = queries.find_overlapping(connection, asked)
    if other is None:
        return
    raise OperatorError(
        "round-overlaps",
        f"{asked.round_code} would ask schools what {other.round_code} asks them: that one opens on"
        f" {other.opens_on}, is due on {other.due_on} and refers to {other.reference_date}.",
        "Give the new round other days, or close the other one first (`emis rounds close`).",
    )


def _require_open(connection: sa.Connection, asked: Round, now: dt.datetime) -> None:
    closing = queries.find_closing(connection, asked.round_code)
    if closing is not None:
        when = f"{day_of(closing.closed_at)}, by {closing.closed_by}: {closing.reason}"
    elif queries.is_over(connection, asked.round_code, now):
        when = f"{asked.closes_on}, its last day"
    else:
        return
    raise OperatorError(
        "round-closed", f"{asked.round_code} is closed already ({when}).", "There is nothing to do."
    )


def _exists(held: Round) -> OperatorError:
    return OperatorError(
        "round-exists",
        f"There is a round {held.round_code} already, with other days or schools: it opens on"
        f" {held.opens_on}, is due on {held.due_on} and closes on {held.closes_on}.",
        "Give the new one a code of its own with --code.",
    )


def _unknown(round_code: str) -> OperatorError:
    return OperatorError(
        "round-unknown",
        f"There is no round {round_code}.",
        "`emis rounds list` shows every round with its code.",
    )


def _dates_invalid(reason: str, asked: Round) -> OperatorError:
    return OperatorError(
        "round-dates-invalid",
        f"In the round {asked.round_code} {reason}: reference {asked.reference_date}, opens"
        f" {asked.opens_on}, due {asked.due_on}, closes {asked.closes_on}.",
        "The order is: opening, due, closing; the reference date not after the due day.",
    )
