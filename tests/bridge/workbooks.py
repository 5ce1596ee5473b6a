"""XLSForms out of small text tables."""

from pathlib import Path

import openpyxl


def write_xlsform(path: Path, **sheets: str) -> Path:
    """sheets: name -> a table; the first line holds the headers, cells are divided by `|`.

    A form id that equals the file's name is added where no settings are given.
    """
    sheets.setdefault("settings", f"form_id\n{path.stem}")
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, table in sheets.items():
        sheet = workbook.create_sheet(name)
        for line in table.strip().splitlines():
            sheet.append([cell.strip() or None for cell in line.split("|")])
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook.save(path)
    return path
