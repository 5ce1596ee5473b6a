"""Today's common way, for scale: pyodk's get_table, pandas, to_sql. Parents, then the repeat."""

import pandas as pd
from pyodk._utils.config import CentralConfig, Config
from pyodk.client import Client

from config.settings import Settings
from processing.db.engine import open_engine

REPEAT = "grades"


def copy_form(settings: Settings, form_id: str) -> int:
    """Into tables of pandas' own making, in the public schema; returns the number of rows."""
    central = CentralConfig(
        settings.central_url,
        settings.central_email,
        settings.central_password,
        default_project_id=settings.central_project,
    )
    client = Client(config=Config(central), project_id=settings.central_project)
    with client:
        rows = client.submissions.get_table(form_id, expand="*")["value"]
    roots = pd.json_normalize([{k: v for k, v in row.items() if k != REPEAT} for row in rows])
    repeats = pd.json_normalize(rows, REPEAT, meta=["__id"], meta_prefix="parent_")
    engine = open_engine(settings, "owner")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA rival")
        roots.to_sql(form_id, connection, schema="rival", index=False)
        repeats.to_sql(f"{form_id}_{REPEAT}", connection, schema="rival", index=False)
    engine.dispose()
    return len(rows)
