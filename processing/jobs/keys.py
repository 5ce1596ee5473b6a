"""A mirrored form's key, and moments, as the bridge writes them."""

import datetime as dt

from bridge.changes import FormKey
from processing.db.queries.forms import FormRow


def key_of(form: FormRow) -> FormKey:
    """The key, with Central's own moment of the form's creation."""
    created = as_central(form.form_created_at)
    return FormKey(form.central, form.project, form.form_id, created)


def as_central(moment: dt.datetime) -> str:
    """A moment of the database as Central writes it: ISO 8601 with milliseconds and Z."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
