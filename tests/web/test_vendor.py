"""Files of others: each accounted for, and the map drawn as its source says."""

import fnmatch
import json
import re

import pytest

from config.places import read_areas
from processing.web.vendor import PCODE_OF_FIPS, VENDOR_DIR, draw_governorates

# Two squares of one degree side by side, sharing the arc between them:  [ A | B ]
TOPOLOGY = {
    "transform": {"scale": [1, 1], "translate": [44, 33]},
    "arcs": [
        [[1, 0], [0, 1]],  # the border between them, from south to north
        [[1, 1], [-1, 0], [0, -1], [1, 0]],  # around A
        [[1, 0], [1, 0], [0, 1], [-1, 0]],  # around B
    ],
    "objects": {
        "units": {
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"fips": "IZ01"}},
                {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"fips": "IZ07"}},
            ]
        }
    },
}


def test_each_file_has_its_name_version_and_licence():
    text = (VENDOR_DIR / "VENDOR.md").read_text("utf-8")
    named = re.findall(r"^\| `(\S+)` \| npm `\S+?`.* \| [\d.]+ \| .+ \|$", text, re.MULTILINE)
    files = {path.name for path in VENDOR_DIR.iterdir()} - {"VENDOR.md"}
    licences = {name for name in files if name.endswith("-LICENSE.txt")}
    assert len(licences) == len(named) == 3
    unnamed = [
        name for name in files - licences
        if not any(fnmatch.fnmatch(name, pattern) for pattern in named)
    ]  # fmt: skip
    assert unnamed == []


def test_the_map_holds_the_governorates_of_the_registry():
    drawn = json.loads((VENDOR_DIR / "governorates.json").read_text("utf-8"))["paths"]
    governorates = [area for area in read_areas() if area.area_level == "governorate"]
    assert set(drawn) == {area.map_code for area in governorates} == set(PCODE_OF_FIPS.values())


def test_a_topology_becomes_paths_that_share_their_border():
    drawing = draw_governorates(TOPOLOGY)
    # Two degrees of longitude fill 600 pixels, so a degree of latitude is 300 / cos 33.5° = 359.8.
    assert (drawing["width"], drawing["height"]) == (600, 360)
    assert {code: corners(path) for code, path in drawing["paths"].items()} == {
        "IQG01": {(300, 360), (300, 0), (0, 0), (0, 360)},
        "IQG08": {(300, 360), (600, 360), (600, 0), (300, 0)},
    }


def corners(path: str) -> set[tuple[int, int]]:
    return {(int(x), int(y)) for x, y in re.findall(r"(\d+),(\d+)", path)}


def test_a_governorate_that_the_map_does_not_know_stops_the_line():
    other = json.loads(json.dumps(TOPOLOGY).replace("IZ07", "IZ99"))
    with pytest.raises(KeyError, match="IZ99"):
        draw_governorates(other)
