"""The published definition of a form, as Central holds it.

Comes in: a client and a form's own record. Goes out: a FormSchema, and the key by which a later
pull sees that it has changed.
"""

from bridge.changes import FormField, FormKey, FormSchema, FormVersion
from bridge.client import CentralClient
from bridge.xform import read_choices
from config.errors import OperatorError

KINDS = {
    "int", "decimal", "string", "date", "time", "dateTime", "geopoint", "geotrace", "geoshape",
    "binary", "structure", "repeat",
}  # fmt: skip
# Types that are text in every rendering of Central; hand-written XForms use them.
TEXT_TYPES = {"select", "select1", "barcode", "odk:rank", "rank", "intent"}


def find_form(client: CentralClient, form_id: str) -> dict | None:
    """The form's record, or None where the project has no such form (any more).

    Raises OperatorError `form-not-published` for a form that exists as a draft only.
    """
    form = client.find_json(client.path("forms", form_id))
    if form is not None and not form["publishedAt"]:
        raise OperatorError(
            "form-not-published",
            f"The form {form_id} exists in Central as a draft only.",
            "Publish it with `emis forms publish`, or in Central.",
        )
    return form


def form_key(client: CentralClient, form: dict) -> FormKey:
    return FormKey(client.name, client.project, form["xmlFormId"], form["createdAt"])


def schema_key(form: dict) -> str:
    """Differs whenever the shape of the rows may differ, or the form's state does."""
    names = ("createdAt", "version", "hash", "publishedAt", "name", "state")
    return "|".join(str(form[name]) for name in names)


def fetch_schema(client: CentralClient, form: dict) -> FormSchema:
    """The fields, the XForm and the choices of the published version."""
    form_id = form["xmlFormId"]
    fields = client.get_json(client.path("forms", form_id, "fields"))
    xform = client.request("GET", client.path("forms", f"{form_id}.xml")).content.decode()
    return FormSchema(
        key=form_key(client, form),
        name=form["name"] or form_id,
        state=form["state"],
        version=FormVersion(form["version"], form["hash"], form["publishedAt"], xform),
        fields=tuple(_field(item) for item in fields),
        choices=read_choices(xform),
    )


def _field(item: dict) -> FormField:
    kind = "string" if item["type"] in TEXT_TYPES else item["type"]
    return FormField(
        path=item["path"],
        name=item["name"],
        kind=kind if kind in KINDS else "unknown",
        is_binary=bool(item["binary"]),
        is_select_multiple=bool(item["selectMultiple"]),
    )
