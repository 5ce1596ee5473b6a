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
from processing.web.tables import render_tables
from processing.web.words import form_event_name, form_state_name, form_title, work_name

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
    return Table(
        name="mirror",
        caption=gettext("The mirror and Central"),
        columns=(
            Column("form", gettext("Form")),
            Column("form_id", gettext("Form id"), "code"),
            Column("state", gettext("State")),
            Column("version", gettext("Version"), "code"),
            Column("compared", gettext("Compared")),
            Column("live", gettext("Submissions"), "count"),
            Column("deleted", gettext("Deleted"), "count"),
            Column("purged", gettext("Purged"), "count"),
            Column("unverified", gettext("Not yet verified"), "count"),
            Column("asked", gettext("Last asked"), "moment"),
            Column("proved", gettext("Older ones last proved"), "moment"),
            Column("changed", gettext("Last change"), "moment"),
        ),
        rows=tuple(
            {
                "form": form_title(row["form_id"]),
                "form_id": row["form_id"],
                "state": form_state_name(row["state"]),
                "version": row["current_version"],
                "compared": comparison_words(row),
                "live": row["live_count"],
                "deleted": row["deleted_count"],
                "purged": row["purged_count"],
                "unverified": row["unverified_count_now"],
                "asked": local(row["probed_at"]),
                "proved": local(row["old_rows_proved_at"]),
                "changed": local(row["changed_at"]),
            }
            for row in rows
        ),
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
    return Table(
        name="waiting",
        caption=gettext("Files, and submissions that wait for some"),
        columns=(
            Column("form", gettext("Form")),
            Column("late", gettext("Submissions that wait"), "count"),
            Column("since", gettext("Since"), "moment"),
            Column("stored", gettext("Files here"), "count"),
            Column("megabytes", gettext("Megabytes"), "ratio", decimals=1),
            Column("wanted", gettext("To be fetched"), "count"),
            Column("absent", gettext("Not at Central yet"), "count"),
            Column("refused", gettext("Central cannot serve them"), "count"),
        ),
        rows=tuple(
            {
                "form": form_title(row["form_id"]),
                "late": row["late_count"],
                "since": local(row["late_since"]),
                "stored": row["stored_count"],
                "megabytes": Decimal(row["stored_bytes"]) / MEGABYTE,
                "wanted": row["wanted_count"],
                "absent": row["absent_count"],
                "refused": row["refused_count"],
            }
            for row in rows
        ),
    )


def lists_table(rows: list) -> Table:
    return Table(
        name="lists",
        caption=gettext("Entity lists"),
        columns=(
            Column("name", gettext("List"), "code"),
            Column("rows", gettext("Entities"), "count"),
            Column("asked", gettext("Last asked"), "moment"),
            Column("changed", gettext("Last change"), "moment"),
            Column("remark", gettext("Remark")),
        ),
        rows=tuple(
            {
                "name": row["name"],
                "rows": row["row_count"],
                "asked": local(row["probed_at"]),
                "changed": local(row["changed_at"]),
                "remark": gettext("Gone from Central") if row["is_gone"] else None,
            }
            for row in rows
        ),
    )


def faults_table(rows: list) -> Table:
    return Table(
        name="faults",
        caption=gettext("What failed and is tried again"),
        columns=(
            Column("stage", gettext("Stage")),
            Column("form", gettext("Form")),
            Column("attempts", gettext("Attempts"), "count"),
            Column("since", gettext("Since"), "moment"),
            Column("next", gettext("Next attempt"), "moment"),
            Column("reason", gettext("Reason")),
        ),
        rows=tuple(
            {
                "stage": work_name(row["stage"]),
                "form": form_title(row["form_id"]),
                "attempts": row["attempts"],
                "since": local(row["since"]),
                "next": local(row["next_at"]),
                "reason": row["reason"],
            }
            for row in rows
        ),
    )


def events_table(rows: list) -> Table:
    return Table(
        name="events",
        caption=gettext("What has changed in forms"),
        columns=(
            Column("form", gettext("Form")),
            Column("at", gettext("Seen"), "moment"),
            Column("what", gettext("What")),
            Column("path", gettext("Question"), "code"),
            Column("before", gettext("Before"), "code"),
            Column("after", gettext("After"), "code"),
        ),
        rows=tuple(
            {
                "form": form_title(row.form_id),
                "at": local(row.at),
                "what": form_event_name(row.what),
                "path": row.path or None,
                "before": row.before,
                "after": row.after,
            }
            for row in rows
        ),
    )
