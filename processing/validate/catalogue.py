"""The register of rules: which functions there are, and what each needs to read.

A rule is a function that returns one SELECT of what breaks it, with the columns form_key,
instance_id, subject (the field or row, as a path of the form) and arguments (jsonb, what the
message's placeholders stand for); one that is `explained_by` a question of the form also reason
(its answer, where it speaks of this issue). It reads the expressions of
`processing.db.queries.returns` and `.instruments` that it names, `submission_now`, and the registry
in `emis`; limits of `config/thresholds.toml` are its parameters (`:count_max`). Its name and its
words are in `config/rules.toml`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from config.rules import load_rules
from config.words import CatalogueError
from processing.db.queries.instruments import EVERY_SOURCE

EVERY_FORM = ("*",)
RETURN_FORMS = ("school_census", "facility_return")
# Forms that schools owe for a round, and those that are sent on occasion within one.
OWED_FORMS = (
    *RETURN_FORMS, "year_end_results", "monthly_return", "textbook_return",
    "connectivity_readiness", "staff_return",
)  # fmt: skip
ROUND_FORMS = (*OWED_FORMS, "inspection_visit", "school_update")


@dataclass(frozen=True)
class RuleQuery:
    """`reads`: source name -> the columns of it that must exist for the rule to apply.

    is_of_what_was_sent: it compares what the tablet calculated with what was typed, so it looks
    past adjustments.
    """

    name: str
    form_ids: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]
    select: Callable[..., str]
    is_of_what_was_sent: bool = False


_found: dict[str, RuleQuery] = {}
RULE_QUERIES = MappingProxyType(_found)


def rule(*form_ids: str, is_of_what_was_sent: bool = False, **reads: str) -> Callable:
    """Register the function under its own name.

    `@rule("school_census", grade_row="grade girls_total")`. The source `answer` is the root
    table of each form that the rule is run for. A rule with EVERY_FORM takes the form as its
    argument, since it looks for columns by their type (see `processing.validate.rules.any_form`).
    """

    def register(select: Callable[..., str]) -> Callable[..., str]:
        name = select.__name__
        if name in _found:
            raise CatalogueError(f"rule {name} is defined twice")
        columns = {source: tuple(text.split()) for source, text in reads.items()}
        _check_reads(name, columns)
        _found[name] = RuleQuery(
            name, form_ids, MappingProxyType(columns), select, is_of_what_was_sent
        )
        return select

    return register


def check_catalogue() -> None:
    """Functions and words belong together. Raises CatalogueError where one lacks the other."""
    rules = {name: found for name, found in load_rules().items() if found.origin == "validate"}
    without_words = sorted(set(RULE_QUERIES) - set(rules))
    without_function = sorted(set(rules) - set(RULE_QUERIES))
    if without_words or without_function:
        raise CatalogueError(
            f"rules.toml lacks {without_words or 'nothing'}; "
            f"processing.validate.rules lacks {without_function or 'nothing'}"
        )
    for name, query in RULE_QUERIES.items():
        declared = rules[name].form_ids or EVERY_FORM
        if declared != query.form_ids:
            raise CatalogueError(f"rule {name}: {declared} in rules.toml, {query.form_ids} in code")


def _check_reads(name: str, reads: Mapping[str, tuple[str, ...]]) -> None:
    for source, columns in reads.items():
        if source == "answer":
            continue
        unknown = [column for column in columns if column not in EVERY_SOURCE[source].columns]
        if unknown:
            raise CatalogueError(f"rule {name}: {source} has no {', '.join(unknown)}")
