"""The pictures beside the choices of our forms: `drawings/*.svg` of a form, as PNG in its `media/`.

Collect shows no SVG. `make pictures` writes the PNGs; the same drawing is the same file.
"""

from collections.abc import Iterator
from pathlib import Path

import typst

from config.paths import FORMS_DIR

WIDTH_PIXELS, HEIGHT_PIXELS = 320, 220
PAGE = f"""
#set page(width: {WIDTH_PIXELS}pt, height: {HEIGHT_PIXELS}pt, margin: 0pt)
#image(bytes(sys.inputs.drawing), format: "svg", width: 100%)
"""
PIXELS_PER_POINT = 72  # typst counts them by the inch, which has 72 points


def list_drawings() -> list[Path]:
    return sorted(FORMS_DIR.glob("*/drawings/*.svg"))


def picture_of(drawing: Path) -> Path:
    """Where the PNG of a drawing lies."""
    return drawing.parent.with_name("media") / f"{drawing.stem}.png"


def render(drawing: Path) -> bytes:
    """The drawing as PNG, a pixel a point."""
    return typst.compile(
        PAGE.encode(),
        format="png",
        ppi=PIXELS_PER_POINT,
        ignore_system_fonts=True,
        sys_inputs={"drawing": drawing.read_text("utf-8")},
    )


def write_pictures() -> Iterator[Path]:
    for drawing in list_drawings():
        path = picture_of(drawing)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(render(drawing))
        yield path
