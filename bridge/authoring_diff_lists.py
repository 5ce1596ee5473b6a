"""What a change of a form means for its choices, and for the files that it reads them from.

Comes in: two models of a form. Goes out: changes, list by list, in the order of the choices.
"""

from collections.abc import Iterator, Mapping

from bridge.authoring_words import Change, became, column_name, language_name
from bridge.xform_model import MEDIA_COLUMNS, FormModel


def list_changes(old: FormModel, new: FormModel) -> Iterator[Change]:
    for name in dict.fromkeys([*old.lists, *new.lists]):
        if name not in new.lists:
            yield Change("list-removed", name, f"The list {name} is gone.")
        elif name not in old.lists:
            words = f"The list {name} is new: {len(new.lists[name])} choices."
            yield Change("list-added", name, words)
        else:
            yield from _choice_changes(name, old, new)
    yield from _file_changes(old, new)


def _choice_changes(name: str, old: FormModel, new: FormModel) -> Iterator[Change]:
    before, after = old.lists[name], new.lists[name]
    for code in after:
        if code not in before:
            words = f"The list {name} offers {code} as well: {_label(after[code])}."
            yield Change("choice-added", name, words, after=code, code=code)
        else:
            yield from _rewordings(name, code, before[code], after[code])
            yield from _other_cells(name, code, _cells(old, name, code), _cells(new, name, code))
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


def _cells(form: FormModel, name: str, code: str) -> Mapping[tuple[str, str], str]:
    return form.choice_cells.get(name, {}).get(code, {})


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


def _label(labels: Mapping[str, str]) -> str:
    return labels.get("en") or next(iter(labels.values()), "no label")
