"""Rules for a facility return: counts, contradictions, the host's part, the place."""

from processing.db.queries.geo import distance_m_sql
from processing.validate.catalogue import rule
from processing.validate.fragments import added

COUNT_PATHS = {
    "rooms_classrooms": "rooms/classrooms",
    "rooms_classrooms_usable": "rooms/classrooms_usable",
    "rooms_classrooms_used_in_session": "rooms/classrooms_used_in_session",
    "sanitation_toilets": "sanitation/toilets",
    "sanitation_girls_usable": "sanitation/girls_usable",
    "sanitation_boys_usable": "sanitation/boys_usable",
    "sanitation_common_usable": "sanitation/common_usable",
    "ict_computers_pupils": "ict/computers_pupils",
}
USABLE = "sanitation_girls_usable sanitation_boys_usable sanitation_common_usable"
USABLE_SUM = added(*[f"f.{column}" for column in USABLE.split()])


@rule("facility_return", facility="rooms_classrooms sanitation_toilets")
def facility_counts_are_possible() -> str:
    """No count is negative, broken, or larger than any school."""
    listed = ", ".join(f"('{path}', f.{column})" for column, path in COUNT_PATHS.items())
    return f"""
    SELECT f.form_key, f.instance_id, '/' || v.field AS subject,
      jsonb_build_object('field', v.field, 'value', v.value,
        'limit', CAST(:count_max AS integer)) AS arguments
    FROM facility f, LATERAL (VALUES {listed}) AS v(field, value)
    WHERE v.value < 0 OR v.value > :count_max OR v.value <> trunc(v.value)
    """


@rule(
    "facility_return",
    facility=f"rooms_classrooms rooms_classrooms_usable sanitation_toilets {USABLE}",
)
def usable_within_total() -> str:
    """Usable rooms and toilets are some of those that there are."""
    return f"""
    SELECT f.form_key, f.instance_id, '/' || v.field AS subject,
      jsonb_build_object('field', v.field, 'usable', v.usable, 'total', v.total) AS arguments
    FROM facility f, LATERAL (VALUES
      ('rooms/classrooms_usable', f.rooms_classrooms_usable, f.rooms_classrooms),
      ('sanitation/toilets', {USABLE_SUM}, f.sanitation_toilets)
    ) AS v(field, usable, total)
    WHERE v.usable > v.total
    """


@rule("facility_return", facility="sanitation_toilet_type sanitation_toilets")
def toilets_fit_their_type() -> str:
    """A school without toilets is true; toilets without a type, or a type without any, are not."""
    return """
    SELECT f.form_key, f.instance_id, '/sanitation/toilets' AS subject,
      jsonb_build_object('type', f.sanitation_toilet_type, 'toilets', f.sanitation_toilets)
        AS arguments
    FROM facility f
    WHERE (f.sanitation_toilet_type = 'none') <> (f.sanitation_toilets = 0)
    """


@rule("facility_return", facility="water_source water_available")
def water_fits_its_source() -> str:
    """Nothing comes from no source."""
    return """
    SELECT f.form_key, f.instance_id, '/water/available' AS subject, '{}'::jsonb AS arguments
    FROM facility f WHERE f.water_source = 'none' AND f.water_available = 'yes'
    """


@rule("facility_return", facility="power_sources power_in_lessons")
def power_fits_its_source() -> str:
    """No source excludes every other source, and power in lessons."""
    return """
    SELECT f.form_key, f.instance_id, '/power/sources' AS subject,
      jsonb_build_object('sources', array_to_string(f.power_sources, ' ')) AS arguments
    FROM facility f
    WHERE 'none' = ANY(f.power_sources)
      AND (cardinality(f.power_sources) > 1 OR f.power_in_lessons = 'yes')
    """


@rule("facility_return", facility=USABLE)
def girls_have_their_own_toilet() -> str:
    """Asked where there are toilets to share out; a school without any is another matter."""
    return f"""
    SELECT f.form_key, f.instance_id, '/sanitation/girls_usable' AS subject,
      jsonb_build_object('toilets', {USABLE_SUM}) AS arguments
    FROM facility f JOIN emis.school s ON s.school_code = f.school_code
    WHERE s.sex_code IN ('mixed', 'girls') AND s.level_code <> 'kindergarten'
      AND f.sanitation_girls_usable = 0 AND {USABLE_SUM} > 0
    """


@rule("facility_return", facility=USABLE)
def pupils_per_toilet_plausible() -> str:
    """By the registry's pupils of last year; none where the school has no toilet."""
    return f"""
    SELECT f.form_key, f.instance_id, '/sanitation/toilets' AS subject,
      jsonb_build_object('toilets', {USABLE_SUM}, 'pupils', s.pupil_count_last_year) AS arguments
    FROM facility f JOIN emis.school s ON s.school_code = f.school_code
    WHERE {USABLE_SUM} > 0 AND s.pupil_count_last_year > {USABLE_SUM} * :pupils_per_toilet_max
    """


@rule("facility_return", facility="water_source sanitation_toilet_type rooms_classrooms")
def facilities_belong_to_host() -> str:
    """The form asks a guest nothing about the building: an answer means another role or school."""
    return """
    SELECT f.form_key, f.instance_id, '/identification/building_role' AS subject,
      jsonb_build_object('building', s.building_code) AS arguments
    FROM facility f JOIN emis.school s ON s.school_code = f.school_code
    WHERE s.building_role_code = 'guest'
      AND (f.water_source IS NOT NULL OR f.sanitation_toilet_type IS NOT NULL
        OR f.rooms_classrooms IS NOT NULL)
    """


@rule("facility_return", facility="building_confirmed")
def guest_confirms_the_building() -> str:
    """A dispute between host and guest goes to the directorate; the host's answer stands."""
    return """
    SELECT f.form_key, f.instance_id, '/building_confirmed' AS subject,
      jsonb_build_object('building', s.building_code) AS arguments
    FROM facility f JOIN emis.school s ON s.school_code = f.school_code
    WHERE f.building_confirmed = 'no' AND s.building_role_code = 'guest'
    """


@rule("facility_return", facility="location_gps_latitude location_gps_longitude")
def gps_near_registered_place() -> str:
    """The tablet's own accuracy is added to what is allowed."""
    metres = distance_m_sql(
        "b.latitude", "b.longitude", "f.location_gps_latitude", "f.location_gps_longitude"
    )
    return f"""
    SELECT f.form_key, f.instance_id, '/location/gps' AS subject,
      jsonb_build_object('distance_m', round(v.distance_m)) AS arguments
    FROM facility f
    JOIN emis.school s ON s.school_code = f.school_code
    JOIN emis.building b ON b.building_code = s.building_code,
    LATERAL (SELECT {metres} AS distance_m) AS v
    WHERE v.distance_m > :gps_distance_m_max + coalesce(f.location_gps_accuracy, 0)
    """
