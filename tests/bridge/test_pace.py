"""Pace: asking takes no more of Central than its share, however often there would be time."""

import datetime as dt

import pytest

from bridge.pace import CLOCK_SLACK_S, LEAST_COST_S, is_due, put_off
from bridge.terms import (
    LIST_COST_S,
    PROBE_SHARE,
    RECORD_COST_S,
    ROW_SHARE,
    least_listing_s,
    least_pull_s,
)

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
                    put_off(state, name, cost_s, ROW_SHARE / forms / 2, now)
                    spent += cost_s
    return spent


@pytest.mark.parametrize("forms", [1, 10, 40])
@pytest.mark.parametrize("every_s", [1.0, 10.0])
def test_hot_and_cold_questions_of_all_forms_keep_within_their_share(forms, every_s):
    costs = {"hot": 0.011, "cold": 0.09}
    first = forms * sum(costs.values())
    assert asked_in_an_hour(costs, forms, every_s) <= ROW_SHARE * HOUR_S + first


@pytest.mark.parametrize("forms", [1, 10, 40, 200])
@pytest.mark.parametrize("lists", [0, 6, 300])
def test_records_and_entity_lists_are_counted_in_the_share(forms, lists):
    """With the shortest interval that can be set, and hot and cold rows as often as may be."""
    pull_s, listing_s = max(1.0, least_pull_s(forms)), max(60.0, least_listing_s(lists))
    spent = HOUR_S / pull_s * forms * RECORD_COST_S + HOUR_S / listing_s * lists * LIST_COST_S
    costs = {"hot": 0.011, "cold": 0.09}
    rows = asked_in_an_hour(costs, forms, pull_s) - forms * sum(costs.values())
    assert spent + rows <= PROBE_SHARE * HOUR_S * 1.0001


def test_a_few_forms_are_pulled_as_often_as_is_set():
    assert least_pull_s(10) < 10
    assert least_pull_s(40) == pytest.approx(12)


def test_the_share_is_used_where_it_is_wanted():
    assert asked_in_an_hour({"cold": 0.09}, 10, 1.0) > 0.9 * ROW_SHARE / 2 * HOUR_S


def test_the_example_of_the_documentation():
    state = {}
    put_off(state, "cold", 0.09, ROW_SHARE / 10 / 2, NOW)
    assert state["cold_every_s"] == pytest.approx(51, abs=0.5)


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
