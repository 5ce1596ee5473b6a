"""Connectivity readiness, filled as a tablet fills it: what is measured, each device, people."""

import pytest

from tests.forms.engine import NotAsked, OdkForm, Rejected
from tests.forms.media import write_media
from tests.forms.returns import DEVICE, connectivity, known_devices
from tests.forms.source import LANGUAGES
from tests.forms.submission import read_values

FORM = "connectivity_readiness"
LAPTOP = {"kind": "laptop", "serial": "LP-1", "state": "broken"}
UNMEASURED = {f"{one}_network": "not_measured" for one in ("zain", "asiacell", "korek")}


@pytest.fixture(scope="module")
def fill(forms):
    return lambda answers: forms[FORM].new(LANGUAGES["en"]).fill(answers)


def test_each_device_is_a_row_and_those_that_work_are_counted(fill, schools):
    faulty = DEVICE | {"serial": "R52T-101", "state": "working_partly"}
    values = read_values(fill(connectivity(schools["MIXED"], DEVICE, faulty, LAPTOP)).finalize())
    assert [values[f"devices{at}/device/serial"] for at in ("", "[2]", "[3]")] == [
        "R52T-100", "R52T-101", "LP-1",
    ]  # fmt: skip
    assert (values["totals/working"], values["totals/working_tablets"]) == ("2", "2")


def test_a_school_without_devices_is_asked_about_none(fill, schools):
    place = {"sockets": 0, "storage": "none", "device_count": 0}
    values = read_values(fill(connectivity(schools["MIXED"], place=place, devices=None)).finalize())
    assert not [path for path in values if path.startswith(("devices", "totals"))]


def _asked_for_the_same_serial(filling) -> list[str]:
    return [path for path in filling.asked() if path.endswith("reason_same_serial")]


def test_a_serial_number_written_twice_asks_for_a_reason_at_the_second(fill, schools):
    same = LAPTOP | {"serial": DEVICE["serial"]}
    filling = fill(connectivity(schools["MIXED"], LAPTOP, DEVICE, same))
    assert _asked_for_the_same_serial(filling) == ["devices[3]/device/reason_same_serial"]
    filling.answer("devices[3]/device/serial", DEVICE["serial"] + "0")
    assert _asked_for_the_same_serial(filling) == []
    filling.finalize()


def test_the_reason_names_the_device_that_has_the_number_and_goes_when_it_is_typed_again(
    fill, schools
):
    """The engine looks at a row of a repeat again when that row is touched, not another."""
    same = LAPTOP | {"serial": DEVICE["serial"]}
    filling = fill(connectivity(schools["MIXED"], DEVICE, same))
    assert "Device 1 has" in filling.label("devices[2]/device/reason_same_serial")
    filling.answer("devices/device/serial", "R52T-1")
    filling.answer("devices[2]/device/serial", DEVICE["serial"])
    assert _asked_for_the_same_serial(filling) == []
    filling.finalize()


def test_a_serial_number_that_cannot_be_read_asks_for_a_reason(fill, schools):
    unread = {name: value for name, value in DEVICE.items() if name != "serial"}
    filling = fill(connectivity(schools["MIXED"], unread))
    with pytest.raises(Rejected) as refused:
        filling.finalize()
    assert refused.value.path == "devices/device/reason_serial"


def test_the_version_of_android_is_asked_of_tablets_and_telephones_alone(fill, schools):
    with pytest.raises(NotAsked, match="android_version"):
        fill(connectivity(schools["MIXED"], LAPTOP | {"android_version": 13}))


@pytest.mark.parametrize(
    ("group", "answers", "asked"),
    [
        ("signal", UNMEASURED, {*UNMEASURED, "reason_signal"}),
        ("signal", UNMEASURED | {"zain_network": "none"}, {*UNMEASURED}),
        ("internet", {"connection": "none"}, {"connection"}),
        (
            "internet",
            {"connection": "fibre", "provider": "x", "payer": "free"},
            {"connection", "provider", "payer"},
        ),
        ("speed", {"speed_measured": "no"}, {"speed_measured", "reason_speed"}),
        ("power", {"sources": ["none"]}, {"sources"}),
        ("power", {"sources": ["solar"]}, {"sources", "solar_hours", "lesson_hours"}),
        (
            "people",
            {"has_focal_person": "no", "staff_trained": 0},
            {"has_focal_person", "staff_trained"},
        ),
    ],
)
def test_what_is_not_there_is_not_asked_about_further(fill, schools, group, answers, asked):
    filling = fill(connectivity(schools["MIXED"], **{group: answers}))
    assert {path.split("/")[-1] for path in filling.asked() if path.startswith(group)} == asked


@pytest.mark.parametrize(
    ("cost", "is_asked"),
    [(999, True), (1000, False), (1_000_000, False), (1_000_001, True)],
)
def test_an_unusual_cost_asks_for_a_reason(fill, schools, cost, is_asked):
    filling = fill(connectivity(schools["MIXED"]))
    filling.answer("internet/monthly_cost_iqd", cost)
    assert ("internet/reason_cost" in filling.asked()) is is_asked


@pytest.mark.parametrize(("hours", "is_asked"), [(14, False), (15, True)])
def test_more_than_a_day_of_power_asks_for_a_reason(fill, schools, hours, is_asked):
    power = {"sources": ["grid", "solar"], "grid_hours": 10, "solar_hours": hours}
    filling = fill(connectivity(schools["MIXED"], power=power | {"lesson_hours": 4}))
    assert ("power/reason_power" in filling.asked()) is is_asked


KNOWN = [("tablet", "R52T-100"), (None, "R52T-101"), ("laptop", None)]
"""Of the school HEADED, as the list of schools says."""
COUNT = "place/device_count"


@pytest.fixture
def tablet_of(compiled, schools, tmp_path):
    """The form on a tablet whose list has these schools, the first of them its own."""

    def build(*codes: str, without: tuple[str, ...] = ()) -> OdkForm:
        write_media(tmp_path, [schools[code] for code in codes], without=without)
        return OdkForm(compiled[FORM].xform, tmp_path, {"username": codes[0]})

    return build


def devices_of(filling) -> list[tuple[str | None, str | None]]:
    """Kind and serial number on each screen, as a person finds them who swipes to the end."""
    places = [path for path in filling.asked() if path.endswith("device/kind")]
    return [
        (filling.value(path), filling.value(path.replace("/kind", "/serial"))) for path in places
    ]


def test_the_devices_of_the_last_return_stand_there_and_only_what_is_new_is_answered(
    tablet_of, schools
):
    filling = tablet_of("HEADED").new().fill(known_devices(schools["HEADED"]))
    assert devices_of(filling) == [KNOWN[0], ("smartphone", "R52T-101"), KNOWN[2]]
    values = read_values(filling.finalize())
    assert values[COUNT] == "3"
    assert (values["totals/working"], values["totals/working_tablets"]) == ("2", "1")


def test_a_device_that_has_come_is_asked_after_the_known_and_what_is_known_can_be_changed(
    tablet_of, schools
):
    come = DEVICE | {"serial": "R60T-1"}
    filling = tablet_of("HEADED").new().fill(known_devices(schools["HEADED"], come))
    assert devices_of(filling)[3] == ("tablet", "R60T-1")
    filling.answer("devices/device/serial", "R52T-199")
    filling.answer("devices/device/kind", "printer")
    assert devices_of(filling)[0] == ("printer", "R52T-199")
    values = read_values(filling.finalize())
    assert (values["devices/device/kind"], values[COUNT]) == ("printer", "4")


def test_a_device_that_is_there_no_more_has_no_screen_where_the_number_is_lowered(tablet_of):
    filling = tablet_of("HEADED").new()
    filling.answer("place/storage", "locked_room")
    assert filling.value(COUNT) == "3"
    for count in (2, 3):
        filling.answer(COUNT, count)
        assert devices_of(filling) == KNOWN[:count]


@pytest.mark.parametrize(
    ("codes", "without"),
    [
        (["MIXED"], ()),
        (["HEADED"], ("device_kinds", "device_serials")),
        (["HEADED", "MIXED"], ()),
    ],
    ids=["no return so far", "an older list", "more than one school"],
)
def test_where_nothing_is_known_the_number_is_asked_and_the_boxes_are_empty(
    tablet_of, codes, without
):
    """Where another school can be picked: its devices would not go with it."""
    filling = tablet_of(*codes, without=without).new()
    assert filling.value(COUNT) is None
    filling.answer("place/storage", "locked_room")
    filling.answer(COUNT, 2)
    assert devices_of(filling) == [(None, None)] * 2
