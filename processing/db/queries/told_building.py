"""What tablets are told of the building of a school `s`: parts of the statement of entity_rows.

A guest is told what the host of its building answered last; a host what it answered itself, there,
for a school year before the one that is asked now: a return that is edited or sent again must meet
the list that it was filled with. config.building_words puts it into words and codes.
"""

from processing.db.queries.rounds import HAS_OPENED, owes_sql


def in_yes_no(fact: str) -> str:
    return f"CASE {fact} WHEN true THEN 'yes' WHEN false THEN 'no' END"


TOLD_OF_BUILDING = f"""host.school_year AS host_year,
       {in_yes_no("host.is_built_as_school")} AS built_as_school, host.material_code AS material,
       host.condition_code AS condition, host.classroom_count AS classrooms,
       host.classroom_usable_count AS classrooms_usable, host.water_source_code AS water_source,
       {in_yes_no("host.is_water_available")} AS water_available,
       host.toilet_type_code AS toilet_type, host.toilet_count AS toilets,
       host.toilet_girls_usable_count AS toilets_girls,
       host.toilet_boys_usable_count AS toilets_boys,
       host.toilet_common_usable_count AS toilets_common,
       {in_yes_no("host.has_handwashing")} AS handwashing, host.soap_water_code AS soap_water,
       array_to_string(host.power_source_codes, ' ') AS power_sources,
       {in_yes_no("host.is_power_available_in_lessons")} AS power_in_lessons,
       host.computer_pupil_count AS computer_count, host.internet_code AS internet,
       {in_yes_no("host.has_ramp")} AS ramp,
       {in_yes_no("host.has_accessible_toilet")} AS accessible_toilet,
       {in_yes_no("host.has_adapted_materials")} AS adapted_materials"""

# Where no round has opened nothing is asked, and each year counts.
ITS_OWN_FROM_BEFORE = f"""f.answered_by_school_code = s.school_code
      AND (f.school_year >= (SELECT max(r.school_year) FROM emis.round r
        WHERE r.form_id = 'facility_return' AND {owes_sql("r", "s")}
          AND {HAS_OPENED})) IS NOT TRUE"""

HOST_ANSWERS_SQL = f"""
    SELECT f.* FROM emis.facility f
    WHERE f.building_code = s.building_code AND CASE s.building_role_code
      WHEN 'guest' THEN f.answered_by_school_code <> s.school_code
      ELSE {ITS_OWN_FROM_BEFORE} END
    ORDER BY f.school_year DESC LIMIT 1
"""
