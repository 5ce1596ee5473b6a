"""What is wrong in a form's workbook, where a person finds it in Excel."""

from dataclasses import dataclass

from config.errors import OperatorError


@dataclass(frozen=True)
class Finding:
    """severity: `error` keeps the form from being published; `warning` does not.

    row and column: as Excel shows them (row number, header text); None where it is the sheet.
    """

    sheet: str
    row: int | None
    column: str | None
    code: str
    severity: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = [f"sheet {self.sheet}"]
        place += [f"row {self.row}"] if self.row else []
        place += [f"column {self.column}"] if self.column else []
        return " ".join(
            part for part in (f"{', '.join(place)}:", self.message, self.remedy) if part
        )


class FormInvalid(OperatorError):
    """The form cannot become a survey. `findings` say where and why."""

    def __init__(self, form_id: str, findings: tuple[Finding, ...]):
        first = str(findings[0])
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(
            "form-invalid",
            f"The form {form_id} is not right. In {first}{more}",
            "`emis forms check` lists everything that it finds.",
        )
        self.findings = findings
