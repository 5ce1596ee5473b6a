"""What ODK Web Forms says, which knows English alone: `words.js` puts these in its place."""

GRANT_LOCATION = (
    "Grant location permission in the browser settings and make sure location is turned on."
)
# Our pages never grant it (processing.web.security): the place would be that of the office.


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
        "Get location": gettext("Get location"),
        "Cannot access location": gettext("The place cannot be recorded here."),
        GRANT_LOCATION: gettext("Leave this question empty."),
    }
    errors = gettext("Questions to look at again: %(count)s") % {"count": "{count}"}
    return {"engine": engine, "errors": errors}
