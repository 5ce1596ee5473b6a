"""The four database roles: each is connected as, and tries what it may not."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from processing.db.engine import open_engine

FORBIDDEN = [
    ("reader", "SELECT * FROM raw.submission"),
    ("reader", "SELECT * FROM raw.submission_version"),
    ("reader", "SELECT * FROM quality.issue"),
    ("reader", "SELECT * FROM ops.user_account"),
    ("reader", "DELETE FROM emis.enrolment"),
    ("reader", "CREATE TABLE emis.mine (a int)"),
    ("reader", "CREATE TABLE survey.mine (a int)"),
    ("reader", "SELECT * FROM raw.client_audit"),
    ("reader", "SELECT * FROM raw.comment"),
    ("web", "SELECT display_name FROM raw.actor"),
    ("web", "SELECT name FROM raw.attachment"),
    ("worker", "DELETE FROM raw.purged_version"),
    ("worker", "UPDATE raw.attachment_past SET sha256 = ''"),
    ("worker", "UPDATE raw.submission_restore SET restored_at = now()"),
    ("worker", "DELETE FROM raw.entity_restore"),
    ("web", "SELECT odata FROM raw.submission"),
    ("web", "SELECT xml FROM raw.submission_version"),
    ("web", "SELECT xml_sha256 FROM raw.submission_version"),
    ("web", "SELECT submitter_name FROM raw.submission"),
    ("web", "DELETE FROM quality.issue"),
    ("web", "UPDATE emis.enrolment SET pupil_count = 0"),
    ("web", "UPDATE stats.indicator_value SET numerator = 0"),
    ("web", "INSERT INTO ops.user_account (login) VALUES ('x')"),
    ("web", "UPDATE ops.user_account SET role_code = 'administrator'"),
    ("web", "DELETE FROM ops.audit_trail"),
    ("web", "CREATE TABLE survey.mine (a int)"),
    ("worker", "DELETE FROM raw.submission"),
    ("worker", "DELETE FROM raw.submission_version"),
    ("worker", "UPDATE raw.submission_version SET xml = ''"),
    ("worker", "DELETE FROM quality.issue"),
    ("worker", "UPDATE quality.issue_event SET reason = ''"),
    ("worker", "UPDATE ops.audit_trail SET actor = ''"),
    ("reader", "SELECT * FROM ops.entry"),
    ("web", "SELECT xml FROM ops.entry"),
    ("web", "UPDATE ops.entry SET entered_by = 'another'"),
    ("web", "UPDATE ops.entry SET xml = NULL"),
    ("worker", "UPDATE ops.refused_entry SET xml = NULL"),
    ("web", "DELETE FROM ops.entry_file"),
    ("worker", "UPDATE ops.entry SET entered_by = 'another'"),
    ("worker", "DELETE FROM ops.entry"),
    ("reader", "SELECT * FROM ops.device"),
    ("reader", "SELECT name FROM emis.staff_member"),
    ("web", "SELECT staff_number FROM emis.staff_member"),
    ("web", "SELECT * FROM ops.listed_entity"),
    ("web", "UPDATE emis.visit_plan SET is_planned = false"),
    ("web", "UPDATE ops.device SET tablet = 'x'"),
    ("worker", "DELETE FROM ops.device"),
    ("worker", "UPDATE emis.round_closing SET reason = 'another'"),
    ("worker", "DELETE FROM emis.round_closing"),
    ("web", "UPDATE emis.source_of_record SET source_code = 'payroll'"),
    ("web", "DELETE FROM emis.held_figure"),
    ("reader", "UPDATE emis.held_figure SET pupil_count = 0"),
    ("worker", "CREATE TABLE emis.mine (a int)"),
    ("worker", "DROP TABLE emis.enrolment"),
    ("owner", "CREATE ROLE another"),
    ("owner", "SELECT pg_read_file('PG_VERSION')"),
    ("owner", "SELECT rolpassword FROM pg_authid"),
]

ALLOWED = [
    ("reader", "SELECT count(*) FROM emis.enrolment"),
    ("reader", "SELECT count(*) FROM stats.indicator_value"),
    ("reader", "SELECT count(*) FROM emis.staff_person"),
    ("reader", "SELECT count(*) FROM emis.agreed_action_now"),
    ("reader", "SELECT count(*) FROM survey_v.client_audit"),
    ("web", "SELECT count(sha256) FROM raw.attachment"),
    ("web", "SELECT instance_id, school_code FROM raw.submission"),
    ("web", "SELECT version_id, version_created_at FROM raw.submission_version"),
    ("web", "SELECT count(*) FROM quality.issue"),
    ("worker", "INSERT INTO ops.due (stage, since, not_before) VALUES ('x', now(), now())"),
    ("web", "SELECT count(*) FROM ops.device"),
    ("reader", "SELECT source_code, entered_at FROM emis.entered_return"),
    ("web", "SELECT count(*) FROM emis.source_of_record JOIN emis.held_figure USING (school_code)"),
    ("reader", "SELECT count(*) FROM emis.held_figure"),
    ("worker", "DELETE FROM emis.held_figure"),
    ("worker", "CREATE TABLE survey.mine (a int)"),
    ("owner", "CREATE TABLE emis.mine (a int)"),
]


@pytest.fixture(scope="module")
def connect(database):
    engines = {role: open_engine(database, role) for role in ("reader", "web", "worker", "owner")}
    yield lambda role: engines[role].connect()
    for engine in engines.values():
        engine.dispose()


@pytest.mark.parametrize(("role", "statement"), FORBIDDEN)
def test_what_a_role_may_not(connect, role, statement):
    with connect(role) as connection, pytest.raises(ProgrammingError) as raised:
        connection.execute(sa.text(statement))
    assert raised.value.orig.pgcode == "42501", "refused for want of the right, nothing else"


@pytest.mark.parametrize(("role", "statement"), ALLOWED)
def test_what_a_role_may(connect, role, statement):
    with connect(role) as connection, connection.begin() as transaction:
        connection.execute(sa.text(statement))
        transaction.rollback()


def test_each_role_is_itself(connect):
    for role in ("reader", "web", "worker", "owner"):
        with connect(role) as connection:
            assert connection.execute(sa.text("SELECT current_user")).scalar() == f"emis_{role}"


def test_no_role_can_sign_in_by_itself(connect):
    with connect("worker") as connection:
        names = connection.execute(
            sa.text(
                "SELECT rolname FROM pg_roles WHERE rolcanlogin"
                " AND rolname IN ('emis_owner', 'emis_worker', 'emis_web', 'emis_reader')"
            )
        )
        assert names.all() == []
