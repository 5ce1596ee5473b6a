"""What part of the country a reader sees, as a record and as SQL.

In: nothing from a request; `processing.web.access` makes a `Scope` of the account. Out: a
condition on a school's row and its parameters. Every query of a page takes one, so that a page
cannot forget it.
"""

from dataclasses import dataclass

NATION_CODE = "IQ"
LEVELS = ("nation", "directorate", "school", "nothing")

# A department is beneath a general directorate; there are no further levels (emis.directorate).
SUBTREE_SQL = """SELECT directorate_code FROM emis.directorate
    WHERE directorate_code = :scope_code OR parent_code = :scope_code"""


@dataclass(frozen=True)
class Scope:
    """level: nation | directorate | school | nothing; code: of the directorate or school."""

    level: str
    code: str | None = None

    def __post_init__(self):
        if self.level not in LEVELS or (self.level in ("directorate", "school")) != bool(self.code):
            raise ValueError(f"no such scope: {self.level}")

    @property
    def parameters(self) -> dict[str, str]:
        return {"scope_code": self.code} if self.code else {}

    @property
    def unit(self) -> tuple[str, str]:
        """unit_level and unit_code of the scope's own figures in stats.indicator_value."""
        return (self.level, self.code) if self.code else ("nation", NATION_CODE)

    def holds(self, school: str) -> str:
        """The condition that the row `school` of emis.school lies within the scope."""
        if self.level == "nation":
            return "true"
        if self.level == "directorate":
            return f"{school}.directorate_code IN ({SUBTREE_SQL})"
        if self.level == "school":
            return f"{school}.school_code = :scope_code"
        return "false"

    def has_school(self, school_code: str) -> str:
        """The condition that a fact's school lies within the scope; for the nation also facts
        of no known school."""
        if self.level == "nation":
            return "true"
        return f"""{school_code} IN (SELECT seen.school_code FROM emis.school AS seen
                                     WHERE {self.holds("seen")})"""


NATION = Scope("nation")
NOTHING = Scope("nothing")
