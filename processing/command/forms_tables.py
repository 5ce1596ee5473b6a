"""Tables of a form that another form has already: `visit_rooms` beside the repeat of `visit`.

In: a form, and what the other forms of the folder repeat. Out: warnings, before anything is
published; afterwards a table keeps the name that it got.
"""

from collections.abc import Iterable, Iterator, Mapping

from bridge.findings import Finding
from bridge.sqlnames import list_form_fields
from bridge.xlsform import XlsForm
from config.sqlnames import table_name
from processing.command.forms_database import table_owners


def table_faults(form: XlsForm, others: Mapping[str, Iterable[str]]) -> Iterator[Finding]:
    """others: form id -> paths of its repeats."""
    owners = table_owners(others)
    repeats = [(field.row, field.path) for field in list_form_fields(form)
               if field.kind == "repeat"]  # fmt: skip
    for row, path in [(None, ""), *repeats]:
        wanted = table_name(f"{form.form_id}{path}")
        if wanted in owners:
            yield Finding(
                "survey" if path else "settings", row or 2, "name" if path else "form_id",
                "name-clash-of-forms", "warning",
                f"The form {owners[wanted]} has the table {wanted} of the warehouse, which "
                f"{path or 'this form'} wants as well: it would be "
                f"{table_name(f'{form.form_id}{path}', owners)}.",
                "Choose another name while the form is not published.",
            )  # fmt: skip
