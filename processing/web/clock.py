"""The time of a request, as the country reads it."""

from datetime import UTC, date, datetime

from flask import Flask, current_app

from config.clock import BAGHDAD, day_of


def use_clock(app: Flask, clock) -> None:
    app.extensions["emis_clock"] = clock


def utc_now() -> datetime:
    return datetime.now(UTC)


def now() -> datetime:
    return current_app.extensions["emis_clock"]()


def today() -> date:
    """The day in Baghdad."""
    return day_of(now())


def local(moment: datetime | None) -> datetime | None:
    """The moment as clocks in the country show it."""
    return moment and moment.astimezone(BAGHDAD)
