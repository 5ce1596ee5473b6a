"""Renews what the preview needs of others: `python -m processing.command.preview.vendor`.

In: packages of the npm registry, by name and pinned version (needs npm; `make vendor` calls this).
Out: ODK Web Forms and the Vue runtime that it stands on, as they were published but compressed,
with their licences and VENDOR.md. They are committed, so that trying a form needs neither Node nor
a network. Compressed twice, the bytes are the same.
"""

import gzip
from pathlib import Path

from processing.web.vendor import fetch_package

VENDOR_DIR = Path(__file__).parent / "vendor"
FORMS_PACKAGE, FORMS_VERSION = "@getodk/web-forms", "0.22.0"
VUE_PACKAGE, VUE_VERSION = "vue", "3.5.29"
VUE_FILE = "vue.runtime.esm-browser.prod.js"
VENDOR_TEXT = """# Files of others in this folder

Renewed by `make vendor`; committed, so that trying a form needs neither Node nor a network. They
are the published files, compressed, and served to the browser as they are.

| file | from | version | licence |
|---|---|---|---|
{rows}

`web-forms-LICENSE.txt` is the text of the Apache License 2.0, which the package names in its
package.json. `MapBlock-*` is loaded where a form shows a map; the preview loads no map tiles.
"""


def renew_vendor() -> None:
    """Write every file anew; twice is the same as once."""
    VENDOR_DIR.mkdir(parents=True, exist_ok=True)
    for old in VENDOR_DIR.glob("*.js.gz"):
        old.unlink()
    forms = fetch_package(FORMS_PACKAGE, FORMS_VERSION)
    scripts = [name for name in sorted(forms) if name.startswith("package/dist/")
               and name.endswith(".js")]  # fmt: skip
    for name in scripts:
        _write(Path(name).name, forms[name])
    vue = fetch_package(VUE_PACKAGE, VUE_VERSION)
    _write(VUE_FILE, vue[f"package/dist/{VUE_FILE}"])
    (VENDOR_DIR / "vue-LICENSE.txt").write_bytes(vue["package/LICENSE"])
    rows = [_row(Path(name).name, FORMS_PACKAGE, FORMS_VERSION, "Apache 2.0") for name in scripts]
    rows.append(_row(VUE_FILE, VUE_PACKAGE, VUE_VERSION, "MIT"))
    (VENDOR_DIR / "VENDOR.md").write_text(VENDOR_TEXT.format(rows="\n".join(rows)), "utf-8")


def _write(name: str, content: bytes) -> None:
    (VENDOR_DIR / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def _row(name: str, package: str, version: str, licence: str) -> str:
    return f"| `{name}.gz` | npm `{package}` | {version} | {licence} |"


if __name__ == "__main__":
    renew_vendor()
