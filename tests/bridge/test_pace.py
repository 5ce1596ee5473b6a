"""Pace: asking takes no more of Central than its share, however often there would be time."""

import datetime as dt

import pytest

from bridge.pace import CLOCK_SLACK_S, LEAST_COST_S, is_due, put_off
from bridge.terms import PROBE_SHARE

NOW = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)
HOUR_S = 3600


def asked_in_an_hour(costs: dict[str, float], forms: int, every_s: float) -> float:
    """Seconds of Central's that the questions about some forms take, looked at every `every_s`."""
    states, spent = [{} for _ in range(forms)], 0.0
    for turn in range(int(HOUR_S / every_s)):
        now = NOW + dt.timedelta(seconds=turn * every_s)
        for state in states:
            for name, cost_s in costs.items():
                if is_due(state, name, now):
                    put_off(state, name, cost_s, PROBE_SHARE / forms / 2, now)
                    spent += cost_s
    return spent


@pytest.mark.parametrize("forms", [1, 10, 40])
@pytest.mark.parametrize("every_s", [1.0, 10.0])
def test_hot_and_cold_questions_of_all_forms_keep_within_their_share(forms, every_s):
    costs = {"hot": 0.011, "cold": 0.09}
    first = forms * sum(costs.values())
    assert asked_in_an_hour(costs, forms, every_s) <= PROBE_SHARE * HOUR_S + first


def test_the_share_is_used_where_it_is_wanted():
    assert asked_in_an_hour({"cold": 0.09}, 10, 1.0) > 0.9 * PROBE_SHARE / 2 * HOUR_S


def test_the_example_of_the_documentation():
    state = {}
    put_off(state, "cold", 0.09, PROBE_SHARE / 10 / 2, NOW)
    assert state["cold_every_s"] == 36.0


def test_a_question_that_costs_nothing_is_still_spaced():
    state = {}
    put_off(state, "hot", -0.5, 0.05, NOW)
    assert state["hot_every_s"] == LEAST_COST_S / 0.05


def test_a_clock_that_was_wrong_puts_nothing_off_for_ever():
    state = {}
    put_off(state, "cold", 0.05, 0.05, NOW + dt.timedelta(days=365))
    assert is_due(state, "cold", NOW)
    put_off(state, "cold", 0.05, 0.05, NOW + dt.timedelta(seconds=CLOCK_SLACK_S / 2))
    assert not is_due(state, "cold", NOW)
