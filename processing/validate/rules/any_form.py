"""Rules for every form, also one that this program has never seen.

They look for columns by what the form says of them: `FormColumn` records, made from
`raw.form_field` (see `processing.db.queries.quality.list_form_columns`). An answer in a field
marked personal is never quoted.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from processing.db.queries.quality import FormColumn
from processing.validate.catalogue import EVERY_FORM, rule

# Arabic-Indic and Eastern Arabic-Indic digits, as the two keyboards of the country write them.
EASTERN_DIGITS = "٠-٩۰-۹"
BETWEEN_DIGITS = r"\s.,٫٬+/-"
# Ends of an answer that no reader sees: spaces, tabs, new lines, no-break and zero-width spaces.
SPACES = r" \t\n\r\u00a0\u200b\ufeff"
NO_ISSUE = """
SELECT 0 AS form_key, '' AS instance_id, '' AS subject, '{}'::jsonb AS arguments WHERE false
"""


@rule(*EVERY_FORM)
def text_is_trimmed(columns: Sequence[FormColumn]) -> str:
    """Stray spaces keep names and codes from being found."""
    return _where(
        columns,
        f"v.value <> btrim(v.value, E'{SPACES}')",
        "jsonb_build_object('field', v.path)",
    )


@rule(*EVERY_FORM)
def text_is_short_enough(columns: Sequence[FormColumn]) -> str:
    """The whole text is kept; somebody should see why it is so long."""
    return _where(
        columns,
        "length(v.value) > :text_length_max",
        "jsonb_build_object('field', v.path, 'length', length(v.value),"
        " 'limit', CAST(:text_length_max AS integer))",
    )


@rule(*EVERY_FORM)
def digits_in_text_are_western(columns: Sequence[FormColumn]) -> str:
    """A phone or house number in ٠-٩ does not sort, join, or turn up in a search.

    In a field for numbers it is landing that reads them, and says so as `digits_are_western`.
    """
    return _where(
        columns,
        f"v.value ~ '^[0-9{EASTERN_DIGITS}{BETWEEN_DIGITS}]+$' AND v.value ~ '[{EASTERN_DIGITS}]'",
        "jsonb_build_object('field', v.path, 'value',"
        " CASE WHEN v.is_personal THEN '…' ELSE left(v.value, 100) END)",
    )


@rule(*EVERY_FORM)
def choices_are_known(columns: Sequence[FormColumn]) -> str:
    """An unknown code is an issue, not a NULL. A question without a list of its own is passed."""
    return _where(
        [column for column in columns if column.has_choices],
        "v.value <> '' AND NOT EXISTS (SELECT FROM raw.form_choice c"
        " WHERE c.form_key = t.form_key AND c.path = v.path AND c.code = v.value)",
        "jsonb_build_object('field', v.path, 'value', left(v.value, 100))",
        with_lists=True,
    )


def _where(
    columns: Sequence[FormColumn], condition: str, arguments: str, with_lists: bool = False
) -> str:
    """One SELECT over all the form's tables, a row an answer `v(path, value)` that meets it."""
    fit = [column for column in columns if with_lists or not column.is_list]
    tables = groupby(sorted(fit), key=lambda column: (column.table, column.is_repeat))
    selects = [_of_table(*table, group, condition, arguments) for table, group in tables]
    return "\nUNION ALL\n".join(selects) or NO_ISSUE


def _of_table(
    table: str, is_repeat: bool, columns: Iterable[FormColumn], condition: str, arguments: str
) -> str:
    listed = "\n      UNION ALL ".join(_answer(column) for column in columns)
    subject = "v.path || '[' || t._row_number || ']'" if is_repeat else "v.path"
    return f"""
    SELECT t.form_key, t.instance_id, {subject} AS subject, {arguments} AS arguments
    FROM submission_now s JOIN survey."{table}" t USING (form_key, instance_id),
    LATERAL (
      {listed}
    ) AS v(path, value, is_personal)
    WHERE s.is_live AND s.form_id = :form_id AND {condition}
    """


def _answer(column: FormColumn) -> str:
    # A colon would begin a parameter of the statement.
    path = column.path.replace("'", "''").replace(":", "\\:")
    value = f't."{column.column}"'
    if column.is_list:
        value = f"unnest({value})"
    return f"SELECT '{path}', {value}, {str(column.is_personal).lower()}"
