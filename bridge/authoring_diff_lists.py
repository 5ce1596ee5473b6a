"""What a change of a form means for its choices, and for the files that it reads them from.

Comes in: two models of a form. Goes out: changes, list by list, in the order of the choices.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from bridge.authoring_words import Change, became, column_name, language_name
from bridge.xform_model import MEDIA_COLUMNS, FormModel, ListedChoice
from config.words import counted


def list_changes(old: FormModel, new: FormModel) -> Iterator[Change]:
    for name in dict.fromkeys([*old.lists, *new.lists]):
        if name not in new.lists:
            yield Change("list-removed", name, f"The list {name} is gone.")
        elif name not in old.lists:
            words = f"The list {name} is new: {counted(len(new.lists[name]), 'choice')}."
            yield Change("list-added", name, words)
        else:
            yield from _choice_changes(name, by_code(old.lists[name]), by_code(new.lists[name]))
    yield from _file_changes(old, new)


def by_code(choices: Iterable[ListedChoice]) -> dict[str, ListedChoice]:
    """Choices of one code are kept apart, and told as `a` and `a (2)`."""
    found, counts = {}, Counter()
    for choice in choices:
        counts[choice.code] += 1
        count = counts[choice.code]
        found[choice.code if count == 1 else f"{choice.code} ({count})"] = choice
    return found


def _choice_changes(name: str, before: Mapping, after: Mapping) -> Iterator[Change]:
    for code in after:
        if code not in before:
            words = f"The list {name} offers {code} as well: {_label(after[code])}."
            yield Change("choice-added", name, words, after=code, code=code)
        else:
            yield from _rewordings(name, code, before[code].labels, after[code].labels)
            yield from _other_cells(name, code, before[code].cells, after[code].cells)
    for code in before:
        if code not in after:
            words = (
                f"The list {name} offers {code} no more ({_label(before[code])}). Answers "
                "that were given keep it."
            )
            yield Change("choice-removed", name, words, before=code, code=code)
    kept = [code for code in before if code in after]
    if kept != [code for code in after if code in before]:
        words = f"The choices of the list {name} stand in another order."
        yield Change("choices-reordered", name, words)


def _rewordings(name: str, code: str, before: Mapping, after: Mapping) -> Iterator[Change]:
    for language in dict.fromkeys([*before, *after]):
        was, will_be = before.get(language), after.get(language)
        if was != will_be:
            words = f"{name}: {code} in {language_name(language)} {became(was, will_be)}."
            yield Change("choice-reworded", name, words, "label", language, was, will_be, code)


def _other_cells(name: str, code: str, before: Mapping, after: Mapping) -> Iterator[Change]:
    for column, language in dict.fromkeys([*before, *after]):
        was, will_be = before.get((column, language)), after.get((column, language))
        if was == will_be:
            continue
        if column in MEDIA_COLUMNS:
            what, given = "media-changed", f"{column_name(column)} in {language_name(language)}"
            words = f"{name}: the {given} of {code} {became(was, will_be)}."
            yield Change(what, name, words, column, language, was, will_be, code)
        else:
            words = f"{name}: the column {column} of {code} {became(was, will_be)}."
            yield Change("choice-column-changed", name, words, column, None, was, will_be, code)


def _file_changes(old: FormModel, new: FormModel) -> Iterator[Change]:
    """Of a list that a question asks, that it is another list is told at the question."""
    asked = {item.list_name for form in (old, new) for item in form.questions}
    for name in dict.fromkeys([*old.files, *new.files]):
        was, will_be = old.files.get(name), new.files.get(name)
        if was and will_be and was != will_be:
            words = f"The list {name} was read from {was} and is read from {will_be}."
            yield Change("file-changed", name, words, before=was, after=will_be)
        elif was != will_be and name not in asked:
            words = (
                f"The form reads {will_be} as well."
                if will_be
                else f"The form reads {was} no more."
            )
            what = "file-added" if will_be else "file-removed"
            yield Change(what, name, words, before=was, after=will_be)


def _label(choice: ListedChoice) -> str:
    return choice.labels.get("en") or next(iter(choice.labels.values()), "no label")
