"""ODK Web Forms for a page of ours: its files, the policy that they need, lists for them.

In: the scripts in `vendor/`, which `make vendor` renews; our styles; rows of entity lists. Out:
answers of Flask, text. Promised: a page with this policy loads nothing from another host and sends
nothing to one.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from flask import Response, abort

VENDOR_DIR = Path(__file__).parent / "vendor"
VUE_FILE = "vue.runtime.esm-browser.prod.js"
ENGINE_FILE = "index.js"
STYLE_FILE = "right_to_left.css"
WORDS_FILE = "words.js"
NUMBERS_FILE = "numbers.js"
OWN_FILES = {
    STYLE_FILE: "text/css",
    WORDS_FILE: "text/javascript",
    NUMBERS_FILE: "text/javascript",
}
# Web Forms holds styles, fonts and its parser of expressions (WebAssembly) in its scripts.
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self' data:; base-uri 'none'; form-action {forms}; "
    "frame-ancestors 'none'"
)


def policy(nonce: str, *, forms: str = "'none'") -> str:
    """The Content-Security-Policy. nonce: of the import map. forms: where forms go."""
    return POLICY.format(nonce=nonce, forms=forms)


def served_file(name: str) -> Response:
    """A script as it was published, compressed, or one of our own files; 404 for any other."""
    if name in OWN_FILES:
        return Response(_own(name), mimetype=OWN_FILES[name])
    path = VENDOR_DIR / f"{name}.gz"
    if path not in VENDOR_DIR.glob("*.js.gz"):
        abort(404)
    answer = Response(path.read_bytes(), mimetype="text/javascript")
    answer.headers["Content-Encoding"] = "gzip"
    return answer


@cache
def scripts_version() -> str:
    """Changes with the files, so that a browser may keep them under an address that holds it."""
    digest = hashlib.sha256(b"".join(map(_own, OWN_FILES)))
    for path in sorted(VENDOR_DIR.glob("*.js.gz")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _own(name: str) -> bytes:
    return (VENDOR_DIR.parent / name).read_bytes()


def list_csv(rows: Iterable[Mapping[str, object]], properties: Iterable[str]) -> str:
    """An entity list as Central serves it: id, label and version of each, then the properties."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ["name", "label", "__version", *properties], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
