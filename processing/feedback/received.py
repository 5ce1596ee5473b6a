"""What a school's entity says has arrived, in the school's language.

In: the returns of the warehouse. Out: school -> text; a school that has sent nothing is not there.
"""

from collections.abc import Iterable
from itertools import groupby

import sqlalchemy as sa

from processing.db.queries.received import list_received
from processing.feedback.words import received_text, school_language


def received_by_school(
    connection: sa.Connection, school_codes: Iterable[str] | None = None
) -> dict[str, str]:
    """school_codes None: every school."""
    rows = list_received(connection, school_codes)
    found = {}
    for school, returns in groupby(rows, lambda row: row["school_code"]):
        listed = list(returns)
        found[school] = received_text(school_language(listed[0]["language_code"]), listed)
    return found
