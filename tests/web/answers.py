"""What the census returns of the small country say: the real form, its answers in `survey`."""

import sqlalchemy as sa

from bridge.changes import FormKey, FormSchema, FormVersion
from bridge.compile import convert_form
from bridge.xform_model import read_model
from config.forms import load_catalogue
from processing.land.schema import prepare_form
from tests.web.factories import NOW, ROUND, insert

GIRLS = {1: 20, 2: 22}
"""Grade -> girls of the intended age; three more are a year older, one repeats."""
REMARK = '<script>alert(1)</script> & "ملاحظة"'
HEAD = "سعاد <حسن>"


def add_census(connection: sa.Connection) -> int:
    """The key of the form."""
    xform = convert_form(load_catalogue()["school_census"].xlsx)
    version = FormVersion("2026-1", "h", None, xform)
    key = FormKey("central", 1, "school_census", NOW.isoformat())
    schema = FormSchema(key, "c", "open", version, read_model(xform).fields(), ())
    form_key = prepare_form(connection, schema, NOW).form_key
    for instance_id in ("uuid:0", "uuid:1"):
        _add_answers(connection, form_key, instance_id)
    return form_key


def _add_answers(connection: sa.Connection, form_key: int, instance_id: str) -> None:
    place = {"form_key": form_key, "instance_id": instance_id}
    insert(
        connection, "survey.school_census", **place, _submission_date=NOW, _school_code="S1",
        _period=ROUND, declaration_head_name=HEAD, declaration_remarks=REMARK,
        declaration_confirmed="OK", special_special_groups=["none"],
        identification_as_of_en="as of 1 November 2026",
    )  # fmt: skip
    for number, (grade, girls) in enumerate(GIRLS.items(), start=1):
        insert(
            connection, "survey.school_census_grades", **place, _row_number=number,
            _parent_row_number=0, _position=number, grade=grade, grade_en=f"Grade {grade}",
            grade_ar=f"الصف {grade}", girls_age_0=girls, girls_age_1=3, flow_girls_repeaters=1,
            classes_sections=1,
        )  # fmt: skip
