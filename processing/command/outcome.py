"""The outcome of a simulated survey: what was sent against what the warehouse says.

Every line of the summary compares two counts that come from different ends of the data path; the
run agrees if all do.
"""

from dataclasses import dataclass

from rich.text import Text

from bridge.compile import compile_form
from bridge.simulation.faults import FaultPlan
from bridge.simulation.lists import default_rounds
from bridge.simulation.registry import make_registry
from bridge.simulation.send import SimulationSummary
from bridge.simulation.survey import Survey
from config.forms import load_catalogue
from config.rules import load_rules
from config.settings import Settings
from config.words import counted
from processing.command.context import console, make_table, worker_connection
from processing.command.survey import SCHOOL_YEAR
from processing.db.queries import summary as queries


@dataclass(frozen=True)
class Line:
    """One comparison. `expected` comes from the simulation, `found` from the warehouse."""

    subject: str
    expected: int
    found: int

    @property
    def agrees(self) -> bool:
        return self.expected == self.found


def compare(settings: Settings, sent: SimulationSummary, pupils: dict[str, int]) -> list[Line]:
    """Every comparison. pupils: by school, of the censuses that carry no fault."""
    with worker_connection(settings) as connection:
        landed = queries.count_landed(connection, settings.central_key, settings.central_project)
        found = sent.plan.found(queries.list_issue_pairs(connection))
        totals = queries.list_enrolment_totals(connection, SCHOOL_YEAR)
        nation = queries.find_pupils_in_nation(connection, SCHOOL_YEAR)
        results = queries.count_results(connection, SCHOOL_YEAR)
        returns = queries.count_returns(connection, SCHOOL_YEAR)
    lines = []
    for form_id, count in sent.acknowledged.items():
        row = landed.get(form_id)
        lines.append(Line(f"{form_id} landed", count, row.live if row else 0))
        lines.append(Line(f"{form_id} verified against its XML", count, row.verified if row else 0))
    for kind, count in sent.planted.items():
        lines.append(Line(f"planted fault found: {kind}", count, found[kind]))
    kept = sum(totals.get(school, 0) for school in pupils)
    lines.append(Line("pupils of faultless censuses", sum(pupils.values()), kept))
    lines.append(Line("pupils in the nation's enrolment", sum(totals.values()), nation or 0))
    for form_id in sent.acknowledged:
        expected = results.schools - len(_schools_kept_out(sent.plan, form_id))
        lines.append(Line(f"schools covered by {form_id}", expected, returns.get(form_id, 0)))
    return lines


def expected_pupils(schools: int, seed: int, plan: FaultPlan) -> dict[str, int]:
    """Pupils by school, of the schools whose census carries no fault, as the form adds them up."""
    form_id = "school_census"
    xform = compile_form(load_catalogue()[form_id].xlsx).xform
    rounds = default_rounds(SCHOOL_YEAR)
    survey = Survey(make_registry(schools, seed), seed, rounds, {form_id: xform})
    faulty = {fault.school_code for fault in plan.faults if fault.form_id == form_id}
    return {
        submission.school.school_code: int(survey.fill(submission)["totals"]["pupils"])
        for submission in survey.submissions()
        if submission.school.school_code not in faulty
    }


def exit_code(lines: list[Line]) -> int:
    """0 only if every count agrees."""
    return 0 if all(line.agrees for line in lines) else 1


def _schools_kept_out(plan: FaultPlan, form_id: str) -> set[str]:
    """Schools whose only return of a form carries a fault that keeps it out of all figures."""
    rules = load_rules()
    return {
        fault.school_code
        for fault in plan.faults
        if fault.form_id == form_id and rules[fault.rule].severity == "blocking"
    }


def print_outcome(settings: Settings, lines: list[Line], seconds: dict[str, float]) -> None:
    """The summary, with the seconds of each part and the work of each stage."""
    table = make_table("", "sent", "here", "")
    for line in lines:
        mark = Text("agrees", "green") if line.agrees else Text("DIFFERS", "bold red")
        table.add_row(line.subject, f"{line.expected:,}", f"{line.found:,}", mark)
    console.print(table)
    with worker_connection(settings) as connection:
        results = queries.count_results(connection, SCHOOL_YEAR)
        stages = queries.list_stage_seconds(connection)
    console.print(
        f"Issues open: {results.issues:,}.  Schools covered: {results.covered:,} of"
        f" {results.schools:,}.  Indicators: {results.indicators} with"
        f" {counted(results.indicator_values, 'value')}."
    )
    shown = make_table("part", "seconds")
    for name, value in seconds.items():
        shown.add_row(name, f"{value:.1f}")
    for row in stages:
        shown.add_row(f"stage {row.stage} ({counted(row.runs, 'run')})", f"{row.seconds:.1f}")
    console.print(shown)
