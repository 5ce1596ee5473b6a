"""ODK Web Forms as our pages serve it: each file accounted for, nothing else served."""

import gzip
import re

import pytest
from werkzeug.exceptions import NotFound

from processing.web.webforms.engine import (
    ENGINE_FILE,
    STYLE_FILE,
    VENDOR_DIR,
    VUE_FILE,
    list_csv,
    policy,
    scripts_version,
    served_file,
)

LARGEST_VENDOR_BYTES = 5_000_000


def test_each_file_of_others_has_its_version_and_licence():
    text = (VENDOR_DIR / "VENDOR.md").read_text("utf-8")
    named = set(re.findall(r"^\| `(\S+)` \| npm `\S+` \| [\d.]+ \| .+ \|$", text, re.MULTILINE))
    files = {path.name for path in VENDOR_DIR.iterdir()} - {"VENDOR.md"}
    assert {name for name in files if name.endswith("-LICENSE.txt")} == {
        "vue-LICENSE.txt", "web-forms-LICENSE.txt",
    }  # fmt: skip
    assert {name for name in files if name.endswith(".gz")} == named
    sizes = [len(gzip.decompress((VENDOR_DIR / name).read_bytes())) for name in named]
    assert sum(sizes) < LARGEST_VENDOR_BYTES


def test_a_script_is_served_as_it_was_published():
    for name in (ENGINE_FILE, VUE_FILE):
        answer = served_file(name)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.data).decode()
    assert re.fullmatch("[0-9a-f]{12}", scripts_version())


def test_our_styles_are_served_beside_them():
    answer = served_file(STYLE_FILE)
    assert answer.mimetype == "text/css"
    assert "[dir=rtl] #form" in answer.data.decode()


@pytest.mark.parametrize("name", ["VENDOR.md", "vue-LICENSE.txt", "../engine.py", "no.js"])
def test_no_other_file_is_served(name):
    with pytest.raises(NotFound):
        served_file(name)


def test_a_page_speaks_to_its_own_host_alone():
    said = dict(part.strip().split(" ", 1) for part in policy("n").split(";"))
    assert said["connect-src"] == "'self' data:"
    assert said["form-action"] == "'none'"
    assert not [words for words in said.values() if "http" in words or "*" in words]


def test_a_list_is_written_as_central_writes_it():
    rows = [{"name": "u1", "label": "a, b", "__version": 3, "school_code": "S1"}]
    assert list_csv(rows, ["school_code", "received"]).splitlines() == [
        "name,label,__version,school_code,received", 'u1,"a, b",3,S1,',
    ]  # fmt: skip
