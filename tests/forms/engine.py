"""Fill a form as ODK Collect does, with the engine of Collect.

    form = OdkForm(xform, media=folder)              # xform: a path, or the XForm's text
    filling = form.new("English (en)", start=..., instance_id="uuid:...")
    filling.fill({"identification": {"school": "S1"}, "grades": [{"classes": {"sections": 2}}]})
    xml = filling.finalize()                         # what Collect would send, as bytes

Answers go in as the form asks for them, swiping forward; lists of dicts are repeats. What the form
does not ask raises NotAsked, a choice that it does not offer NotOffered, an answer that it refuses
Rejected with the message in the filling's language. `finalize` validates the whole form first.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jpype

from tests.forms.jvm import DEVICE, clock_handlers, start_engine

END_OF_FORM, QUESTION, GROUP = 1, 4, 8
ANSWER_OK, REQUIRED_BUT_EMPTY = 0, 1


class FormError(Exception):
    """The form did not take an answer."""


class NotAsked(FormError):
    """An answer was given to something that the form never asked."""


class NotOffered(FormError):
    """A choice that the list, as filtered now, does not offer."""


class Rejected(FormError):
    """kind: `required` or `constraint`; message: as shown to the person."""

    def __init__(self, path: str, kind: str, message: str | None):
        super().__init__(f"{path}: {kind}: {message}")
        self.path, self.kind, self.message = path, kind, message


@dataclass(frozen=True)
class Screen:
    """What stands on the tablet between two swipes.

    path: of the group (or of the question that stands alone); title: labels of the groups around;
    inputs: paths that a person can answer; shown: paths of what is only shown.
    """

    path: str
    title: str
    inputs: tuple[str, ...]
    shown: tuple[str, ...]


class OdkForm:
    """A parsed form; each `new` is a fresh filling of it."""

    def __init__(self, xform: Path | str, media: Path, properties: dict[str, str] | None = None):
        start_engine()
        self.media, self.properties = Path(media).absolute(), dict(properties or {})
        DEVICE.media, DEVICE.properties = self.media, self.properties
        self.definition = _parse(xform)
        self.blank = self.definition.getMainInstance().clone()

    def languages(self) -> list[str]:
        return [str(name) for name in self.definition.getLocalizer().getAvailableLocales()]

    def new(
        self,
        language: str | None = None,
        *,
        start: dt.datetime | None = None,
        end: dt.datetime | None = None,
        instance_id: str | None = None,
    ) -> "Filling":
        DEVICE.start, DEVICE.end, DEVICE.instance_id = start, end, instance_id
        self.definition.setInstance(self.blank.clone())
        return self._open(is_new=True, language=language)

    def reopen(self, xml: bytes) -> "Filling":
        """What was sent, or kept as a draft, opened again; the lists may be others since then."""
        from org.javarosa.xform.parse import XFormParser

        self.definition.setInstance(self.blank.clone())
        root = self.definition.getInstance().getRoot().deepCopy(True)
        root.populate(XFormParser.restoreDataModel(xml, None).getRoot(), self.definition)
        self.definition.getInstance().setRoot(root)
        return self._open(is_new=False)

    def _open(self, is_new: bool, language: str | None = None) -> "Filling":
        from org.javarosa.core.model.instance import InstanceInitializationFactory
        from org.javarosa.form.api import FormEntryController, FormEntryModel

        DEVICE.media, DEVICE.properties = self.media, self.properties
        self.definition.setPreloader(_preloader())
        controller = FormEntryController(FormEntryModel(self.definition))
        self.definition.initialize(is_new, InstanceInitializationFactory())
        if language:
            controller.setLanguage(language)
        return Filling(self.definition, controller)


class Filling:
    """One person filling one form. Paths read `group/repeat[2]/question`."""

    def __init__(self, definition, controller):
        self.definition, self.controller = definition, controller
        self.model = controller.getModel()

    def set_language(self, language: str) -> None:
        self.controller.setLanguage(language)

    def fill(self, answers: dict) -> "Filling":
        """Give each answer when its question comes up. Raises FormError."""
        given = dict(leaves(answers))
        for index, path in self._questions():
            prompt = self.model.getQuestionPrompt(index)
            prompt.getAnswerValue()  # showing a select drops a choice that is no longer offered
            if path in given:
                self._answer(index, prompt, path, given.pop(path))
        if given:
            raise NotAsked("answered but never asked: " + ", ".join(given))
        return self

    def answer(self, path: str, value) -> None:
        """Give one answer, or with None take it back. Raises FormError."""
        for index, found in self._questions():
            if found == path:
                self._answer(index, self.model.getQuestionPrompt(index), path, value)
                return
        raise NotAsked(path)

    def violation(self) -> Rejected | None:
        """The first question that fails, as Collect finds it on Finalize."""
        outcome = self.definition.validate()
        if outcome is None:
            return None
        index = outcome.failedPrompt
        path = _show(index.getReference())
        return Rejected(path, *self._reason(index, int(outcome.outcome), None))

    def finalize(self) -> bytes:
        """Validate, stamp the end, and write the XML without what is not relevant."""
        if failed := self.violation():
            raise failed
        return self.xml()

    def xml(self) -> bytes:
        """What `finalize` would write, whole or not."""
        from org.javarosa.model.xform import XFormSerializingVisitor

        self.controller.finalizeFormEntry()
        return bytes(XFormSerializingVisitor().serializeInstance(self.definition.getMainInstance()))

    def screens(self) -> list[Screen]:
        """The screens that a person swiping forward would meet now."""
        found: dict[str, tuple[str, list, list]] = {}
        for index, path, group in self._placed_questions():
            screen = found.setdefault(group or path, (self._title(index), [], []))
            is_shown = self.model.getQuestionPrompt(index).isReadOnly()
            screen[2 if is_shown else 1].append(path)
        return [
            Screen(path, title, tuple(inputs), tuple(shown))
            for path, (title, inputs, shown) in found.items()
        ]

    def asked(self) -> list[str]:
        """Paths of all questions that can be answered now."""
        return [path for screen in self.screens() for path in screen.inputs]

    def label(self, path: str) -> str:
        return str(self._prompt(path).getLongText() or "")

    def hint(self, path: str) -> str:
        return str(self._prompt(path).getHelpText() or "")

    def choices(self, path: str) -> dict[str, str]:
        """code -> label in the filling's language, in the order offered."""
        prompt = self._prompt(path)
        offered = prompt.getSelectChoices()
        return {str(one.getValue()): str(prompt.getSelectChoiceText(one)) for one in offered}

    def value(self, path: str) -> str | None:
        """What a shown question holds now; None if empty."""
        answer = self._prompt(path).getAnswerValue()
        return None if answer is None else str(answer.uncast().getString())

    def _events(self) -> Iterator[tuple[int, object]]:
        from org.javarosa.core.model import FormIndex

        self.controller.jumpToIndex(FormIndex.createBeginningOfFormIndex())
        while (event := int(self.controller.stepToNextEvent())) != END_OF_FORM:
            yield event, self.model.getFormIndex()

    def _questions(self) -> Iterator[tuple[object, str]]:
        for event, index in self._events():
            if event == QUESTION:
                yield index, _show(index.getReference())

    def _placed_questions(self) -> Iterator[tuple[object, str, str | None]]:
        """Each question with the path of the field-list that it stands in."""
        group = None
        for event, index in self._events():
            path = _show(index.getReference())
            if event == GROUP and self._is_field_list(index):
                group = path
            elif event == QUESTION:
                yield index, path, group if group and path.startswith(f"{group}/") else None

    def _is_field_list(self, index) -> bool:
        appearance = self.model.getCaptionPrompt(index).getAppearanceHint()
        return "field-list" in str(appearance or "").split()

    def _title(self, index) -> str:
        captions = list(self.model.getCaptionHierarchy(index))[:-1]
        texts = (one.getLongText() for one in captions)
        return " > ".join(str(text) for text in texts if text)

    def _prompt(self, wanted: str):
        for index, path in self._questions():
            if path == wanted:
                return self.model.getQuestionPrompt(index)
        raise NotAsked(wanted)

    def _answer(self, index, prompt, path: str, value) -> None:
        if prompt.isReadOnly():
            raise NotAsked(f"{path} is calculated")
        data = None if value in (None, "", []) else _as_data(prompt, path, value)
        outcome = int(self.controller.answerQuestion(index, data, True))
        if outcome != ANSWER_OK:
            raise Rejected(path, *self._reason(index, outcome, data))

    def _reason(self, index, outcome: int, data) -> tuple[str, str | None]:
        prompt = self.model.getQuestionPrompt(index)
        if outcome == REQUIRED_BUT_EMPTY:
            return "required", self._required_message(prompt)
        message = prompt.getConstraintText(data) if data is not None else None
        return "constraint", str(message or prompt.getSpecialFormQuestionText("constraintMsg"))

    def _required_message(self, prompt) -> str | None:
        for attribute in prompt.getBindAttributes():
            if str(attribute.getName()) == "requiredMsg":
                text = str(attribute.getAttributeValue())
                text_id = text.removeprefix("jr:itext('").removesuffix("')")
                return str(self.definition.getLocalizer().getText(text_id))
        return None


def _parse(xform: Path | str):
    from java.io import ByteArrayInputStream
    from org.javarosa.xform.util import XFormUtils

    text = xform.read_text(encoding="utf-8") if isinstance(xform, Path) else xform
    return XFormUtils.getFormFromInputStream(ByteArrayInputStream(text.encode()))


def _preloader():
    from org.javarosa.core.model.utils import QuestionPreloader

    preloader = QuestionPreloader()
    for handler in clock_handlers():
        preloader.addPreloadHandler(handler)
    return preloader


def _show(reference) -> str:
    """`/data/grades[2]/girls[1]/age_0[1]` as `grades[2]/girls/age_0`."""
    steps = (
        (str(reference.getName(i)), int(reference.getMultiplicity(i)))
        for i in range(1, reference.size())
    )
    return "/".join(
        name if position <= 0 else f"{name}[{position + 1}]" for name, position in steps
    )


def leaves(answers: dict, prefix: str = "") -> Iterator[tuple[str, object]]:
    """path -> answer, in the spelling of `_show`."""
    for name, value in answers.items():
        rows = value if _is_repeat(value) else [value]
        for position, row in enumerate(rows, start=1):
            path = f"{prefix}{name}" if position == 1 else f"{prefix}{name}[{position}]"
            if isinstance(row, dict):
                yield from leaves(row, f"{path}/")
            else:
                yield path, row


def _is_repeat(value) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _as_data(prompt, path: str, value):
    from org.javarosa.core.model import Constants
    from org.javarosa.core.model.data import AnswerDataFactory, StringData, UncastData

    control, kind = int(prompt.getControlType()), int(prompt.getDataType())
    if control in (Constants.CONTROL_SELECT_ONE, Constants.CONTROL_SELECT_MULTI):
        return _as_selection(prompt, path, value, control == Constants.CONTROL_SELECT_ONE)
    text = " ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)
    if kind in (Constants.DATATYPE_TEXT, Constants.DATATYPE_NULL, Constants.DATATYPE_BINARY):
        return StringData(text)
    try:
        return AnswerDataFactory.templateByDataType(kind).cast(UncastData(text))
    except jpype.JException as error:
        raise FormError(f"{path}: {text!r} is not of the question's type: {error}") from None


def _as_selection(prompt, path: str, value, is_single: bool):
    from java.util import ArrayList
    from org.javarosa.core.model.data import SelectMultiData, SelectOneData

    wanted = [str(one) for one in (value if isinstance(value, list | tuple) else [value])]
    offered = {str(one.getValue()): one for one in prompt.getSelectChoices()}
    missing = [one for one in wanted if one not in offered]
    if missing:
        raise NotOffered(f"{path}: {', '.join(missing)} is not offered")
    selections = ArrayList()
    for one in wanted:
        selections.add(offered[one].selection())
    return SelectOneData(selections.get(0)) if is_single else SelectMultiData(selections)
