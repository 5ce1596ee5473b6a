"""Pace: when a question may be put to Central again, so that asking stays cheap for it.

Comes in: what the question took last time. Goes out: when it is due next. The time that Central
takes to answer, less that of the smallest question, is at least the processor time of its
database. Kept in the state of the pull, under names that begin with the question's.

    <name>_every_s   the interval that follows from it
    <name>_next_at   when it is due
"""

import datetime as dt

LEAST_COST_S = 0.001
# A next time further ahead than its interval and this comes from a clock that was wrong.
CLOCK_SLACK_S = 60.0


def is_due(state: dict, name: str, now: dt.datetime) -> bool:
    """May the question be put again?"""
    if f"{name}_next_at" not in state:
        return True
    wait_s = (dt.datetime.fromisoformat(state[f"{name}_next_at"]) - now).total_seconds()
    return wait_s <= 0 or wait_s > state[f"{name}_every_s"] + CLOCK_SLACK_S


def put_off(state: dict, name: str, cost_s: float, share: float, now: dt.datetime) -> None:
    """Note what the question took: it is due again when that is `share` of the time between."""
    every_s = max(cost_s, LEAST_COST_S) / share
    state[f"{name}_every_s"] = round(every_s, 3)
    state[f"{name}_next_at"] = (now + dt.timedelta(seconds=every_s)).isoformat()
