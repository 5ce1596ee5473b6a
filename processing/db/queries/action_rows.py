"""Rows for the entity list `agreed_actions`; every value is text."""

from collections.abc import Iterable

import sqlalchemy as sa

from config.codes import read_codes
from processing.db.queries.emis_visits import LISTED_ACTION_SEPARATOR
from processing.db.queries.entity_rows import PLANNED, Rows, chosen_sql, text_rows

DONE_STATES = [code.code for code in read_codes("action_state") if code.extra["is_open"] == "no"]


def list_action_rows(connection: sa.Connection, codes: Iterable[str] | None = None) -> Rows:
    """What was agreed and is not done, as rows of the list `agreed_actions`.

    An action is followed by whoever plans to visit the school; if nobody does, by who agreed it.
    """
    return text_rows(connection, ACTIONS_SQL, codes, done=DONE_STATES)


ACTIONS_SQL = f"""
WITH undone AS (
  SELECT * FROM emis.agreed_action_now a
  WHERE a.state_code <> ALL(:done) AND {chosen_sql("a.school_code")}
), follower AS (
  SELECT p.supervisor_code, p.school_code {PLANNED}
), followed AS (
  SELECT a.action_code, f.supervisor_code FROM undone a JOIN follower f USING (school_code)
  UNION
  SELECT a.action_code, a.supervisor_code FROM undone a
  WHERE a.supervisor_code IS NOT NULL
    AND NOT EXISTS (SELECT FROM follower f WHERE f.school_code = a.school_code)
)
SELECT a.what AS label,
  a.action_code || '{LISTED_ACTION_SEPARATOR}' || substr(md5(f.supervisor_code), 1, 4)
    AS action_code,
  f.supervisor_code, a.school_code, a.due_date, o.name_ar AS owner_ar, o.name_ckb AS owner_ckb,
  o.name_en AS owner_en
FROM followed f JOIN undone a USING (action_code)
LEFT JOIN emis.code o ON o.code_list = 'action_owner' AND o.code = a.owner_code
ORDER BY f.supervisor_code, a.school_code, a.agreed_date, a.action_code
"""
