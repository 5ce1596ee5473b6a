"""Both engines, with all forms and lists at hand."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridge.compile import CompiledForm, compile_form
from config.forms import load_catalogue
from tests.forms.corrections import write_corrections
from tests.forms.engine import OdkForm
from tests.forms.web_forms.cases import TASKS, Return
from tests.forms.web_forms.engine import EngineMissing, WebFormsEngine, web_forms_engine


@pytest.fixture(scope="session")
def web_forms():
    """The engine of ODK Web Forms."""
    try:
        with web_forms_engine() as engine:
            yield engine
    except EngineMissing as missing:
        pytest.skip(str(missing))


@dataclass(frozen=True)
class BothEngines:
    """folder: holds each form as `<id>.xml`, and the lists."""

    folder: Path
    compiled: dict[str, CompiledForm]
    collect: dict[str, OdkForm]
    web_forms: WebFormsEngine
    schools: dict
    filled: dict[Return, tuple[bytes, bytes]] = field(default_factory=dict)

    def fill(self, one: Return) -> tuple[bytes, bytes]:
        """The submission's XML as Collect and as Web Forms would send it."""
        if one not in self.filled:
            answers = one.answers(self.schools[one.school])
            collect = self.collect[one.form_id].new().fill(answers).finalize()
            self.filled[one] = collect, self.fill_in_browser(one.form_id, answers)
        return self.filled[one]

    def fill_in_browser(self, form_id: str, answers: dict, *client: str | None) -> bytes:
        """client: its language, its user's name."""
        path = self.folder / f"{form_id}.xml"
        return self.web_forms.fill(path, self.folder, answers, *client)


@pytest.fixture(scope="session")
def engines(web_forms, compiled, schools, tmp_path_factory) -> BothEngines:
    folder = tmp_path_factory.mktemp("web-forms")
    write_corrections(folder, list(schools.values()), TASKS)
    forms = {**compiled, "corrections": compile_form(load_catalogue()["corrections"].xlsx)}
    for form_id, form in forms.items():
        (folder / f"{form_id}.xml").write_text(form.xform, encoding="utf-8")
    collect = {form_id: OdkForm(form.xform, folder) for form_id, form in forms.items()}
    return BothEngines(folder, forms, collect, web_forms, schools)
