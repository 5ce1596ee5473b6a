"""Text tables: the example in a test is what is put into the database."""


def parse_table(text: str) -> list[dict]:
    """Rows of `a | b` lines under their heading; whole numbers as int, an empty cell as None."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    heading, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    for row in rows:
        assert len(row) == len(heading), f"{row} does not fit {heading}"
    return [dict(zip(heading, map(_value, row), strict=True)) for row in rows]


def _value(cell: str):
    if cell == "":
        return None
    try:
        return int(cell)
    except ValueError:
        pass
    try:
        return float(cell)
    except ValueError:
        return cell
