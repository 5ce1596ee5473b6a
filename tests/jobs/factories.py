"""Due work for tests: returns of the simulated survey, landed without a Central."""

import datetime as dt

import sqlalchemy as sa

from bridge.changes import FormField, FormKey, FormSchema, FormVersion, SchemaChanged
from bridge.compile import compile_form
from bridge.simulation.lists import default_rounds
from bridge.simulation.registry import make_registry
from bridge.simulation.survey import Survey
from bridge.xform import parse_xform
from config.forms import load_catalogue
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.land import land_changes
from tests.land.factories import pull, row

NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
YEAR = 2026
XF = "{http://www.w3.org/2002/xforms}"


def census_schema() -> FormSchema:
    """The census as Central would describe it, read from its XForm."""
    compiled = compile_form(load_catalogue()["school_census"].xlsx)
    root = parse_xform(compiled.xform)
    kinds = {bind.get("nodeset"): bind.get("type", "string") for bind in root.iter(f"{XF}bind")}
    repeats = {repeat.get("nodeset") for repeat in root.iter(f"{XF}repeat")}
    instance = root.find(f".//{XF}model/{XF}instance")[0]
    fields = tuple(_fields(instance, "", f"/{_name(instance)}", kinds, repeats))
    key = FormKey("sandbox", 1, "school_census", "2026-10-01T06:00:00.000Z")
    version = FormVersion(compiled.version, "hash", None, compiled.xform)
    return FormSchema(key, "School census", "open", version, fields, ())


def land_censuses(connection: sa.Connection, schools: int, seed: int = 7) -> list[str]:
    """Land the censuses of simulated schools; returns their codes. Their slices are due."""
    registry, rounds, schema = make_registry(schools, seed), default_rounds(YEAR), census_schema()
    load_catalogue_into(connection)
    replace_registry(
        connection, buildings=registry.buildings, schools=registry.schools, rounds=rounds, now=NOW
    )
    survey = Survey(registry, seed, rounds, {"school_census": schema.version.xform})
    rows = [_feed_row(survey, submission) for submission in survey.submissions()]
    land_changes(connection, [SchemaChanged(schema), *pull(*rows, form_key=schema.key)], NOW)
    return [school.school_code for school in registry.schools]


def _feed_row(survey: Survey, submission):
    filled = survey.fill(submission)
    return row(survey.instance_id(submission), **{k: v for k, v in filled.items() if k != "meta"})


def _fields(node, path, full, kinds, repeats):
    for child in node:
        if not isinstance(child.tag, str):
            continue
        here, there = f"{path}/{_name(child)}", f"{full}/{_name(child)}"
        if child.get("{http://openrosa.org/javarosa}template") is None and there in repeats:
            continue
        kind = "repeat" if there in repeats else "structure" if len(child) else kinds.get(there)
        yield FormField(here, _name(child), kind or "string")
        yield from _fields(child, here, there, kinds, repeats)


def _name(node) -> str:
    return node.tag.rpartition("}")[2]
