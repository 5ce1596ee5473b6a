"""Where a form can be read from: a file, the folder forms/, an earlier commit, Central.

| written                       | is                                                        |
|-------------------------------|-----------------------------------------------------------|
| `visit.xlsx`, `visit.xml`     | a file                                                    |
| `school_census`               | that form of the folder forms/                            |
| `HEAD~3:school_census`        | the same as it was in that commit                         |
| `v1.2:forms/a/b.xlsx`         | that path in that commit                                  |
| `central`                     | the published version of the form that the other one is   |
| `central:school_census`       | that form's published version                             |
"""

import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from bridge.authoring_central import get_published
from bridge.authoring_media import find_media_file
from bridge.client import open_client
from bridge.compile import convert_form
from bridge.publish import list_forms
from bridge.schema import list_repeats
from bridge.sqlnames import list_form_fields
from bridge.xform import media_names
from bridge.xform_model import FormModel, read_model
from bridge.xlsform import read_xlsform
from config.errors import OperatorError
from config.paths import FORMS_DIR, ROOT
from processing.command.context import ready_settings

CENTRAL = "central"


@dataclass(frozen=True)
class Source:
    """A form that was read. history: what Central has ever published of it, where it was asked.

    files: name -> MD5 of each file that the form names and that lies with it.
    """

    name: str
    model: FormModel
    history: Mapping[str, str] | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_central(self) -> bool:
        return self.history is not None


def read_others(form_id: str, *, is_central_asked: bool = False) -> dict[str, tuple[str, ...]]:
    """Form id -> paths of its repeats: every other form of forms/ and, if asked, of Central."""
    found = {name: _repeats_of(path, path.stat().st_mtime_ns) for name, path in workbooks().items()}
    if is_central_asked:
        with ready_settings(is_migrated=False) as settings, open_client(settings) as client:
            found = {name: list_repeats(client, name) for name in list_forms(client)} | found
    found.pop(form_id, None)
    return found


@cache
def _repeats_of(path: Path, changed_at: int) -> tuple[str, ...]:
    """Whoever checks all forms reads each of them once; changed_at: of the file, in ns."""
    fields = list_form_fields(read_xlsform(path))
    return tuple(field.path for field in fields if field.kind == "repeat")


def read_pair(before: str, after: str) -> tuple[Source, Source]:
    """Two forms to compare. At most one of them may be plain `central`."""
    if before == after == CENTRAL:
        raise OperatorError(
            "form-unknown",
            "Both sides are central, and no form is named.",
            "Name the form on one side, such as `emis forms diff central school_census`.",
        )
    if before == CENTRAL:
        second = read_source(after)
        return read_source(f"{CENTRAL}:{second.model.form_id}"), second
    first = read_source(before)
    return first, read_source(f"{CENTRAL}:{first.model.form_id}" if after == CENTRAL else after)


def read_source(text: str) -> Source:
    """Raises OperatorError: form-unknown, form-not-published, and those of compiling a form."""
    if Path(text).is_file():
        return _read_file(text, Path(text))
    if text in workbooks():
        return _read_file(text, workbooks()[text])
    where, colon, what = text.partition(":")
    if colon and where == CENTRAL:
        return _read_central(what)
    if colon:
        return _read_commit(text, where, what)
    raise unknown_form(text)


def workbooks() -> dict[str, Path]:
    """The forms of the folder forms/; what Excel leaves beside an open file is none."""
    paths = sorted(FORMS_DIR.glob("*/*.xlsx"))
    return {path.stem: path for path in paths if not path.name.startswith("~$")}


def path_of(name: str) -> Path:
    """The workbook of a form id, or the file of that name."""
    if name in workbooks():
        return workbooks()[name]
    if Path(name).is_file():
        return Path(name)
    raise unknown_form(name)


def unknown_form(name: str) -> OperatorError:
    return OperatorError(
        "form-unknown",
        f"There is no form {name} in {FORMS_DIR.name}/, and no file of that name.",
        f"Known forms: {', '.join(workbooks())}.",
    )


def _read_file(name: str, path: Path) -> Source:
    def read(file: str) -> bytes | None:
        found = find_media_file(path.parent, file)
        return found.read_bytes() if found else None

    return _source(name, _xform_of(path), read)


def _xform_of(path: Path) -> str | bytes:
    return path.read_bytes() if path.suffix.lower() == ".xml" else convert_form(path)


def _source(name: str, xform: str | bytes, read: Callable[[str], bytes | None]) -> Source:
    contents = ((file, read(file)) for file in media_names(xform))
    files = {
        file: hashlib.md5(content, usedforsecurity=False).hexdigest()
        for file, content in contents
        if content is not None
    }
    return Source(name, read_model(xform), files=files)


def _read_central(form_id: str) -> Source:
    with ready_settings(is_migrated=False) as settings, open_client(settings) as client:
        published = get_published(client, form_id)
    model = read_model(published.xform)
    return Source(f"{CENTRAL}:{form_id}", model, published.history, published.files)


def _read_commit(text: str, revision: str, path: str) -> Source:
    """The file as git has it; a form id stands for its workbook."""
    inside = f"{FORMS_DIR.name}/{path}/{path}.xlsx" if path in workbooks() else path
    content = _git_show(revision, inside)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / Path(inside).name
        copy.write_bytes(content)
        xform = _xform_of(copy)
    beside = PurePosixPath(inside).parent

    def read(file: str) -> bytes | None:
        blobs = (_find_blob(revision, f"{place / file}") for place in (beside / "media", beside))
        return next((blob for blob in blobs if blob is not None), None)

    return _source(text, xform, read)


def _git_show(revision: str, path: str) -> bytes:
    # A revision never begins with a hyphen; an option of git would.
    if revision.startswith("-"):
        raise unknown_form(f"{revision}:{path}")
    content = _find_blob(revision, path)
    if content is None:
        raise OperatorError(
            "form-unknown",
            f"git has no {path} in {revision}.",
            "Write the revision and the path from the top of the checkout, such as "
            "HEAD~1:forms/school_census/school_census.xlsx.",
        )
    return content


def _find_blob(revision: str, path: str) -> bytes | None:
    """None where the revision has no such file."""
    command = ["git", "-C", str(ROOT), "cat-file", "blob", f"{revision}:{path}"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        raise OperatorError(
            "git-missing", "git is not installed here.", "Compare files instead of commits."
        ) from None
    return None if done.returncode else done.stdout
