"""What a return says, as rows of the warehouse: one SELECT a table of facts.

Each reads `return_now` (the returns that count) and one source of `processing.db.queries.returns`.
A value that cannot be a count at all (negative, beyond any school) is read as not answered; the
rule `counts_are_possible` has asked about it.
"""

from processing.db.queries.returns import AGE_BANDS, ENTRANT_BANDS, SEX_WORDS

COUNT_CEILING = 1_000_000
# More than any answer can mean, and small enough that no sum of a grade passes integer.

INTENDED_AGE_OF_GRADE_0 = 5
# Years, reached on 31 December of the year in which the school year begins: the law admits who
# completes six by then to grade 1 (Law 118/1976). Intended age of grade g = 5 + g.

# Years from the intended age, as the bands of the form: code -> (from, to).
BAND_OFFSETS = {
    "m2": ("NULL", "-2"),
    "m1": ("-1", "-1"),
    **{str(years): (str(years), str(years)) for years in range(6)},
    "6": ("6", "NULL"),
    "unknown": ("NULL", "NULL"),
}


def count_sql(value: str) -> str:
    """SQL: the value as a count, NULL where it cannot be one."""
    return f"(CASE WHEN {value} BETWEEN 0 AND {COUNT_CEILING} THEN trunc({value})::integer END)"


def yes_no_sql(value: str) -> str:
    """SQL: yes and no as a boolean, NULL where not answered."""
    return f"(CASE {value} WHEN 'yes' THEN true WHEN 'no' THEN false END)"


def _sum(names: list[str]) -> str:
    """SQL: the sum of counts, NULL where none of them was answered."""
    known = ", ".join(count_sql(name) for name in names)
    total = " + ".join(f"coalesce({count_sql(name)}, 0)" for name in names)
    return f"(CASE WHEN coalesce({known}) IS NOT NULL THEN {total} END)"


def _enrolment_rows(code: str, word: str) -> str:
    ages = _sum([f"g.{word}_age_{band}" for band in AGE_BANDS])
    new = [f"g.entrants_{word}_age_{band}" for band in ENTRANT_BANDS] + [f"g.flow_{word}_new"]
    flows = (f"g.flow_{word}_{flow}" for flow in ("repeaters", "transferred_in", "returners"))
    return f"""SELECT '{code}' AS sex_code,
      coalesce({ages}, {count_sql(f"g.{word}_total")}) AS pupils, {_sum(new)} AS new_entrants,
      {", ".join(f"coalesce({count_sql(flow)}, 0) AS flow_{n}" for n, flow in enumerate(flows))}"""


def _band_row(code: str, word: str, band: str) -> str:
    first, last = BAND_OFFSETS[band]
    pupils = count_sql(f"g.{word}_age_{band}")
    new = count_sql(f"g.entrants_{word}_age_{band}") if band in ENTRANT_BANDS else "NULL::integer"
    return f"('{code}', 'age_{band}', {first}, {last}, coalesce({pupils}, 0), {new})"


def _band_rows() -> str:
    return ",\n    ".join(
        _band_row(code, word, band) for code, word in SEX_WORDS.items() for band in AGE_BANDS
    )


# A row without a grade counts nowhere; a grade that stands twice, and was waived, counts whole.
GRADES_FROM = """
FROM return_now r JOIN grade_row g USING (form_key, instance_id)"""
GRADES_WHERE = """
WHERE r.form_id = 'school_census' AND g.grade BETWEEN -2 AND 14"""

ENROLMENT_FACTS_SQL = f"""
(school_code, school_year, grade, sex_code, pupil_count, new_entrant_count, promoted_count,
  repeater_count, transferred_in_count, returner_count, form_key, instance_id)
SELECT r.school_code, r.school_year, g.grade::smallint, v.sex_code, sum(v.pupils),
  sum(v.new_entrants),
  sum(v.pupils - coalesce(v.new_entrants, 0) - v.flow_0 - v.flow_1 - v.flow_2),
  sum(v.flow_0), sum(v.flow_1), sum(v.flow_2), r.form_key, r.instance_id
{GRADES_FROM}, LATERAL (
  {" UNION ALL ".join(_enrolment_rows(*each) for each in SEX_WORDS.items())}
) v
{GRADES_WHERE} AND v.pupils IS NOT NULL
GROUP BY r.school_code, r.school_year, g.grade::smallint, v.sex_code, r.form_key, r.instance_id
"""

# Bands without pupils have no row: the enrolment of the grade says that it was answered.
AGE_FACTS_SQL = f"""
(school_code, school_year, grade, sex_code, age_band_code, age_from_years, age_to_years,
  pupil_count, new_entrant_count, form_key, instance_id)
SELECT r.school_code, r.school_year, g.grade::smallint, v.sex_code, v.band,
  g.grade::smallint + {INTENDED_AGE_OF_GRADE_0} + min(v.years_from),
  g.grade::smallint + {INTENDED_AGE_OF_GRADE_0} + min(v.years_to),
  sum(v.pupils), sum(v.new_entrants), r.form_key, r.instance_id
{GRADES_FROM}, LATERAL (
  VALUES {_band_rows()}
) AS v(sex_code, band, years_from, years_to, pupils, new_entrants)
{GRADES_WHERE} AND (v.pupils > 0 OR v.new_entrants > 0)
GROUP BY r.school_code, r.school_year, g.grade::smallint, v.sex_code, v.band, r.form_key,
  r.instance_id
"""

SECTION_FACTS_SQL = f"""
(school_code, school_year, grade, section_count, form_key, instance_id)
SELECT r.school_code, r.school_year, g.grade::smallint,
  sum({count_sql("g.classes_sections")}), r.form_key, r.instance_id
{GRADES_FROM}
{GRADES_WHERE} AND {count_sql("g.classes_sections")} IS NOT NULL
GROUP BY r.school_code, r.school_year, g.grade::smallint, r.form_key, r.instance_id
"""

# The registry, not the form, says who is host; of several hosts the newest answer stands.
FACILITY_FACTS_SQL = f"""
(building_code, school_year, answered_by_school_code, is_built_as_school, material_code,
  condition_code, classroom_count, classroom_usable_count,
  water_source_code, is_water_available, toilet_type_code, toilet_count,
  toilet_girls_usable_count, toilet_boys_usable_count, toilet_common_usable_count,
  has_handwashing, soap_water_code, power_source_codes, is_power_available_in_lessons,
  computer_pupil_count, internet_code, has_ramp, has_accessible_toilet, has_adapted_materials,
  latitude, longitude, accuracy_m, form_key, instance_id)
SELECT DISTINCT ON (t.building_code, t.school_year)
  t.building_code, t.school_year, r.school_code,
  {yes_no_sql("f.structure_built_as_school")}, f.structure_material, f.structure_condition,
  {count_sql("f.rooms_classrooms")}, {count_sql("f.rooms_classrooms_usable")},
  f.water_source, {yes_no_sql("f.water_available")},
  f.sanitation_toilet_type, {count_sql("f.sanitation_toilets")},
  {count_sql("f.sanitation_girls_usable")}, {count_sql("f.sanitation_boys_usable")},
  {count_sql("f.sanitation_common_usable")},
  {yes_no_sql("f.hygiene_handwashing")}, f.hygiene_soap_water,
  f.power_sources, {yes_no_sql("f.power_in_lessons")},
  {count_sql("f.ict_computers_pupils")}, f.ict_internet,
  {yes_no_sql("f.access_ramp")}, {yes_no_sql("f.access_accessible_toilet")},
  {yes_no_sql("f.access_adapted_materials")},
  CASE WHEN f.location_gps_latitude BETWEEN -90 AND 90 THEN f.location_gps_latitude END,
  CASE WHEN f.location_gps_longitude BETWEEN -180 AND 180 THEN f.location_gps_longitude END,
  f.location_gps_accuracy, r.form_key, r.instance_id
FROM return_now r
JOIN school_touched t USING (school_code, school_year)
JOIN facility f USING (form_key, instance_id)
WHERE r.form_id = 'facility_return' AND t.building_role_code = 'host'
ORDER BY t.building_code, t.school_year, r.received_at DESC, r.instance_id DESC
"""

SESSION_FACTS_SQL = f"""
(school_code, school_year, building_code, classroom_used_count, toilet_used_count, form_key,
  instance_id)
SELECT r.school_code, r.school_year, t.building_code,
  {count_sql("f.rooms_classrooms_used_in_session")}, {count_sql("f.rooms_toilets_used_in_session")},
  r.form_key, r.instance_id
FROM return_now r
JOIN school_touched t USING (school_code, school_year)
JOIN facility f USING (form_key, instance_id)
WHERE r.form_id = 'facility_return'
"""
