"""Plans: names and places for any form."""

from processing.land.plan import Placement, plan_form
from tests.land.factories import fields


def names(plan):
    return {
        table.name: [column.name for item in table.fields for column in item.columns]
        for table in plan.tables
    }


def plan(text, placed=None, taken=(), form_id="small"):
    return plan_form(form_id, fields(text), placed or {}, taken)


def test_groups_name_columns_and_repeats_make_tables():
    text = """
        /a structure
        /a/age int
        /kids repeat
        /kids/name string
        /kids/toys repeat
        /kids/toys/toy string
        /place geopoint
    """
    assert names(plan(text)) == {
        "small": ["a_age", "place_latitude", "place_longitude", "place_altitude", "place_accuracy"],
        "small_kids": ["name"],
        "small_kids_toys": ["toy"],
    }


def test_names_that_fall_together_are_told_apart():
    [columns] = names(plan("/a_b string\n/a/b string\n/A_B string")).values()
    assert columns[0] == "a_b"
    assert len(set(columns)) == 3


def test_the_columns_of_a_point_do_not_take_anothers_name():
    [columns] = names(plan("/p_latitude int\n/p geopoint")).values()
    assert len(columns) == len(set(columns)) == 5


def test_a_point_shares_its_name_with_a_question_that_has_other_columns():
    [columns] = names(plan("/a_b string\n/a/b geopoint")).values()
    assert columns == ["a_b", "a_b_latitude", "a_b_longitude", "a_b_altitude", "a_b_accuracy"]


def test_names_fit_postgresql_whatever_their_length_and_script():
    long = "x" * 200
    arabic = "عدد_التلاميذ_" * 20
    text = f"/{long} string\n/{long}y string\n/{arabic} int\n/select int\n/__id string"
    [columns] = names(plan(text)).values()
    assert all(len(name.encode()) <= 63 for name in columns)
    assert len(set(columns)) == 5
    assert not any(name.startswith("_") for name in columns)


def test_a_form_does_not_take_another_forms_table():
    assert plan("/q int", taken=["small"]).root.name != "small"


def test_a_field_keeps_its_place():
    placed = {"": Placement("small", ()), "/q": Placement("small__2", ("old_name",))}
    [item] = plan("/q int", placed).root.fields
    assert (item.table, item.columns[0].name) == ("small__2", "old_name")


def test_two_thousand_text_questions_go_to_side_tables():
    root = plan("\n".join(f"/q{i} string" for i in range(2000))).root
    sizes = [len(root.fields_in(part)) for part in root.parts]
    assert root.parts[:2] == ("small", "small__2")
    assert sum(sizes) == 2000
    assert max(sizes) * 36 <= 7000
