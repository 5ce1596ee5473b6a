"""What stands behind a question: its conditions, parameters and defaults, and what sets it.

Comes in: the elements of an XForm that are about one question. Goes out: column or parameter of
the sheet -> expression, as authors write it.

| in the XForm                                    | column or parameter         |
|-------------------------------------------------|-----------------------------|
| attributes of `bind` and of the control         | of the same name, mostly    |
| `setvalue` inside another question's control    | `trigger`, `calculation`    |
| `setvalue` on opening, or an answer in the form | `default`                   |
| `itemset` of the control                        | `choice_filter`, parameters |
| attributes of the node itself                   | `instance::…`               |
| attributes of an entity and their formulas      | those of the sheet entities |
"""

import re

from lxml import etree

from bridge.xform import INSTANCE, XF, local_name

JR = "{http://openrosa.org/javarosa}"
ORX = "{http://openrosa.org/xforms}"
ODK = "{http://www.opendatakit.org/xforms}"
ENTITIES = "{http://www.opendatakit.org/xforms/entities}"
BIND_LOGIC = {
    "relevant": "relevant", "constraint": "constraint", "required": "required",
    "calculate": "calculation", "readonly": "read_only",
    f"{ENTITIES}saveto": "save_to", f"{ORX}max-pixels": "max-pixels",
}  # fmt: skip
# What is told elsewhere, or what pyxform writes by itself.
TOLD = {
    "nodeset", "ref", "type", "preload", "preloadParams", "constraintMsg", "requiredMsg",
    "mediatype", "appearance", "query", "count", "noAddRemove", "id",
    "event",
}  # fmt: skip
# As authors write what the XForm calls otherwise.
WRITTEN_AS = {
    "accuracyThreshold": "capture-accuracy", "unacceptableAccuracyThreshold": "warning-accuracy",
    "tick-interval": "tick_interval", "noAppErrorString": "no_app_error_string",
}  # fmt: skip
# Of the sheet `entities`: the attribute of the entity whose formula a column is.
ENTITY_COLUMNS = {"create": "create_if", "update": "update_if", "id": "entity_id"}
FIRST_LOAD, ANSWERED = "odk-instance-first-load", "xforms-value-changed"
# `randomize(instance('days')/root/item[a = 1], 42)`: the choices, and the seed after them.
RANDOMIZED = re.compile(r"randomize\((.*?)(?:,\s*([^\],()]*))?\)", re.DOTALL)
USUAL_REFS = ("name", "label")


class LogicReader:
    """Of one form. envelope: the name of the node that holds its answers."""

    def __init__(self, root: etree._Element, envelope: str):
        self.envelope = envelope
        self.binds = {bind.get("nodeset"): bind for bind in root.iter(f"{XF}bind")}
        self.defaults: dict[str, str] = {}
        self.triggers: dict[str, list[str]] = {}
        self.set_values: dict[str, str] = {}
        self.actions: dict[str, etree._Element] = {}
        for action in root.iter("{*}setvalue", "{*}setgeopoint", "{*}recordaudio"):
            self._note(action)

    def read(self, element, ref: str, bind, control, repeat) -> dict[str, str]:
        """element: the node that holds the answer, at ref; any of the others may be None."""
        found = {}
        if bind is not None:
            found = {name: bind.get(key) for key, name in BIND_LOGIC.items() if bind.get(key)}
        if ref in self.triggers:
            found["trigger"] = ", ".join(self.triggers[ref])
            found["calculation"] = self.set_values[ref]
        for said in (control, repeat):
            found |= _shown(said) if said is not None else {}
        for said in (bind, control, repeat, self.actions.get(ref)):
            found |= _parameters(said) if said is not None else {}
        found = {name: self.short(text) for name, text in found.items() if text}
        found = {name: text for name, text in found.items() if text != "false()"}
        return found | self._default(element, ref) | self._attributes(element, ref)

    def source(self, ref: str, bind, control) -> str:
        """What fills a question of a type that Central takes for another's: `image`, `today`."""
        if control is not None and control.get("mediatype"):
            return control.get("mediatype").partition("/")[0]
        if ref in self.actions:
            return local_name(self.actions[ref])
        if bind is None:
            return ""
        return bind.get(f"{JR}preloadParams") or bind.get(f"{JR}preload", "")

    def entity(self, element: etree._Element, ref: str) -> dict[str, str]:
        """The columns of the sheet `entities`; element: what it makes or changes, at ref."""
        found = {"list_name of entities": element.get("dataset", "")}
        for attribute, column in ENTITY_COLUMNS.items():
            bind = self.binds.get(f"{ref}/@{attribute}")
            found[column] = self.short(bind.get("calculate", "")) if bind is not None else ""
        return {column: text for column, text in found.items() if text}

    def short(self, expression: str) -> str:
        """` /data/a/b  > 3` as `${b} > 3`, as authors write it."""
        path = rf"/{re.escape(self.envelope)}(?:/[\w.-]+)*/([\w.-]+)"
        return " ".join(re.sub(path, r"${\1}", expression).split())

    def _note(self, action: etree._Element) -> None:
        ref, events = action.get("ref"), action.get("event", "").split()
        if ANSWERED in events:
            asked = action.getparent().get("ref", "")
            self.triggers.setdefault(ref, []).append(asked)
            self.set_values[ref] = action.get("value", "")
        elif local_name(action) != "setvalue":
            self.actions[ref] = action
        elif FIRST_LOAD in events:
            self.defaults[ref] = action.get("value", "")

    def _default(self, element, ref: str) -> dict[str, str]:
        said = self.defaults.get(ref) or (element.text or "").strip()
        return {"default": self.short(said)} if said and not len(element) else {}

    def _attributes(self, element, ref: str) -> dict[str, str]:
        if element.get("dataset"):
            # The first entity of a form is told among its settings.
            return {} if ref == f"/{self.envelope}/meta/entity" else self.entity(element, ref)
        named = {key: text for key, text in element.items() if key != f"{JR}template"}
        return {f"instance::{attribute_name(key)}": self.short(text) for key, text in named.items()}


def _shown(control: etree._Element) -> dict[str, str]:
    """How a question, a group or a repeat is shown, and the choices that it offers."""
    found = {"appearance": control.get("appearance", "")}
    if control.get(f"{JR}count"):
        found["repeat_count"] = control.get(f"{JR}count")
    else:
        found["noAddRemove"] = control.get(f"{JR}noAddRemove", "")
    itemset = control.find(f"{XF}itemset")
    if itemset is not None:
        found |= _offered(itemset.get("nodeset", "")) | _refs(itemset)
    elif control.get("query"):
        found |= _offered(control.get("query"))
    return {name: text for name, text in found.items() if text}


def _offered(nodeset: str) -> dict[str, str]:
    randomized = RANDOMIZED.fullmatch(nodeset.strip())
    found = {"randomize": "true", "seed": randomized[2] or ""} if randomized else {}
    nodeset = randomized[1] if randomized else nodeset
    return found | {"choice_filter": re.sub(r"^[^\[]*\[?|\]$", "", nodeset)}


def _refs(itemset: etree._Element) -> dict[str, str]:
    """The parameters `value` and `label`; or the question of a repeat that gives the choices."""
    value, label = (itemset.find(f"{XF}{name}") for name in ("value", "label"))
    found = {"value": _ref(value), "label": _ref(label)}
    nodeset = itemset.get("nodeset", "")
    if not INSTANCE.search(nodeset):
        return {"type": f"{nodeset.partition('[')[0]}/{found['value']}"}
    is_written = {name: ref for name, ref in found.items() if ref not in USUAL_REFS}
    return {name: ref for name, ref in is_written.items() if not ref.startswith("jr:itext")}


def _ref(element: etree._Element | None) -> str:
    return element.get("ref", "") if element is not None else ""


def _parameters(element: etree._Element) -> dict[str, str]:
    """Attributes of a bind or a control that no column of the sheet is named after."""
    named = {attribute_name(key): text for key, text in element.items() if key not in BIND_LOGIC}
    return {WRITTEN_AS.get(name, name): text for name, text in named.items() if name not in TOLD}


def attribute_name(attribute: str) -> str:
    """`{http://…}length` as `length`."""
    return etree.QName(attribute).localname
