"""The links of an OData document: its context, its count, and where the next page is."""

from urllib.parse import parse_qsl, quote, urlencode

from flask import request

from bridge.sandbox.selection import make_token
from bridge.sandbox.web import domain


def service_root() -> str:
    original = request.environ["sandbox.original_path"]
    return original[: original.index(".svc") + 4]


def footer(table: str, next_url: str | None, count: int | None) -> str:
    context = f"{domain()}{service_root()}/$metadata#{table}"
    text = f'"@odata.context":"{context}"'
    if next_url:
        text += f',"@odata.nextLink":"{domain()}{next_url}"'
    if count is not None:
        text += f',"@odata.count":{count}'
    return text + "}"


def next_url(token: dict) -> str:
    """The same address with the cursor set; the host is left to `footer`."""
    path, _, query = request.environ["sandbox.original"].partition("?")
    pairs = [(k, v) for k, v in parse_qsl(query, keep_blank_values=True) if k != "$skip"]
    made = make_token(token)
    if any(key == "$skiptoken" for key, _ in pairs):
        pairs = [(key, made if key == "$skiptoken" else value) for key, value in pairs]
    else:
        pairs.append(("$skiptoken", made))
    return f"{path}?{urlencode(pairs, quote_via=_quote)}"


def _quote(text, safe, encoding, errors):
    return quote(text, safe="*-._").replace("%20", "+")
