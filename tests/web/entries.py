"""What a department enters, in rows and in XML: a small form on textbooks, its round, its lists."""

import io
from datetime import date

import sqlalchemy as sa

from tests.web.factories import NOW, YEAR, insert, names

FORM, VERSION, ROUND = "textbook_return", "7", "2026-books"
PAGE = f"/entry/schools/S1/{ROUND}"
LATER, EARLIER = "2026-books-2", "2026-books-0"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
GOOD = {"source": "telephone", "given_by": "the head", "given_on": NOW.date().isoformat()}
XFORM = f"""
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Books</h:title><model>
<itext><translation lang="العربية (ar)" default="true()">
<text id="tap"><value form="image">jr://images/tap.png</value></text>
</translation><translation lang="English (en)"/></itext>
<instance><data id="{FORM}" version="{VERSION}"><identification><governorate/><district/><school/>
<round/></identification><books/><meta><instanceID/></meta></data></instance>
<instance id="schools" src="jr://file-csv/schools.csv"/>
<instance id="rounds" src="jr://file-csv/rounds.csv"/>
</model></h:head><h:body/></h:html>"""


def add_books(connection: sa.Connection) -> None:
    """The form at Central, three rounds of it (over, open, to come), and the lists of tablets."""
    add_form(connection)
    for code, opens, closes in (
        (EARLIER, date(2026, 9, 1), date(2026, 9, 30)),
        (ROUND, date(2026, 11, 1), date(2026, 11, 30)),
        (LATER, date(2027, 1, 1), date(2027, 1, 31)),
    ):
        insert(connection, "emis.round", round_code=code, form_id=FORM, ministry_code="federal",
               school_year=YEAR, reference_date=opens, opens_on=opens, due_on=closes,
               closes_on=closes, **names(f"كتب {code}", f"Books {code}"))  # fmt: skip
    schools = [{"school_code": code, "label": f"مدرسة {code}"} for code in ("S1", "S2", "S3", "S4")]
    rounds = [{"round_code": code, "label": code} for code in (EARLIER, ROUND, LATER)]
    add_list(connection, "schools", "school_code", schools)
    add_list(connection, "rounds", "round_code", rounds)


def add_form(connection: sa.Connection, project: int = 1, created_at=NOW) -> int:
    """Its key."""
    form_key = connection.execute(
        sa.text(
            "INSERT INTO raw.form (central, project, form_id, form_created_at, name,"
            " current_version, first_seen_at) VALUES ('central', :project, :form, :at, 'books',"
            " :version, :at) RETURNING form_key"
        ),
        {"project": project, "form": FORM, "version": VERSION, "at": created_at},
    ).scalar_one()
    for version in ("6", VERSION):
        insert(connection, "raw.form_version", form_key=form_key, version=version, xform=XFORM)
    return form_key


def add_list(connection: sa.Connection, name: str, key: str, rows: list[dict]) -> None:
    list_key = connection.execute(
        sa.text(
            "INSERT INTO raw.entity_list (central, project, name, properties, first_seen_at)"
            " VALUES ('central', 1, :name, :properties, :now) RETURNING list_key"
        ),
        {"name": name, "properties": [key], "now": NOW},
    ).scalar_one()
    for row in rows:
        insert(connection, "raw.entity", list_key=list_key, uuid=f"{name}-{row[key]}", version=3,
               label=row["label"], data=f'{{"{key}": "{row[key]}"}}', created_at=NOW,
               landed_at=NOW)  # fmt: skip


def filled(
    instance_id: str,
    school: str = "S1",
    round_code: str = ROUND,
    form: str = FORM,
    version: str = VERSION,
    meta: str = "",
    books: str = "12",
    end: str = "2026-11-23T12:00",
) -> bytes:
    """A submission as Web Forms makes one."""
    return (
        f'<data xmlns:orx="http://openrosa.org/xforms" id="{form}" version="{version}">'
        f"<identification><school>{school}</school><round>{round_code}</round></identification>"
        f"<books>{books}</books><end>{end}</end>"
        f"<orx:meta><orx:instanceID>{instance_id}</orx:instanceID>{meta}</orx:meta></data>"
    ).encode()


def parts(xml: bytes, token: str, *files, **changed) -> dict:
    """The fields of a request; files: (name of the part, file name, bytes)."""
    fields: dict = GOOD | changed | {"csrf_token": token}
    fields["xml_submission_file"] = (io.BytesIO(xml), "xml_submission_file", "text/xml")
    for part, name, content in files:
        fields.setdefault(part, []).append((io.BytesIO(content), name))
    return fields
