"""The list `corrections` as a tablet has it, and answers to what it asks."""

import csv
from pathlib import Path

from config.entity_lists import CORRECTION_PROPERTIES
from tests.forms.media import School, write_media

FLOW = {"girls_new": "0", "girls_repeaters": "11", "girls_transferred_in": "0"}


def write_corrections(folder: Path, schools: list[School], tasks: list[dict]) -> None:
    """Beside schools and rounds; tasks: rows of the list, as `processing.feedback` makes them."""
    write_media(folder, schools)
    with (folder / "corrections.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["name", "label", "__version", *CORRECTION_PROPERTIES])
        writer.writeheader()
        for number, task in enumerate(tasks, start=1):
            uuid = f"00000000-0000-4000-8000-{number:012}"
            writer.writerow({"name": uuid, "__version": 1, **task})


def task(code: str, school: str, numbers: dict[str, str], **others: str) -> dict[str, str]:
    """A row of the list; numbers: what each is called -> what was sent."""
    row = {
        "label": f"السؤال {code}", "task_code": code, "school_code": school, "open_for": school,
        "form_id": "school_census", "round": "C2026", "due_on": "2026-12-07",
        "number_count": str(len(numbers)),
    }  # fmt: skip
    for language in ("ar", "ckb", "en"):
        row[f"title_{language}"] = f"title {language}"
        row[f"why_{language}"] = f"why {language}"
        row[f"reported_{language}"] = "\n".join(f"{name}: {sent}" for name, sent in numbers.items())
    for position, (name, sent) in enumerate(numbers.items(), start=1):
        row |= {f"number_{position}_{language}": name for language in ("ar", "ckb", "en")}
        row[f"reported_{position}"] = sent
    return row | others


def answer_to(
    school: School, code: str, answer: str, reason: str = "in the register", **values: int
) -> dict:
    """Answers of the form; values: value_1=12, as far as any is corrected."""
    place = {"governorate": school.governorate, "district": school.district}
    answers = {
        "identification": {**place, "school": school.school_code, "task": code},
        "question": {"answer": answer, "reason": reason},
        "numbers": values,
        "declaration": {"head_name": "Ahmed Ali", "confirmed": "OK"},
    }
    return answers if values else {k: v for k, v in answers.items() if k != "numbers"}
