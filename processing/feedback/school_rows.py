"""The rows of the entity list `schools`, whole: whoever needs some takes them here.

In: what the registry and the returns say of schools. Out: a row an open school, every value text,
with its label and each of SCHOOL_PROPERTIES; what is not known is empty.

| property         | comes from                                                        |
|------------------|-------------------------------------------------------------------|
| HOST_PROPERTIES  | queries.told_building, put into words by config.building_words    |
| `head_name`      | queries.heads                                                     |
| HELD_PROPERTIES  | feedback.held                                                     |
| `received`       | feedback.received                                                 |
| each other       | queries.told_school                                               |
"""

from collections.abc import Iterable

import sqlalchemy as sa

from config.building_words import told_of_building
from processing.db.queries.heads import find_heads
from processing.db.queries.told_school import list_told_schools
from processing.feedback.held import NOTHING_HELD, held_by_school
from processing.feedback.received import received_by_school

Rows = list[dict[str, str]]


def list_school_rows(
    connection: sa.Connection, codes: Iterable[str] | None = None, *, names_people: bool = True
) -> Rows:
    """codes: of these schools alone; None: of all.

    names_people: False for those who may not read who people are; the rows do not say who heads a
    school, nor, where no month says it, how many are on duty.
    """
    chosen = None if codes is None else list(codes)
    held = held_by_school(connection, chosen)
    told = {"received": received_by_school(connection, chosen)}
    if names_people:
        told["head_name"] = find_heads(connection, chosen)
    return [
        told_of_building(row)
        | held.get(row["school_code"], NOTHING_HELD)
        | {name: by_school.get(row["school_code"], "") for name, by_school in told.items()}
        for row in list_told_schools(connection, chosen, counts_staff=names_people)
    ]
