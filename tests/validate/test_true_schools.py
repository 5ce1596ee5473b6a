"""Twenty true schools that look false. Each passes every blocking rule and keeps its figures.

What is odd about each stands beside it; a warning may ask, nothing may refuse.
"""

from processing.normalize import normalize_slices
from processing.validate import validate_slices
from tests.warehouse.builder import NOW
from tests.warehouse.tables import parse_table

# school, then registry columns, then its whole census in one grade or more (below), and why.
SCHOOLS = """
    school | level_code   | grades | sex_code | session_code | building_code | building_role_code | ministry_code | ownership_code | locality_code | pupil_count_last_year | oddity
    T01    | primary      | 1..6   | mixed    | morning      | BA            | host               | federal       | government     | urban         | 400 | hosts three shifts
    T02    | primary      | 1..6   | boys     | noon         | BA            | guest              | federal       | government     | urban         | 380 | guest of the second shift
    T03    | intermediate | 7..9   | boys     | evening      | BA            | guest              | federal       | government     | urban         | 90  | guest of the third shift
    T04    | primary      | 1..6   | mixed    | morning      | BD            | host               | federal       | government     | rural         | 60  | no toilet at all
    T05    | primary      | 1..6   | mixed    | morning      | BE            | host               | federal       | government     | rural         | 9   | a grade of one pupil
    T06    | primary      | 1..6   | boys     | morning      | BF            | host               | federal       | government     | rural         | 80  | girls in a rural boys' school
    T07    | primary      | 1..9   | mixed    | morning      | BG            | host               | federal       | government     | rural         | 150 | grades 7 to 9 attached
    T08    | intermediate | 7..9   | girls    | evening      | BH            | host               | federal       | government     | urban         | 100 | women up to 25
    T09    | basic        | 1..9   | mixed    | morning      | BI            | host               | krg           | government     | urban         | 500 | basic school of the Region
    T10    | primary      | 1..6   | mixed    | morning      | BJ            | host               | federal       | government     | rural         | 700 | camp, doubled in a year
    T11    | primary      | 1..6   | mixed    | morning      | BK            | host               | federal       | government     | urban         | 300 | representation in another governorate
    T12    | primary      | 1..6   | mixed    | morning      | BL            | host               | federal       | government     | rural         | 20  | combined classes
    T13    | primary      | 1..6   | mixed    | morning      | BM            | host               | federal       | government     | rural         | 12  | one teacher, one section for all
    T14    | kindergarten | -1..0  | mixed    | morning      | BN            | host               | federal       | private        | urban         | 70  | half a kindergarten is new
    T15    | preparatory  | 10..12 | girls    | morning      | BO            | host               | federal       | government     | urban         | 260 | no repeaters at all
    T16    | primary      | 1..6   | girls    | morning      | BP            | host               | federal       | government     | urban         | 0   | opened this year, grade 1 alone
    T17    | primary      | 1..6   | mixed    | morning      | BQ            | host               | federal       | government     | urban         | 900 | eighty to a section
    T18    | primary      | 1..6   | mixed    | morning      | BR            | host               | federal       | religious      | urban         | 40  | nobody's year of birth is known
    T19    | institute    | 10..14 | mixed    | morning      | BS            | host               | federal       | government     | urban         | 120 | grades 13 and 14
    T20    | primary      | 1..6   | mixed    | morning      | BT            | host               | federal       | government     | rural         | 50  | lost all pupils but three to displacement
"""  # noqa: E501

CENSUS = """
    school | grade | girls_age_0 | girls_age_2 | girls_age_6 | girls_age_unknown | girls | boys_age_0 | boys | girls_repeaters | entrants_girls_age_0 | entrants_girls_age_2 | girls_new | entrants_boys_age_0 | boys_new | flow_girls_transferred_in | flow_boys_transferred_in | sections | combined
    T01    | 1     | 200 |   |    |   | 200 | 200 | 200 |    | 200 |   |    | 200 |    |    |    | 6 | no
    T02    | 1     |     |   |    |   |     | 380 | 380 |    |     |   |    | 380 |    |    |    | 8 | no
    T03    | 7     |     |   |    |   |     | 90  | 90  |    |     |   |    |     | 90 |    |    | 2 | no
    T04    | 2     | 30  |   |    |   | 30  | 30  | 30  |    |     |   |    |     |    |    |    | 2 | no
    T05    | 4     | 1   |   |    |   | 1   | 0   | 0   |    |     |   |    |     |    |    |    | 1 | no
    T06    | 3     | 9   |   |    |   | 9   | 70  | 70  |    |     |   |    |     |    |    |    | 2 | no
    T07    | 7     | 12  |   |    |   | 12  | 10  | 10  |    |     |   | 12 |     | 10 |    |    | 1 | no
    T08    | 9     |     | 5 | 95 |   | 100 |     |     | 40 |     |   |    |     |    |    |    | 3 | no
    T09    | 9     | 30  |   |    |   | 30  | 28  | 28  |    |     |   |    |     |    |    |    | 2 | no
    T10    | 1     | 700 |   |    |   | 700 | 700 | 700 |    | 100 |   |    | 100 |    | 600 | 600 | 30 | no
    T11    | 5     | 150 |   |    |   | 150 | 160 | 160 |    |     |   |    |     |    |    |    | 8 | no
    T12    | 5     | 6   |   |    |   | 6   | 4   | 4   |    |     |   |    |     |    |    |    | 1 | yes
    T12    | 6     | 5   |   |    |   | 5   | 3   | 3   |    |     |   |    |     |    |    |    | 0 | yes
    T13    | 1     | 2   |   |    |   | 2   | 4   | 4   |    | 2   |   |    | 4   |    |    |    | 1 | yes
    T13    | 2     | 3   |   |    |   | 3   | 3   | 3   |    |     |   |    |     |    |    |    | 0 | yes
    T14    | -1    | 20  |   |    |   | 20  | 18  | 18  |    |     |   | 20 |     | 18 |    |    | 2 | no
    T14    | 0     | 15  |   |    |   | 15  | 20  | 20  |    |     |   |    |     |    |    |    | 2 | no
    T15    | 12    | 250 |   |    |   | 250 |     |     | 0  |     |   |    |     |    |    |    | 7 | no
    T16    | 1     | 90  |   |    |   | 90  |     |     |    | 90  |   |    |     |    |    |    | 2 | no
    T17    | 6     | 480 |   |    |   | 480 | 480 | 480 | 20 |     |   |    |     |    |    |    | 12 | no
    T18    | 4     |     |   |    | 40 | 40 | 0   | 0   |    |     |   |    |     |    |    |    | 1 | no
    T19    | 14    | 60  |   |    |   | 60  | 50  | 50  |    |     |   |    |     |    |    |    | 4 | no
    T20    | 6     | 1   |   |    |   | 1   | 2   | 2   |    |     |   |    |     |    |    |    | 1 | no
"""  # noqa: E501

FACILITIES = """
    school | rooms_classrooms | rooms_classrooms_usable | rooms_classrooms_used_in_session | water_source | water_available | sanitation_toilet_type | sanitation_toilets | sanitation_girls_usable | sanitation_boys_usable | sanitation_common_usable | power_sources | power_in_lessons | building_confirmed
    T01    | 12 | 10 | 10 | piped       | yes | flush | 8 | 4 | 4 | 0 | grid              | yes |
    T02    |    |    | 10 |             |     |       |   |   |   |   |                   |     | yes
    T03    |    |    | 4  |             |     |       |   |   |   |   |                   |     | no
    T04    | 2  | 2  | 2  | none        | no  | none  | 0 |   |   |   | none              | no  |
    T05    | 1  | 0  | 1  | surface     | yes | bucket| 1 | 0 | 0 | 1 | none              | no  |
    T10    | 30 | 30 | 30 | tanker_cart | no  | pit_with_slab | 20 | 10 | 10 | 0 | private_generator | no |
    T13    | 1  | 1  | 1  | rainwater   | yes | pit_without_slab | 1 | 0 | 0 | 1 | solar    | yes |
"""  # noqa: E501


def test_twenty_true_schools_break_no_blocking_rule(warehouse):
    oddities = {row["school"]: row["oddity"] for row in parse_table(SCHOOLS)}
    assert len(oddities) == 20
    warehouse.add_schools(_without_oddity(SCHOOLS))
    warehouse.send_census(CENSUS, identification_has_other_sex="yes")
    warehouse.send_facility(FACILITIES)
    slices = warehouse.all_slices()
    validate_slices(warehouse.connection, slices, NOW)
    refused = warehouse.run(
        "SELECT school_code, rule, arguments FROM quality.issue WHERE severity = 'blocking'"
    )
    assert [(oddities[row.school_code], row.rule, row.arguments) for row in refused] == []
    normalize_slices(warehouse.connection, slices, NOW)
    counted = warehouse.run("SELECT DISTINCT school_code FROM emis.enrolment")
    assert {row.school_code for row in counted} == set(oddities)


def _without_oddity(table: str) -> str:
    return "\n".join(line.rpartition("|")[0] for line in table.strip().splitlines())
