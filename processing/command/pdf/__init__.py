"""PDFs: a typst template of ours and its data. The same bytes in, the same page out.

Fonts are the committed ones alone, so that a sheet looks the same on every machine.
"""

import datetime as dt
import json
from pathlib import Path

import typst

from processing.command.vendor import FONTS_DIR

# A PDF says when it was made; fixed, so that the same sheet is the same file.
MADE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def make_pdf(template: Path, data: dict) -> bytes:
    """The template reads `json(bytes(sys.inputs.data))`."""
    return typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[str(FONTS_DIR)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(MADE.timestamp()),
    )
