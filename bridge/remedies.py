"""What to do about a fault that pyxform or ODK Validate names in its own words.

Comes in: their message. Goes out: one sentence for the form's author, never empty.
"""

import re

# The first that is found in the message.
REMEDIES = tuple(
    (re.compile(pattern, re.IGNORECASE), remedy)
    for pattern, remedy in (
        (r"Could not find the name|no question.* named|not find.*\$\{",
         "Write the name of a question of this form, as it stands in the column name."),
        (r"Unknown question type|with no type",
         "Write a type of https://xlsform.org/en/#question-types; a choice is "
         "`select_one list` or `select_multiple list`."),
        (r"similar names", "Give the sheet the name that is meant, or one that begins with `_`."),
        (r"names with spaces", "Write its name without a space."),
        (r"should have a label|has no label:", "Write a label in every language."),
        (r"headers were not found", "Add the column, or correct its name."),
        (r"must be unique", "Give one of the two another name."),
        (r"choices sheet|not in choices",
         "Put the list into the sheet choices, or write the name of a list that is there."),
        (r"Unmatched 'begin", "Add the row that ends it: end group, or end repeat."),
        (r"Unmatched 'end", "Delete the row, or add the one that begins it."),
        (r"with no name|must have a name", "Write a name: Latin letters, digits and `_`."),
        (r"Names must begin", "Write a name of Latin letters, digits and `_`, a letter first."),
        (r"no label or hint", "Write a label in every language."),
        (r"Missing calculation", "Write a formula into the column calculation, or delete the row."),
        (r"file extension", "Write the file's name whole, such as schools.csv."),
        (r"column names are invalid|not supported by this version",
         "Correct the name of the column, or delete the column."),
        (r"Cycle|depends on itself|self-reference",
         "Let one of these questions no longer depend on the others."),
        (r"XPath|function|condition|expression|constraint|calculat",
         "Correct the formula: each bracket and quote closed, each function one of "
         "https://docs.getodk.org/form-operators-functions."),
    )
)  # fmt: skip
OTHERWISE = "Correct it there; https://xlsform.org says what each column may hold."


def remedy_for(message: str) -> str:
    found = (remedy for pattern, remedy in REMEDIES if pattern.search(message))
    return next(found, OTHERWISE)
