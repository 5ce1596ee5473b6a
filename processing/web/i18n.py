"""Languages: which one a request speaks, its direction, its dates and numbers.

In: the account's language, else the cookie's, else the setting's. Out: Babel's locale for the
catalogues, and formats that never depend on the server's locale. Digits are Western in all
three languages (docs/decisions/digits.md).
"""

from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_datetime
from flask import Flask, current_app, g, request
from flask_babel import Babel

from config.clock import BAGHDAD
from config.settings import LANGUAGES

# ar_IQ and not ar: January is كانون الثاني in Iraq. ckb and never ku, which is left to right.
LOCALES = {"ar": "ar_IQ", "ckb": "ckb_IQ", "en": "en"}
LANGUAGE_NAMES = {"ar": "العربية", "ckb": "کوردی", "en": "English"}
COOKIE = "emis_language"
COOKIE_SECONDS = 365 * 24 * 3600
DATE_PATTERN = "d MMMM y"
COMMAS = {"ar": "،", "ckb": "،", "en": ","}
MARK = "\u200e"


def use_languages(app: Flask, default_language: str) -> None:
    app.config["EMIS_DEFAULT_LANGUAGE"] = default_language
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, locale_selector=lambda: LOCALES[language()])
    app.context_processor(
        lambda: {
            "language": language(),
            "direction": direction(),
            "language_names": LANGUAGE_NAMES,
        }
    )
    app.add_template_filter(show_number)
    app.add_template_filter(show_date)
    app.add_template_filter(show_moment)
    app.add_template_filter(school_year)


def language() -> str:
    """`ar`, `ckb` or `en` for this request."""
    account = g.get("account")
    if account is not None and account.language in LANGUAGES:
        return account.language
    chosen = request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else current_app.config["EMIS_DEFAULT_LANGUAGE"]


def direction() -> str:
    return Locale.parse(LOCALES[language()]).text_direction


def is_right_to_left() -> bool:
    return direction() == "rtl"


def show_number(value: int | Decimal, decimals: int = 0) -> str:
    """12345.6 → 12,345.6 in every language."""
    return f"{value:,.{decimals}f}"


def show_date(day: date | None) -> str:
    return format_date(day, DATE_PATTERN, locale=LOCALES[language()]) if day else ""


def show_moment(moment: datetime | None) -> str:
    """The moment in Baghdad, to the minute."""
    if moment is None:
        return ""
    pattern = f"{DATE_PATTERN}{COMMAS[language()]} HH:mm"
    return format_datetime(moment, pattern, tzinfo=BAGHDAD, locale=LOCALES[language()])


def school_year(begins: int) -> str:
    """2026 → 2026–2027, the year it begins first also between right-to-left words."""
    return f"{begins}{MARK}–{MARK}{begins + 1}"
