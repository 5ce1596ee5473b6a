"""What ODK Web Forms says, which knows English alone: `words.js` puts these in its place."""


def engine_words(gettext) -> dict[str, str | dict[str, str]]:
    """engine: English -> the text; errors: with {count}. gettext: of the reader's language."""
    engine = {
        "Send": gettext("Send"),
        "Change language": gettext("Change language"),
        "change language": gettext("Change language"),
        "Powered by": gettext("Powered by"),
        "Remove": gettext("Remove"),
        "Add": gettext("Add"),
        "Okay": gettext("Okay"),
        "Take picture": gettext("Take picture"),
        "Choose image": gettext("Choose image"),
    }
    errors = gettext("Questions to look at again: %(count)s") % {"count": "{count}"}
    return {"engine": engine, "errors": errors}
