"""School updates and a conflict for the pages, beside the country of `factories`.

    update  | school                          | sent   | review state
    S2      | renamed, in another session     | photo  |
    N1      | new, in Karkh (GD-A's district) |        | approved at Central
    S4      | closed, from a day to come      |        |
    S1      | has another head                |        |

In the list `schools` the tablet of S1 and somebody else have both changed its sex and its name.
"""

import json
from datetime import date, timedelta

import sqlalchemy as sa

from tests.web.factories import NOW, insert

OPENING = {
    "identification_district": "IQG08Q01",
    "naming_new_name": "مدرسة الأمل الجديدة",
    "naming_new_name_en": "New Hope",
    "new_school_ministry": "federal",
    "new_school_level": "primary",
    "new_school_sex": "girls",
    "new_school_ownership": "government",
    "new_school_language": "ar",
    "new_school_lowest_grade": "1",
    "new_school_highest_grade": "6",
    "building_now_session_now": "morning",
    "building_now_building_role": "host",
    "location_gps_latitude": 33.31,
    "location_gps_longitude": 44.31,
}
ENTITY = "11111111-1111-4111-8111-111111111111"
EDITED = "22222222-2222-4222-8222-222222222222"
PERSON = "33333333-3333-4333-8333-333333333333"
HEADED = "44444444-4444-4444-8444-444444444444"
PHOTO = "ab" * 32


def add_updates(connection: sa.Connection) -> dict[str, int]:
    """School or code -> the number of its update."""
    form_key = connection.execute(
        sa.text("""
            INSERT INTO raw.form (central, project, form_id, form_created_at, name,
                                  current_version, first_seen_at)
            VALUES ('central', 1, 'school_update', :now, 'update', '1', :now)
            RETURNING form_key"""),
        {"now": NOW},
    ).scalar_one()
    renamed = {
        "naming_new_name": "مدرسة دجلة",
        "building_now_session_now": "evening",
        "order_order_number": "123",
    }
    found = {
        "S2": _add(connection, form_key, "S2", ["renamed", "session"], renamed, photo="o.jpg"),
        "N1": _add(connection, form_key, "N1", ["opened"], OPENING, "approved"),
        "S4": _add(connection, form_key, "S4", ["closed"], {"closing_closing_reason": "merged"},
                   since=NOW.date() + timedelta(days=20)),
        "S1": _add(connection, form_key, "S1", ["head"], {"new_head_new_head_name": "هدى"}),
    }  # fmt: skip
    insert(
        connection, "raw.attachment", form_key=form_key, instance_id="uuid:update-S2",
        version_id="v-S2", name="o.jpg", is_present=True, sha256=PHOTO, media_type="image/jpeg",
    )  # fmt: skip
    return found


def _add(
    connection, form_key: int, school: str, kinds: list[str], answers: dict,
    review_state: str | None = None, photo: str | None = None, since: date = date(2026, 11, 1),
) -> int:  # fmt: skip
    place = {"form_key": form_key, "instance_id": f"uuid:update-{school}"}
    insert(
        connection, "raw.submission", **place, odata="{}", odata_sha256=b"",
        submission_date=NOW - timedelta(days=1), current_version_id=f"v-{school}",
        school_code=None if school == "N1" else school, period="updates-2026", landed_at=NOW,
        review_state=review_state,
    )  # fmt: skip
    insert(
        connection, "quality.school_update", **place, version_id=f"v-{school}",
        school_code=school, kinds=kinds, effective_date=since, answers=json.dumps(answers),
        sent_by="أحمد علي", photo_name=photo, received_at=NOW - timedelta(days=1),
    )  # fmt: skip
    return connection.execute(sa.text("SELECT max(update_id) FROM quality.school_update")).scalar()


def add_person_edit(connection: sa.Connection) -> int:
    """Somebody has changed the work of a person of S2 at Central; the key of the list `staff`."""
    list_key = connection.execute(
        sa.text("""
            INSERT INTO raw.entity_list (central, project, name, properties, first_seen_at)
            VALUES ('central', 1, 'staff', '{assignment_code,school_code,work}', :now)
            RETURNING list_key"""),
        {"now": NOW},
    ).scalar_one()
    first = {"assignment_code": "P7", "school_code": "S2", "work": "clerk"}
    _change(connection, list_key, PERSON, "هدى كريم", first, {"work": "guard"})
    return list_key


def add_edit(connection: sa.Connection, list_key: int) -> None:
    """Somebody has changed S2's sex and what was received of it at Central, without a conflict; its
    uuid is EDITED.
    """
    first = {"school_code": "S2", "sex": "boys", "received": "12 November"}
    insert(connection, "ops.own_account", central="central", project=1, actor_id=5, seen_at=NOW)
    _change(connection, list_key, EDITED, "S2", first, {"sex": "girls", "received": "by hand"})


def add_head_edit(connection: sa.Connection, list_key: int) -> None:
    """After `add_edit`: somebody has changed who heads S3 at Central; its uuid is HEADED."""
    first = {"school_code": "S3", "head_name": "هدى كريم"}
    _change(connection, list_key, HEADED, "S3", first, {"head_name": "سعاد حسن"})


def _change(connection, list_key: int, uuid: str, label: str, first: dict, change: dict) -> None:
    """An entity that we have made, and somebody else has changed at Central."""
    newest = first | change
    insert(
        connection, "raw.entity", list_key=list_key, uuid=uuid, version=2, label=label,
        data=json.dumps(newest), created_at=NOW, creator_id=5, landed_at=NOW,
    )  # fmt: skip
    for number, data, creator in ((1, first, 5), (2, newest, 9)):
        insert(
            connection, "raw.entity_version", list_key=list_key, uuid=uuid, version=number,
            label=label, data=json.dumps(data), data_received=json.dumps(data),
            base_version=number - 1 or None, creator_id=creator,
            version_created_at=NOW - timedelta(hours=4 - number), fetched_at=NOW,
        )  # fmt: skip
    insert(connection, "quality.entity_edit", list_key=list_key, uuid=uuid, found_at=NOW)


def add_conflict(connection: sa.Connection) -> int:
    """The key of the list in which S1 is in conflict; its uuid is ENTITY."""
    list_key = connection.execute(
        sa.text("""
            INSERT INTO raw.entity_list (central, project, name, properties, first_seen_at)
            VALUES ('central', 1, 'schools', '{school_code,sex,level}', :now)
            RETURNING list_key"""),
        {"now": NOW},
    ).scalar_one()
    first = {"school_code": "S1", "sex": "girls", "level": "primary"}
    newest = first | {"sex": "boys"}
    insert(
        connection, "raw.entity", list_key=list_key, uuid=ENTITY, version=3, label="مدرسة الفرات",
        data=json.dumps(newest), created_at=NOW, creator_id=7, conflict="hard", landed_at=NOW,
    )  # fmt: skip
    for number, label, data, received, base, conflict, creator in (
        (1, "مدرسة الأمل للبنات", first, first, None, None, 5),
        (2, "مدرسة دجلة", first | {"sex": "mixed"}, {"sex": "mixed"}, 1, None, 5),
        (3, "مدرسة الفرات", newest, {"sex": "boys", "label": "مدرسة الفرات"}, 1, "hard", 7),
    ):
        insert(
            connection, "raw.entity_version", list_key=list_key, uuid=ENTITY, version=number,
            label=label, data=json.dumps(data), data_received=json.dumps(received),
            base_version=base, conflict=conflict, conflicting_properties=["sex"],
            creator_id=creator,
            version_created_at=NOW - timedelta(hours=4 - number), fetched_at=NOW,
        )  # fmt: skip
    insert(
        connection, "ops.device", central="central", project=1, holder_kind="school",
        holder_code="S1", serial=1, tablet="S1", actor_id=7, ordered_at=NOW,
    )  # fmt: skip
    return list_key
