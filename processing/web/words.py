"""Words for the codes that the program itself uses: roles, severities, states, kinds of unit.

Code lists come from `config.codes`, forms from `config.forms`, rules from `config.rules`; this
holds the rest. An unknown code shows as itself: better a code than a gap.
"""

from flask_babel import gettext, lazy_gettext

from config.codes import code_names
from config.forms import load_catalogue
from config.rules import load_rules, message
from processing.web.i18n import language

ROLE_NAMES = {
    "administrator": lazy_gettext("Administrator"),
    "ministry": lazy_gettext("Ministry"),
    "general_directorate": lazy_gettext("General directorate"),
    "department": lazy_gettext("Department of education"),
    "supervisor": lazy_gettext("Supervisor"),
    "school_head": lazy_gettext("Head of school"),
    "analyst": lazy_gettext("Analyst"),
    "partner": lazy_gettext("Partner"),
    "help_desk": lazy_gettext("Help desk"),
}
SEVERITY_NAMES = {
    "blocking": lazy_gettext("Blocking"),
    "error": lazy_gettext("Error"),
    "warning": lazy_gettext("Warning"),
    "review": lazy_gettext("To review"),
}
ISSUE_STATE_NAMES = {"open": lazy_gettext("Open"), "sent_back": lazy_gettext("Sent back")}
REVIEW_STATE_NAMES = {
    None: lazy_gettext("Received"),
    "received": lazy_gettext("Received"),
    "hasIssues": lazy_gettext("Has issues"),
    "edited": lazy_gettext("Edited"),
    "approved": lazy_gettext("Approved"),
    "rejected": lazy_gettext("Rejected"),
}
RUN_STATE_NAMES = {
    "running": lazy_gettext("Running"),
    "done": lazy_gettext("Done"),
    "failed": lazy_gettext("Failed"),
    "lost": lazy_gettext("Lost, taken up again"),
}
FORM_STATE_NAMES = {
    "open": lazy_gettext("Open"),
    "closing": lazy_gettext("Closing"),
    "closed": lazy_gettext("Closed"),
    "gone": lazy_gettext("Gone from Central"),
}
FORM_EVENT_NAMES = {
    "form-added": lazy_gettext("New form"),
    "version-published": lazy_gettext("New version"),
    "state-changed": lazy_gettext("Another state"),
    "question-added": lazy_gettext("New question"),
    "question-removed": lazy_gettext("Question removed"),
    "question-retyped": lazy_gettext("Another type"),
    "choices-added": lazy_gettext("New choices"),
    "choices-removed": lazy_gettext("Choices removed"),
}
ENTRY_STATE_NAMES = {
    "waiting": lazy_gettext("Waits for ODK Central"),
    "refused": lazy_gettext("Not taken by ODK Central"),
    "withdrawn": lazy_gettext("Withdrawn"),
    "corrected": lazy_gettext("Corrected by another entry"),
    "sent": lazy_gettext("In ODK Central"),
    "landed": lazy_gettext("Has arrived"),
}
UNIT_KIND_NAMES = {
    "governorate": lazy_gettext("Governorates"),
    "directorate": lazy_gettext("General directorates"),
    "department": lazy_gettext("Departments of education"),
    "district": lazy_gettext("Districts"),
}
# Stages of the data path, and tasks of the timetable where they are called otherwise.
WORK_NAMES = {
    "find_forms": lazy_gettext("Look for forms in Central"),
    "pull": lazy_gettext("Pull submissions"),
    "verify": lazy_gettext("Compare with the XML"),
    "verify_again": lazy_gettext("Ask again for XML that did not come"),
    "validate": lazy_gettext("Validate returns"),
    "normalize": lazy_gettext("Bring returns into the warehouse"),
    "indicators": lazy_gettext("Compute indicators"),
    "feedback": lazy_gettext("Decide what schools are asked"),
    "send_feedback": lazy_gettext("Send questions to schools"),
    "send_entries": lazy_gettext("Send what departments have entered"),
    "tell_schools": lazy_gettext("Tell schools what has arrived"),
    "school_updates": lazy_gettext("Take school updates into the registry"),
    "resolve_conflicts": lazy_gettext("Send what was chosen in conflicts"),
    "list_schools": lazy_gettext("Bring schools' entities to the registry"),
    "opened_rounds": lazy_gettext("Tell schools what has arrived"),
    "messages": lazy_gettext("Send questions that wait"),
    "entries": lazy_gettext("Send entries that wait"),
    "reconcile": lazy_gettext("Compare Central and mirror"),
    "late": lazy_gettext("Read late submissions again"),
    "reread": lazy_gettext("Read again what gives no signal"),
    "attachments": lazy_gettext("Fetch attachments"),
    "check_files": lazy_gettext("Ask after replaced attachments"),
    "entities": lazy_gettext("Read entity lists"),
    "comments": lazy_gettext("Read comments"),
    "people": lazy_gettext("Read accounts and senders"),
    "form_versions": lazy_gettext("Read form versions"),
    "prune_runs": lazy_gettext("Forget old runs"),
}
LEFT_TO_RIGHT, END_OF_ISOLATE = "\u2066", "\u2069"
BREAKDOWN_KEYS = {"level": "level", "sex": "pupil_sex"}


def role_name(code: str) -> str:
    return _word(ROLE_NAMES, code)


def severity_name(code: str) -> str:
    return _word(SEVERITY_NAMES, code)


def issue_state_name(code: str) -> str:
    return _word(ISSUE_STATE_NAMES, code)


def review_state_name(code: str | None) -> str:
    return _word(REVIEW_STATE_NAMES, code)


def run_state_name(code: str) -> str:
    return _word(RUN_STATE_NAMES, code)


def form_state_name(code: str) -> str:
    return _word(FORM_STATE_NAMES, code)


def form_event_name(what: str) -> str:
    return _word(FORM_EVENT_NAMES, what)


def entry_state_name(state: str) -> str:
    """How far a return is that a department has entered."""
    return _word(ENTRY_STATE_NAMES, state)


def unit_kind_name(kind: str) -> str:
    return _word(UNIT_KIND_NAMES, kind)


def work_name(name: str) -> str:
    """The words for a stage or a task."""
    return _word(WORK_NAMES, name)


def form_title(form_id: str) -> str:
    entry = load_catalogue().get(form_id)
    return entry.title(language()) if entry else form_id


def form_of(row) -> str:
    """The form's title, of a row that names the form."""
    return form_title(row["form_id"])


def code_name(code_list: str, code: str | int | None) -> str | None:
    """The name of a code of a list in config/codes."""
    if code is None:
        return None
    return code_names(code_list, language()).get(str(code), str(code))


def breakdown_name(breakdown: str) -> str:
    """`level=primary;sex=female` → Primary, female; the total for none."""
    if not breakdown:
        return gettext("All together")
    pairs = (pair.partition("=") for pair in breakdown.split(";"))
    names = (
        code_name(BREAKDOWN_KEYS[key], value) if key in BREAKDOWN_KEYS else value
        for key, _, value in pairs
    )
    return " – ".join(names)


def rule_name(rule: str) -> str:
    entry = load_rules().get(rule)
    return entry.name.in_language(language()) if entry else rule


def issue_message(rule: str, arguments: dict) -> str:
    """What the rule says of one issue; an old rule that the catalogue has dropped says its name."""
    if rule not in load_rules():
        return rule
    named = {name: _as_written(value) for name, value in arguments.items()}
    return message(rule, language(), named)


def _as_written(value):
    """A path of a form keeps its slashes in order between right-to-left words."""
    is_path = isinstance(value, str) and value.startswith("/")
    return f"{LEFT_TO_RIGHT}{value}{END_OF_ISOLATE}" if is_path else value


def _word(names: dict, code: str | None) -> str:
    return str(names.get(code, code))
