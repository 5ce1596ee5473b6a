"""The settings that a code carries to ODK Collect."""

import pytest

from bridge.collect import LOCKED, code_text, collect_settings, read_code, server_url

TOKEN = "k" * 64
URL = server_url("https://central.example.org", TOKEN, 7)


def test_the_code_is_what_collect_reads():
    settings = collect_settings(URL, "مدرسة دجلة", "#1565C0", "ar", "a secret")
    assert read_code(code_text(settings)) == {
        "general": {
            "server_url": f"https://central.example.org/v1/key/{TOKEN}/projects/7",
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "app_language": "ar",
        },
        "project": {"name": "مدرسة دجلة", "color": "#1565C0"},
        "admin": {**dict.fromkeys(LOCKED, False), "admin_pw": "a secret"},
    }


def test_a_school_s_tablet_knows_its_school():
    settings = collect_settings(URL, "مدرسة دجلة", "#1565C0", "ar", "a secret", "S1042")
    assert read_code(code_text(settings))["general"]["metadata_username"] == "S1042"


def test_the_same_settings_give_the_same_code():
    settings = collect_settings(URL, "مدرسة دجلة", "#1565C0", "ar")
    assert code_text(settings) == code_text(collect_settings(URL, "مدرسة دجلة", "#1565C0", "ar"))


def test_where_forms_go_and_when_is_locked():
    assert {"change_server", "form_update_mode", "change_autosend", "get_blank"} <= set(LOCKED)
    assert "change_form_metadata" in LOCKED, "whose tablet it is"
    assert "admin_pw" not in collect_settings(URL, "x", "#000000", "en")["admin"]


@pytest.mark.parametrize(("language", "menus"), [("ar", "ar"), ("ckb", "ar"), ("en", "en")])
def test_kurdish_tablets_have_arabic_menus(language, menus):
    settings = collect_settings(URL, "x", "#000000", language)
    assert settings["general"]["app_language"] == menus


def test_a_code_fits_a_symbol_that_paper_can_carry():
    """QR version 20 with 15 % correction holds 666 bytes; finer ones are hard to scan."""
    settings = collect_settings(
        URL, "ثانوية الشهيد محمد باقر الصدر للبنين", "#1565C0", "ar", "p" * 20, "S" * 20
    )
    assert len(code_text(settings)) <= 666
