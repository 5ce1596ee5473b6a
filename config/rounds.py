"""What a round is called where nobody has named it, and the school year that it falls into.

In: a form of the catalogue, a ministry, a reference date. Out: a code and three names. Promised:
the same round gets the same code.
"""

import datetime as dt

from config.codes import code_names
from config.forms import FormEntry

# The school year begins in September (Ministry of Education, yearly instructions).
FIRST_MONTH = 9
# What emis.round takes: a year outside is a slip of the keyboard.
SCHOOL_YEARS = (1950, 2100)


def school_year_of(day: dt.date) -> int:
    """The school year that the day falls into, named by the year in which it begins."""
    return day.year if day.month >= FIRST_MONTH else day.year - 1


def derive_code(entry: FormEntry, ministry_code: str | None, reference_date: dt.date) -> str:
    """`school_census-2026-11-federal`; without a ministry `school_census-2026-11`."""
    parts = [entry.form_id, f"{reference_date:%Y-%m}", ministry_code or ""]
    return "-".join(part for part in parts if part)


def derive_name(
    entry: FormEntry, ministry_code: str | None, reference_date: dt.date, language: str
) -> str:
    """The form's title, month and year, and the ministry where the round has one."""
    month = code_names("month", language)[str(reference_date.month)]
    name = f"{entry.title(language)} – {month} {reference_date.year}"
    return f"{name} – {code_names('ministry', language)[ministry_code]}" if ministry_code else name
