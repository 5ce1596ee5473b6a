"""The time of a request, and the zone in which the country reads it.

Iraq has kept UTC+3 without summer time since 2008, so the zone needs no table of its own.
"""

from datetime import UTC, date, datetime, timedelta, timezone

from flask import Flask, current_app

BAGHDAD = timezone(timedelta(hours=3), "Asia/Baghdad")


def use_clock(app: Flask, clock) -> None:
    app.extensions["emis_clock"] = clock


def utc_now() -> datetime:
    return datetime.now(UTC)


def now() -> datetime:
    return current_app.extensions["emis_clock"]()


def today() -> date:
    """The day in Baghdad."""
    return now().astimezone(BAGHDAD).date()


def local(moment: datetime | None) -> datetime | None:
    """The moment as clocks in the country show it."""
    return moment and moment.astimezone(BAGHDAD)
