"""The time of the country: one zone, all year.

In: moments with a zone. Out: days as Iraq counts them.
"""

from datetime import date, datetime, timedelta, timezone

# UTC+3, without daylight saving since 2008, so the zone needs no table of its own.
# source: IANA tz database, Asia/Baghdad.
BAGHDAD = timezone(timedelta(hours=3), "Asia/Baghdad")


def clock_of(moment: datetime) -> str:
    """2026-11-05 11:00: the moment as clocks in the country show it, for commands."""
    return f"{moment.astimezone(BAGHDAD):%Y-%m-%d %H:%M}"


def day_of(moment: datetime) -> date:
    """The day in Baghdad."""
    return moment.astimezone(BAGHDAD).date()
