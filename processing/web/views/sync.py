"""Sync: does the mirror equal Central, how late is it, what is promised for what, what is wrong?"""

from decimal import Decimal
from math import ceil

from flask import Blueprint, current_app
from flask_babel import gettext

from bridge.terms import least_listing_s, least_pull_s
from processing.db.queries import form_events, web_sync
from processing.exports.table import Column, Table
from processing.jobs.timetable import ENTITIES_EVERY_S
from processing.web.access import Permission, permission
from processing.web.clock import local, now
from processing.web.database import reading
from processing.web.i18n import show_moment, show_number
from processing.web.tables import render_tables, table_of
from processing.web.words import form_event_name, form_of, form_state_name, form_title, work_name

blueprint = Blueprint("sync", __name__)
MEGABYTE = 1_000_000
EVENTS_SHOWN = 100


@blueprint.get("/sync")
@permission(Permission.JOBS)
def show_sync():
    forms = web_sync.list_form_sync(reading())
    lags, traffic = web_sync.list_lags(reading(), now()), web_sync.list_traffic(reading(), now())
    lists = web_sync.list_entity_lists(reading())
    tables = [
        mirror_table(forms),
        effort_table(forms, lags, traffic),
        promises_table(forms, lists, current_app.config["EMIS_PULL_SECONDS"]),
        waiting_table(web_sync.list_waiting(reading())),
        lists_table(lists),
        faults_table(web_sync.list_faults(reading())),
        events_table(form_events.list_newest_events(reading(), EVENTS_SHOWN)),
    ]
    return render_tables("sync.html", tables)


def mirror_table(rows: list) -> Table:
    return table_of(
        "mirror",
        gettext("The mirror and Central"),
        rows,
        {
            Column("form", gettext("Form")): form_of,
            Column("form_id", gettext("Form id"), "code"): "form_id",
            Column("state", gettext("State")): lambda row: form_state_name(row["state"]),
            Column("version", gettext("Version"), "code"): "current_version",
            Column("compared", gettext("Compared"), "sentence"): comparison_words,
            Column("live", gettext("Submissions"), "count"): "live_count",
            Column("deleted", gettext("Deleted"), "count"): "deleted_count",
            Column("purged", gettext("Purged"), "count"): "purged_count",
            Column("unverified", gettext("Not yet verified"), "count"): "unverified_count_now",
            Column("asked", gettext("Last asked"), "moment"): "probed_at",
            Column("proved", gettext("Older ones last proved"), "moment"): "old_rows_proved_at",
            Column("changed", gettext("Last change"), "moment"): "changed_at",
        },
    )


def comparison_words(row) -> str:
    """Central 24,311 = mirror 24,311, verified 02:10; or how many differ, and in what."""
    if row["reconciled_at"] is None:
        return gettext("Not compared yet")
    numbers = {
        "central": show_number(row["central_count"]),
        "mirror": show_number(row["mirror_count"]),
        "at": show_moment(local(row["reconciled_at"])),
    }
    if not row["difference_count"]:
        return gettext("Central %(central)s = mirror %(mirror)s, verified %(at)s", **numbers)
    kinds = ", ".join(f"{kind} {show_number(count)}" for kind, count in row["differences"].items())
    return gettext(
        "Central %(central)s, mirror %(mirror)s, %(at)s. Differed: %(kinds)s. It is read anew.",
        **numbers,
        kinds=kinds,
    )


def effort_table(rows: list, lags: dict, traffic: dict) -> Table:
    return Table(
        name="effort",
        caption=gettext("Lag and traffic"),
        columns=(
            Column("form", gettext("Form")),
            Column("rows", gettext("Rows measured in a day"), "count"),
            Column("p50", gettext("Lag, median (s)"), "ratio", decimals=1),
            Column("p95", gettext("Lag, 95 of 100 (s)"), "ratio", decimals=1),
            Column("pulls", gettext("Pulls with changes in a day"), "count"),
            Column("megabytes", gettext("Megabytes in a day"), "ratio", decimals=1),
            Column("requests", gettext("Requests since the start"), "count"),
            Column("all_megabytes", gettext("Megabytes since the start"), "ratio", decimals=1),
            Column("since", gettext("Start"), "moment"),
        ),
        rows=tuple(_effort_row(row, lags, traffic) for row in rows),
    )


def _effort_row(row, lags: dict, traffic: dict) -> dict:
    count, p50, p95 = lags.get(row["form_key"], (0, None, None))
    pulls, size = traffic.get(row["form_key"], (0, 0))
    return {
        "form": form_title(row["form_id"]),
        "rows": count,
        "p50": p50 and Decimal(str(p50)),
        "p95": p95 and Decimal(str(p95)),
        "pulls": pulls,
        "megabytes": Decimal(size) / MEGABYTE,
        "requests": row["request_count"],
        "all_megabytes": Decimal(row["byte_count"] or 0) / MEGABYTE,
        "since": local(row["since"]),
    }


def promises_table(rows: list, lists: list, pull_seconds: int) -> Table:
    """What is exact, and what Central gives no signal for, so that only a bound can be kept."""
    followed = sum(row["state"] != "gone" for row in rows)
    pull_seconds = max(pull_seconds, ceil(least_pull_s(followed)))
    listing_seconds = max(ENTITIES_EVERY_S, ceil(least_listing_s(len(lists))))
    new_rows = pull_seconds + max((row["new_rows_every_s"] or 0 for row in rows), default=0)
    # Where new rows came as well, the old ones are read in the cycle after.
    old_rows = 2 * pull_seconds + max((row["old_rows_every_s"] or 0 for row in rows), default=0)
    exact, bound = gettext("Exact"), gettext("Within a bound")
    lines = [
        (gettext("Submissions, edits, deletions and reviews that are new"), exact,
         _seconds(new_rows)),
        (gettext("Restores, purges and late commits of older submissions"), exact,
         _seconds(old_rows)),
        (gettext("Questions and choices of a form"), exact, _seconds(pull_seconds)),
        (gettext("Typed answers against the XML"), exact,
         gettext("Rows that wait for it are counted above")),
        (gettext("Entity lists"), exact, _seconds(listing_seconds)),
        (gettext("Files and encrypted parts that arrive late"), bound,
         gettext("A minute at first, a day at last")),
        (gettext("Files that were replaced, senders that were renamed"), bound,
         gettext("The next night")),
        (gettext("Comments where something is open"), bound, gettext("An hour")),
        (gettext("Other comments"), bound, gettext("When somebody asks")),
        (gettext("App users and senders"), bound, gettext("An hour")),
    ]  # fmt: skip
    return Table(
        name="promises",
        caption=gettext("What is promised"),
        columns=(
            Column("what", gettext("What")),
            Column("promise", gettext("Promise")),
            Column("bound", gettext("Seen after at most")),
        ),
        rows=tuple(
            {"what": what, "promise": promise, "bound": words} for what, promise, words in lines
        ),
    )


def _seconds(seconds: float) -> str:
    return gettext("%(seconds)s s, while Central answers", seconds=show_number(ceil(seconds)))


def waiting_table(rows: list) -> Table:
    return table_of(
        "waiting",
        gettext("Files, and submissions that wait for some"),
        rows,
        {
            Column("form", gettext("Form")): form_of,
            Column("late", gettext("Submissions that wait"), "count"): "late_count",
            Column("since", gettext("Since"), "moment"): "late_since",
            Column("stored", gettext("Files here"), "count"): "stored_count",
            Column("megabytes", gettext("Megabytes"), "ratio", decimals=1): _stored_megabytes,
            Column("wanted", gettext("To be fetched"), "count"): "wanted_count",
            Column("absent", gettext("Not at Central yet"), "count"): "absent_count",
            Column("refused", gettext("Central cannot serve them"), "count"): "refused_count",
        },
    )


def _stored_megabytes(row) -> Decimal:
    return Decimal(row["stored_bytes"]) / MEGABYTE


def lists_table(rows: list) -> Table:
    return table_of(
        "lists",
        gettext("Entity lists"),
        rows,
        {
            Column("name", gettext("List"), "code"): "name",
            Column("rows", gettext("Entities"), "count"): "row_count",
            Column("asked", gettext("Last asked"), "moment"): "probed_at",
            Column("changed", gettext("Last change"), "moment"): "changed_at",
            Column("remark", gettext("Remark")): _list_remark,
        },
    )


def _list_remark(row) -> str | None:
    return gettext("Gone from Central") if row["is_gone"] else None


def faults_table(rows: list) -> Table:
    return table_of(
        "faults",
        gettext("What failed and is tried again"),
        rows,
        {
            Column("stage", gettext("Stage")): lambda row: work_name(row["stage"]),
            Column("form", gettext("Form")): form_of,
            Column("attempts", gettext("Attempts"), "count"): "attempts",
            Column("since", gettext("Since"), "moment"): "since",
            Column("next", gettext("Next attempt"), "moment"): "next_at",
            Column("reason", gettext("Reason")): "reason",
        },
    )


def events_table(rows: list) -> Table:
    return table_of(
        "events",
        gettext("What has changed in forms"),
        rows,
        {
            Column("form", gettext("Form")): lambda row: form_title(row.form_id),
            Column("at", gettext("Seen"), "moment"): lambda row: row.at,
            Column("what", gettext("What")): lambda row: form_event_name(row.what),
            Column("path", gettext("Question"), "code"): lambda row: row.path or None,
            Column("before", gettext("Before"), "code"): lambda row: row.before,
            Column("after", gettext("After"), "code"): lambda row: row.after,
        },
    )
