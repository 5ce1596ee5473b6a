"""Renews what the commands need of others: `python -m processing.command.vendor` (`make vendor`).

In: packages of the npm registry, by name and pinned version (needs npm). Out: for forms in
a browser, ODK Web Forms and the Vue runtime that it stands on, as they were published but
compressed; for PDFs, a font; each with its licence and a VENDOR.md. They are committed, so that
neither filling a form nor printing one needs Node or a network. Made twice, the bytes are the same.
"""

import gzip
from pathlib import Path

from processing.web.vendor import fetch_package
from processing.web.webforms.engine import VENDOR_DIR, VUE_FILE

FONTS_DIR = Path(__file__).parent / "pdf" / "fonts"
FORMS_PACKAGE, FORMS_VERSION = "@getodk/web-forms", "0.22.0"
VUE_PACKAGE, VUE_VERSION = "vue", "3.5.29"
# Arabic, Kurdish and Latin letters in one font; a PDF needs the TrueType files.
FONT_PACKAGE, FONT_VERSION = "@expo-google-fonts/noto-sans-arabic", "0.4.3"
FONT_FILES = ("400Regular/NotoSansArabic_400Regular.ttf", "700Bold/NotoSansArabic_700Bold.ttf")
FONTS_TEXT = """# Fonts of the PDFs

Renewed by `make vendor`; committed, so that a sheet looks the same on every machine.

| file | from | version | licence |
|---|---|---|---|
{rows}
"""
VENDOR_TEXT = """# Files of others in this folder

Renewed by `make vendor`; committed, so that filling a form needs neither Node nor a network. They
are the published files, compressed, and served to the browser as they are.

| file | from | version | licence |
|---|---|---|---|
{rows}

`web-forms-LICENSE.txt` is the text of the Apache License 2.0, which the package names in its
package.json. `MapBlock-*` is loaded where a form shows a map; our pages load no map tiles.
"""


def renew_vendor() -> None:
    """Write every file anew; twice is the same as once."""
    _renew_web_forms()
    _renew_fonts()


def _renew_fonts() -> None:
    FONTS_DIR.mkdir(parents=True, exist_ok=True)
    font = fetch_package(FONT_PACKAGE, FONT_VERSION)
    for name in FONT_FILES:
        (FONTS_DIR / Path(name).name).write_bytes(font[f"package/{name}"])
    (FONTS_DIR / "noto-sans-arabic-LICENSE.txt").write_bytes(font["package/LICENSE_FONT"])
    rows = [f"| `{Path(name).name}` | npm `{FONT_PACKAGE}` | {FONT_VERSION} | SIL Open Font "
            "License 1.1 |" for name in FONT_FILES]  # fmt: skip
    (FONTS_DIR / "VENDOR.md").write_text(FONTS_TEXT.format(rows="\n".join(rows)), "utf-8")


def _renew_web_forms() -> None:
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
