"""Accounts of tablets that Central does not make, among others that it makes side by side."""

import pytest

from bridge.devices import Tablets
from bridge.errors import CentralRefused
from config.errors import OperatorError
from processing.jobs import devices as jobs
from processing.jobs.devices import FAILURES_IN_A_ROW, Code, NotMade
from tests.jobs.test_devices import codes_of, give, prepared, rows_of, settings

__all__ = ["prepared", "settings"]


def refusing(monkeypatch, codes, error) -> None:
    """Central answers with that error where an account of these is to be made."""
    create = Tablets._create

    def picky(self, client, display_name, properties):
        if properties["school_code"] in codes:
            raise error
        return create(self, client, display_name, properties)

    monkeypatch.setattr(Tablets, "_create", picky)


def test_a_school_of_which_central_will_not_have_an_account_holds_up_no_other(
    settings, monkeypatch
):
    chosen = codes_of(settings)[:8]
    refused = CentralRefused("central-fault", "Central answered with 500.", "", 500, 500.1, None)
    refusing(monkeypatch, chosen[2:3], refused)
    _, found = give(settings, chosen)
    (failed,) = [each for each in found if isinstance(each, NotMade)]
    assert (failed.kind, failed.code, failed.error) == ("school", chosen[2], refused)
    made = {each.code: each for each in found if isinstance(each, Code)}
    assert sorted(made) == sorted(set(chosen) - {chosen[2]})
    assert rows_of(settings, chosen[2])[-1].actor_id is None
    monkeypatch.undo()
    _, again = give(settings, chosen)
    assert sorted(each.code for each in again) == sorted(chosen)
    assert {each.code: each for each in again if each.code in made} == made


@pytest.mark.parametrize(
    ("error", "most"),
    [
        (OperatorError("central-unreachable", "Nobody answers."), 4),
        (CentralRefused("central-forbidden", "Not you.", "", 403, 403.1, None), 4),
        (CentralRefused("central-fault", "Away.", "", 502, None, None), 4),
        (CentralRefused("central-fault", "Broken.", "", 500, 500.1, None), FAILURES_IN_A_ROW + 4),
    ],
)
def test_what_is_not_about_one_school_ends_the_run(settings, monkeypatch, error, most):
    asked = []
    monkeypatch.setattr(Tablets, "_create", lambda self, *given: (asked.append(given), fail(error)))
    with pytest.raises(OperatorError) as raised:
        give(settings, codes_of(settings)[:30])
    assert raised.value is error
    assert len(asked) <= most


def fail(error: Exception):
    raise error


def test_the_same_codes_whoever_was_first(settings, monkeypatch):
    """Accounts are made in no order; the colours of a shared tablet are those of its schools."""
    chosen = codes_of(settings)[:6]
    _, codes = give(settings, chosen, tablet="B9")
    monkeypatch.setattr(jobs, "ACCOUNTS_AT_A_TIME", 1)
    _, again = give(settings, chosen, tablet="B9")
    assert {code.code: code for code in again} == {code.code: code for code in codes}
