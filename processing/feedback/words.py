"""What is said to schools, in words: comments at Central, and tasks as rows of an entity list.

In: rows of issues, tasks and their numbers. Out: text. A comment speaks the school's language; a
task says everything in the three languages, since the tablet's own is not known here, and its
label in the school's.
"""

from collections.abc import Iterable, Mapping

from config.codes import code_names
from config.corrections import load_screens, text
from config.forms import load_catalogue
from config.rules import in_words, load_rules, message
from config.settings import LANGUAGES
from config.words import COMMAS, day_in_words

DEFAULT_LANGUAGE = "ar"
ISSUES_A_COMMENT = 20
INTENDED_AGE_OF_GRADE_0 = 5
# Years; see processing.db.queries.emis_facts.
TOTAL_OF = {
    "school_census": "pupils", "monthly_return": "pupils", "year_end_results": "pupils",
    "staff_return": "people", "textbook_return": "copies", "connectivity_readiness": "devices",
    "facility_return": "classrooms",
}  # fmt: skip
"""Form -> what the total of a return counts; see processing.db.queries.received."""


def school_language(language_code: str | None) -> str:
    """The language in which a school is spoken to: its language of teaching, else Arabic."""
    return language_code if language_code in LANGUAGES else DEFAULT_LANGUAGE


def form_title(form_id: str, language: str) -> str:
    entry = load_catalogue().get(form_id)
    return entry.title(language) if entry else form_id


def comment_text(language: str, issues: list[Mapping]) -> str:
    """form_id, rule and arguments of each issue: what is doubted, and how to answer."""
    lines = [text("comment", language, form=form_title(issues[0]["form_id"], language))]
    lines += [f"• {_said(issue, language)}" for issue in issues[:ISSUES_A_COMMENT]]
    if len(issues) > ISSUES_A_COMMENT:
        lines.append(text("comment_more", language, count=len(issues) - ISSUES_A_COMMENT))
    return "\n".join([*lines, text("comment_answer", language)])


def task_row(task: Mapping, issues: list[Mapping], numbers: list[Mapping]) -> dict[str, str]:
    """A task as a row of the list `corrections`: see config.entity_lists.CORRECTION_PROPERTIES."""
    titles = {language: task_title(task, issues, language) for language in LANGUAGES}
    own = school_language(task["language_code"])
    row = {
        "label": text("task_label", own, title=titles[own], due=day_in_words(task["due_on"], own)),
        "task_code": task["code"],
        "school_code": task["school_code"],
        "open_for": task["school_code"],
        "form_id": task["form_id"],
        "round": task["period"],
        "due_on": task["due_on"].isoformat(),
        "number_count": str(len(numbers)),
    }
    for language in LANGUAGES:
        row[f"title_{language}"] = titles[language]
        row[f"why_{language}"] = "\n".join(_said(issue, language) for issue in issues)
    for number in numbers:
        row |= _number_cells(task, issues, number)
    return row | {
        f"reported_{language}": "\n".join(_reported(task, issues, numbers, language))
        for language in LANGUAGES
    }


def task_title(task: Mapping, issues: list[Mapping], language: str) -> str:
    """The form, the row of its repeat and the screen, as the tablet calls them."""
    screen = load_screens().get((task["form_id"], task["screen"]))
    grades = [in_words("grade", grade, language) for grade in _grades(issues)]
    parts = [form_title(task["form_id"], language), *grades]
    if screen:
        parts.append(screen.name.in_language(language))
    return " – ".join(map(str, parts))


def number_label(task: Mapping, issues: list[Mapping], path: str, language: str) -> str:
    """What a number of the screen is called in the form, its year of birth included."""
    screen = load_screens()[task["form_id"], task["screen"]]
    number = next(each for each in screen.numbers if f"{screen.path}/{each.path}" == path)
    return number.words.in_language(language).format(born=_born(task, issues, number, language))


def received_text(language: str, returns: Iterable[Mapping]) -> str:
    """The newest return of each form, when it came, and how much is in it."""
    return " · ".join(_received(language, row) for row in returns)


def _received(language: str, row: Mapping) -> str:
    form = form_title(row["form_id"], language)
    if row["months"]:
        months = [code_names("month", language)[str(day.month)] for day in row["months"]]
        form = f"{form} ({COMMAS[language].join(months)})"
    values = {"form": form, "day": day_in_words(row["received_on"], language)}
    if row["total"] is None:
        return text("received", language, **values)
    total = text(f"total_{TOTAL_OF[row['form_id']]}", language, count=row["total"])
    return text("received_total", language, total=total, **values)


def _number_cells(task: Mapping, issues: list[Mapping], number: Mapping) -> dict[str, str]:
    position, value = number["position"], number["value"]
    cells = {f"reported_{position}": "" if value is None else f"{value:.0f}"}
    for language in LANGUAGES:
        label = number_label(task, issues, number["path"], language)
        cells[f"number_{position}_{language}"] = label
    return cells


def _reported(task: Mapping, issues, numbers: list[Mapping], language: str) -> list[str]:
    """`Girls born in 2019: 12`, a line a number."""
    shown = ("–" if number["value"] is None else f"{number['value']:.0f}" for number in numbers)
    labels = (number_label(task, issues, number["path"], language) for number in numbers)
    return [f"{label}: {value}" for label, value in zip(labels, shown, strict=True)]


def _said(issue: Mapping, language: str) -> str:
    if issue["rule"] not in load_rules():
        return issue["rule"]
    return message(issue["rule"], language, issue["arguments"])


def _grades(issues: list[Mapping]) -> list:
    """The grade that all the issues are about, if they say one."""
    found = {issue["arguments"].get("grade") for issue in issues} - {None}
    return sorted(found) if len(found) == 1 else []


def _born(task: Mapping, issues: list[Mapping], number, language: str) -> str:
    grades = _grades(issues)
    if number.born is None or task["school_year"] is None or not _is_number(grades):
        return text("unknown_year", language)
    return str(task["school_year"] - INTENDED_AGE_OF_GRADE_0 - int(grades[0]) + number.born)


def _is_number(grades: list) -> bool:
    return bool(grades) and str(grades[0]).lstrip("-").isdigit()
