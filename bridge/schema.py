"""The published definition of a form, as Central holds it.

Comes in: a client and a form's own record. Goes out: a FormSchema, and the key by which a later
pull sees that it has changed.
"""

import datetime as dt
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests

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


@dataclass(frozen=True)
class FormLook:
    """A look at the form. record is None where it is the one that `etag` named before.

    at: the server's clock. seconds: how long the smallest of questions takes here.
    """

    record: dict | None
    etag: str | None
    at: dt.datetime | None
    seconds: float


def look_at_form(client: CentralClient, form_id: str, etag: str | None = None) -> FormLook | None:
    """The form's record, or None where the project has no such form (any more).

    Raises OperatorError `form-not-published` for a form that exists as a draft only.
    """
    headers = {"If-None-Match": etag} if etag else {}
    response = client.find("GET", client.path("forms", form_id), headers=headers)
    if response is None:
        return None
    seconds, at = response.elapsed.total_seconds(), server_moment(response)
    if response.status_code == 304:
        return FormLook(None, etag, at, seconds)
    form = client.parsed(response)
    if not form["publishedAt"]:
        raise OperatorError(
            "form-not-published",
            f"The form {form_id} exists in Central as a draft only.",
            "Publish it with `emis forms publish`, or in Central.",
        )
    return FormLook(form, response.headers.get("ETag"), at, seconds)


def server_moment(response: requests.Response) -> dt.datetime | None:
    """The server's clock, from the answer's Date; None where it names none."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(dt.UTC)
    except (KeyError, ValueError):
        return None


def form_key(client: CentralClient, form: dict) -> FormKey:
    return FormKey(client.name, client.project, form["xmlFormId"], form["createdAt"])


def schema_key(form: dict) -> str:
    """Differs whenever the shape of the rows may differ."""
    return "|".join(str(form[name]) for name in ("createdAt", "version", "hash", "publishedAt"))


def label_key(form: dict) -> str:
    """Differs when the form is called otherwise, or opened or closed."""
    return f"{form['state']}|{form['name']}"


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
        fields=tuple(field_of(item) for item in fields),
        choices=read_choices(xform),
    )


def list_repeats(client: CentralClient, form_id: str) -> tuple[str, ...]:
    """The paths of the published version's repeats."""
    fields = client.get_json(client.path("forms", form_id, "fields"))
    return tuple(item["path"] for item in fields if item["type"] == "repeat")


def field_of(item: dict) -> FormField:
    kind = "string" if item["type"] in TEXT_TYPES else item["type"]
    return FormField(
        path=item["path"],
        name=item["name"],
        kind=kind if kind in KINDS else "unknown",
        is_binary=bool(item["binary"]),
        is_select_multiple=bool(item["selectMultiple"]),
    )


def knows_definition(state: dict, look: FormLook) -> bool:
    """Is it the definition that the state of a pull names?"""
    return look.record is None or state.get("schema_key") == schema_key(look.record)


def definition_of(look: FormLook) -> dict:
    """What the state of a pull says of the definition; nothing where it is the one of before."""
    if look.record is None:
        return {}
    return {
        "schema_key": schema_key(look.record),
        "label": label_key(look.record),
        "form_created_at": look.record["createdAt"],
        "form_etag": look.etag,
    }
