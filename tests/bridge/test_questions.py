"""What a pull asks of Central, and what it leaves for a later one."""

import time

import pytest

from tests.bridge.test_incremental import AGES, ALL_NEW, ALL_OLD, filled
from tests.bridge.test_pull import kinds, rows_of


def asked(proxy) -> list[str]:
    """What was asked since the last look, without signing in and out."""
    found = [path for _, path in proxy.requests if "/sessions" not in path]
    proxy.requests.clear()
    proxy.headers.clear()
    return found


@AGES
def test_nothing_new_is_two_questions_with_empty_answers(ward, proxy, proxied, age):
    mirror = filled(ward, proxied, **age)
    mirror.pull(proxied, share=1e-9, **age)
    # It is not the time of the old rows yet, but that of the new ones.
    del mirror.state["hot_next_at"]
    answers = []
    proxy.fault = lambda path, answer: answers.append(answer) or answer
    asked(proxy)
    assert kinds(mirror.pull(proxied, is_thorough=False, **age)) == ["NothingNew"]
    form, hot = asked(proxy)
    assert form.endswith(ward.id)
    assert "ge+2" in hot or "ge%202" in hot
    assert [(answer.status, answer.body) for answer in answers] == [(304, b"")] * 2


def test_a_new_row_alone_is_sent(ward, proxy, proxied):
    mirror = filled(ward, proxied, **ALL_OLD)
    time.sleep(1)
    ward.send("uuid:new")
    ward.manager.pyodk.submissions.review("uuid:a", "approved", ward.id)
    # The watermark lies ahead, so both are found late: through Central's list, and by id.
    changes = mirror.pull(proxied, **ALL_OLD)
    assert set(rows_of(changes)) == {"uuid:new", "uuid:a"}
    mirror.require_equal(proxied)


def test_hot_rows_are_few_after_the_watermark_has_moved(ward, reader):
    mirror = filled(ward, reader, [f"uuid:{number}" for number in range(20)], **ALL_OLD)
    ward.send("uuid:late")
    mirror.pull_until_quiet(reader, **ALL_OLD)
    assert mirror.state["hot_count"] == 0
    mirror.require_equal(reader)


def test_old_rows_are_asked_for_at_their_time(ward, proxy, proxied):
    mirror = filled(ward, proxied, **ALL_NEW)
    mirror.pull(proxied, share=1e-9)
    asked(proxy)
    mirror.pull(proxied, is_thorough=False)
    assert not any("lt%20" in path or "+lt+" in path for path in asked(proxy))
    assert mirror.state["cold_every_s"] > 60
    assert mirror.state["cold_proved_at"]


def test_new_rows_are_not_kept_waiting_for_old_ones_but_once(ward, proxy, proxied):
    mirror = filled(ward, proxied, **ALL_NEW)
    are_old_asked_for = []
    for name in ("uuid:new", "uuid:newer"):
        ward.send(name)
        for question in ("hot_next_at", "cold_next_at"):
            mirror.state.pop(question, None)
        asked(proxy)
        assert name in rows_of(mirror.pull(proxied, is_thorough=False, **ALL_NEW))
        are_old_asked_for.append(any("lt%20" in path or "+lt+" in path for path in asked(proxy)))
    assert are_old_asked_for == [False, True]
    mirror.require_equal(proxied)


@pytest.mark.parametrize("name", ["hot", "cold"])
def test_what_counting_takes_is_part_of_the_question(ward, proxy, proxied, name):
    mirror = filled(ward, proxied)
    mirror.state[f"is_{name}_counted"] = False

    def slowly(path: str) -> str:
        time.sleep(0.5 if "24top=0" in path else 0)
        return path

    proxy.rewrite = slowly
    assert kinds(mirror.pull(proxied, share=0.05)) == ["NothingNew"]
    assert mirror.state[f"is_{name}_counted"]
    assert mirror.state[f"{name}_every_s"] > 0.5 / (0.05 / 2) * 0.9
