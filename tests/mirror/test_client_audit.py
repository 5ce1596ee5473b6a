"""Client audits from the tablet's file to the analysts' view."""

import sqlalchemy as sa

from processing.db.engine import open_engine
from tests.bridge.conftest import publish_ward
from tests.mirror.conftest import AUDITED, upload

LOG = """\
event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user,change-reason
form start,,1762300800000,,,,,,,Zainab,
question,/data/name,1762300801500,1762300809000,33.3,44.4,8.5,Ada,Adah,Zainab,
question,/data/age,1762300809000,soon,,,,6,7,Zainab,wrong year
"""
VIEW = "SELECT event, field_path, old_value, new_value, user_name FROM survey_v.client_audit"


def test_a_log_becomes_rows_that_analysts_may_read(manager, tmp_path, mirror_of):
    form = publish_ward(manager, tmp_path, survey=AUDITED)
    form.send("uuid:a", meta="<audit>audit.csv</audit>", kids="<photo>p.jpg</photo>")
    upload(form, "uuid:a", "audit.csv", LOG.encode())
    upload(form, "uuid:a", "p.jpg", b"event,node\nthis is,no log\n")
    mirror = mirror_of(form)
    mirror.pull()
    mirror.fetch_files()
    assert mirror.rows(
        "SELECT position, event, field_path, new_value, latitude, remainder->>'end'"
        " FROM raw.client_audit ORDER BY position"
    ) == [
        (1, "form start", None, None, None, None),
        (2, "question", "/name", "Adah", 33.3, None),
        (3, "question", "/age", "7", None, "soon"),
    ]
    mirror.rows("UPDATE raw.form_field SET is_personal = true WHERE path = '/name'")
    engine = open_engine(mirror.settings, "reader")
    with engine.connect() as connection:
        seen = connection.execute(sa.text(VIEW + " ORDER BY position")).all()
    engine.dispose()
    assert seen == [
        ("form start", None, None, None, "•••"),
        ("question", "/name", "•••", "•••", "•••"),
        ("question", "/age", "6", "7", "•••"),
    ]


def test_a_log_that_was_sent_again_replaces_the_first(manager, tmp_path, mirror_of):
    form = publish_ward(manager, tmp_path, survey=AUDITED)
    form.send("uuid:a", meta="<audit>audit.csv</audit>")
    upload(form, "uuid:a", "audit.csv", LOG.encode())
    mirror = mirror_of(form)
    mirror.pull()
    mirror.fetch_files()
    upload(form, "uuid:a", "audit.csv", b"event,node\nform exit,\n")
    mirror.rows("UPDATE ops.attachment_list SET is_due = true")
    mirror.fetch_files()
    assert mirror.rows("SELECT event FROM raw.client_audit") == [("form exit",)]
