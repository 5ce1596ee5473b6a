"""SDG 4.a.1: schools with a service, over schools that are answered for.

Facilities belong to the building: every school in it gets its services. A service that was not
answered, or answered with an unknown code, leaves the school out of both numbers.
"""

from config.codes import read_codes
from processing.indicators.catalogue import indicator
from processing.indicators.fragments import by_level_taught

DUE_FACILITIES = """
  FROM school_now s
  JOIN emis.facility f ON f.building_code = s.building_code AND f.school_year = :school_year
  WHERE s.is_due"""


def codes_sql(code_list: str, is_improved: bool) -> str:
    """SQL: the codes of a list that count as improved (JMP), or those that do not."""
    word = "yes" if is_improved else "no"
    codes = [code.code for code in read_codes(code_list) if code.extra["is_improved"] == word]
    return "(" + ", ".join(f"'{code}'" for code in codes) + ")"


def schools_with(test: str) -> str:
    """test: SQL that is true, false, or null where it is not known."""
    known = f"{DUE_FACILITIES} AND ({test}) IS NOT NULL"
    return by_level_taught(f"({test})::integer", "1", known)


@indicator
def basic_water() -> str:
    """Improved source, and water from it available. JMP counts packaged and delivered water."""
    return schools_with(f"""CASE
      WHEN f.water_source_code IN {codes_sql("water_source", False)} THEN false
      WHEN f.water_source_code IN {codes_sql("water_source", True)} THEN f.is_water_available
    END""")


@indicator
def basic_sanitation() -> str:
    """Improved, usable and single-sex.

    | school       | needs usable                |
    |--------------|-----------------------------|
    | kindergarten | any: exempt from single-sex |
    | mixed        | one for girls, one for boys |
    | girls, boys  | one for its own sex         |
    """
    usable = """f.toilet_girls_usable_count + f.toilet_boys_usable_count
          + f.toilet_common_usable_count > 0"""
    return schools_with(f"""CASE
      WHEN f.toilet_type_code IN {codes_sql("toilet_type", False)} THEN false
      WHEN f.toilet_type_code IN {codes_sql("toilet_type", True)} THEN CASE
        WHEN s.level_code = 'kindergarten' THEN {usable}
        WHEN s.sex_code = 'girls' THEN f.toilet_girls_usable_count > 0
        WHEN s.sex_code = 'boys' THEN f.toilet_boys_usable_count > 0
        ELSE f.toilet_girls_usable_count > 0 AND f.toilet_boys_usable_count > 0 END
    END""")


@indicator
def basic_handwashing() -> str:
    """Somewhere to wash hands, with soap and water."""
    return schools_with("""CASE
      WHEN NOT f.has_handwashing THEN false
      WHEN f.has_handwashing THEN f.soap_water_code = 'both'
    END""")


@indicator
def electricity() -> str:
    """Any source, regularly and readily available during lessons."""
    return schools_with("""CASE
      WHEN f.power_source_codes = ARRAY['none'] THEN false
      WHEN cardinality(f.power_source_codes) > 0 THEN f.is_power_available_in_lessons
    END""")


@indicator
def internet() -> str:
    """For teaching and learning, within pupils' reach: the office alone is a no."""
    return schools_with("""CASE
      WHEN f.internet_code = 'teaching' THEN true
      WHEN f.internet_code IN ('office_only', 'none') THEN false
    END""")


@indicator
def computers() -> str:
    """At least one that pupils use."""
    return schools_with("f.computer_pupil_count > 0")


@indicator
def adapted_infrastructure() -> str:
    """Built environment and materials, both."""
    return schools_with("f.has_ramp AND f.has_accessible_toilet AND f.has_adapted_materials")
