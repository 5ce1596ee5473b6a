"""Pieces of SQL that several rules share: both sexes at once, sums, and the words of a grade."""

from processing.db.queries.returns import AGE_BANDS, SEX_WORDS

# A grade as the messages name it; a row without one is called so.
GRADE = "coalesce(g.grade::text, 'none')"


def words_of(*templates: str) -> str:
    """Column names for both sexes: "{sex}_total" -> "girls_total boys_total"."""
    return " ".join(each.format(sex=word) for each in templates for word in SEX_WORDS.values())


def by_sex(*expressions: str) -> str:
    """SQL: one row a sex, `v(sex, word, ...)`; {sex} stands for the columns' word."""
    rows = (
        f"('{code}', '{word}', {', '.join(each.format(sex=word) for each in expressions)})"
        for code, word in SEX_WORDS.items()
    )
    return f"(VALUES {', '.join(rows)})"


def added(*expressions: str) -> str:
    """SQL: the sum of counts, an empty one being none."""
    return "(" + " + ".join(f"coalesce({each}, 0)" for each in expressions) + ")"


# Pupils of a grade of one sex: the total of the form, or where it has none the years of birth.
TOTAL = "coalesce(g.{sex}_total, " + added(*[f"g.{{sex}}_age_{band}" for band in AGE_BANDS]) + ")"
BOTH = "(" + " + ".join(TOTAL.format(sex=word) for word in SEX_WORDS.values()) + ")"
