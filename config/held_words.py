"""What is held of a school elsewhere, in words: what its head reads before saying whether it is so,
and who opens the school's page.

Comes in: `config/held.toml`, a figure with its holder and day. Goes out: a sentence.
"""

from collections.abc import Mapping

from config.codes import code_names
from config.paths import CONFIG_DIR
from config.words import day_in_words, read_texts

HELD_FILE = CONFIG_DIR / "held.toml"


def told_of_held(figure: Mapping, language: str) -> str:
    """figure: a row of emis.held_figure. Girls and boys are told where both are known."""
    values = {
        "source": code_names("record_source", language)[figure["source_code"]],
        "day": day_in_words(figure["as_of_date"], language),
    }
    by_sex = "" if figure["girl_count"] is None else "_by_sex"
    text = read_texts(HELD_FILE)[f"{figure['topic_code']}{by_sex}"].in_language(language)
    return text.format(**{**figure, **values})
