"""What `config/forms.toml` does not say of a form, or says of another one.

In: a form that compiles. Out: warnings; what is missing here is missed where returns arrive, which
then belong to no school and no round, and nothing says so.
"""

from collections.abc import Iterator

from bridge.compile import CompiledForm
from bridge.findings import Finding
from bridge.xform_model import read_model
from config.forms import load_catalogue


def catalogue_faults(form: CompiledForm) -> Iterator[Finding]:
    entry = load_catalogue().get(form.form_id)
    if entry is None:
        yield Finding(
            "settings", 2, "form_id", "catalogue-without-form", "warning",
            "config/forms.toml does not name this form: no tablet gets it, and its returns belong "
            "to no school and no round.",
            "Name it there before it is published.",
        )  # fmt: skip
        return
    model = read_model(form.xform)
    for key, path in (("school", entry.school_path), ("period", entry.period_path)):
        if model.question_at(path) is None:
            yield Finding(
                "survey", None, "name", "catalogue-without-question", "warning",
                f"config/forms.toml says that {path} names the {key}; the form does not ask it.",
                "Correct the path there; returns that lack it belong to no school or round.",
            )  # fmt: skip
