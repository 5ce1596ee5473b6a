"""Rows out of an OData answer while it is still arriving.

Comes in: a function that gives the next bytes of the answer, and b"" at its end. Goes out: each
element of `value` as (parsed object, its bytes as received), in order; then, as the generator's
result, the other members of the document.

Promised: memory holds one row and one block, however long the answer; a row of many megabytes
costs time in proportion to its length; an answer that ends early, in whatever place, raises
IncompleteAnswer and never ends as if it were whole.
"""

import codecs
import json
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass

import orjson

from bridge.changes import IncompleteAnswer

# Beyond this a row that is still open is looked at again only when it has doubled.
RESCAN_CHARS = 65536
# An error this near to the end of what has arrived can be a word that is cut in two, such as
# `nul` or `\u06`; an error further back will not heal.
LONGEST_WORD = 16
LONGEST_WHOLE = 20


@dataclass(frozen=True)
class Answer:
    """What stood beside the rows: their number, and the document's other members."""

    row_count: int
    members: dict


def read_rows(read: Callable[[], bytes]) -> Generator[tuple[dict, bytes], None, Answer]:
    """Yields the rows of one answer; returns what stood beside them, such as `@odata.count`."""
    text = _ArrivingText(read)
    members, row_count = {}, None
    text.expect("{")
    while True:
        name, _ = text.take_value()
        text.expect(":")
        if name == "value":
            row_count = yield from _read_array(text)
        else:
            members[name], _ = text.take_value()
        if text.expect(",}") == "}":
            break
    text.expect_end()
    if row_count is None:
        raise IncompleteAnswer("Central's answer holds no list of submissions.")
    return Answer(row_count, members)


def read_list(read: Callable[[], bytes]) -> Generator[tuple[object, bytes], None, int]:
    """Yields the elements of an answer that is one JSON list; returns how many there were."""
    text = _ArrivingText(read)
    count = yield from _read_array(text)
    text.expect_end()
    return count


def _read_array(text: "_ArrivingText"):
    text.expect("[")
    if text.peek() == "]":
        text.expect("]")
        return 0
    count = 0
    while True:
        row, source = text.take_like_the_last()
        count += 1
        yield row, source
        if text.expect(",]") == "]":
            return count


class _ArrivingText:
    """The part of the document that has arrived and has not been taken yet."""

    def __init__(self, read: Callable[[], bytes]):
        self._read, self._decode = read, codecs.getincrementaldecoder("utf-8")().decode
        self._text, self._at, self._has_ended = "", 0, False
        decoder = json.JSONDecoder(parse_int=_whole_number, parse_constant=_refuse_constant)
        self._scan = decoder.scan_once
        self._boundary = ""

    def take_value(self) -> tuple[object, str]:
        """The next JSON value and its source."""
        self.peek()
        while True:
            try:
                value, end = self._scan(self._text, self._at)
                if self._is_settled(end):
                    source, self._at = self._text[self._at : end], end
                    return value, source
            except StopIteration as error:
                self._refuse_unless_cut(error.value, "Expecting value")
            except json.JSONDecodeError as error:
                self._refuse_unless_cut(error.pos, error.msg)
            self._fetch()

    def take_like_the_last(self) -> tuple[object, bytes]:
        """The next value, in a third of the time where it is an object that begins as the last did.

        Where `},{"first key":` stands next, the object ends, or one inside it does: quotes in a
        text are escaped, so it is never part of one. What is cut off wrongly is no JSON.
        """
        self.peek()
        end = self._text.find(self._boundary, self._at) + 1 if self._boundary else 0
        if end:
            source = self._text[self._at : end].encode()
            with suppress(orjson.JSONDecodeError):
                value = orjson.loads(source)
                self._at = end
                return value, source
        value, text = self.take_value()
        self._boundary = "}," + text[: text.find(":") + 1] if text.startswith('{"') else ""
        return value, text.encode()

    def peek(self) -> str:
        """The next character that is not a space."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in " \t\r\n":
                    return self._text[self._at]
                self._at += 1
            self._fetch()

    def expect(self, allowed: str) -> str:
        found = self.peek()
        if found not in allowed:
            raise IncompleteAnswer("Central's answer is not the JSON that was asked for.")
        self._at += 1
        return found

    def expect_end(self) -> None:
        while not self._has_ended:
            if self._text[self._at :].strip():
                break
            self._append(1)
        if self._text[self._at :].strip():
            raise IncompleteAnswer("Central's answer goes on after its end.")

    def _is_settled(self, end: int) -> bool:
        """A number at the end of what has arrived may have more digits to come."""
        return end < len(self._text) or self._has_ended or self._text[end - 1] in '}]"'

    def _refuse_unless_cut(self, position: int, message: str) -> None:
        is_cut = len(self._text) - position <= LONGEST_WORD
        if not is_cut and not message.startswith("Unterminated string"):
            raise IncompleteAnswer(f"Central's answer is not valid JSON ({message}).")

    def _fetch(self) -> None:
        """More text, or the refusal: whoever asks for more has not reached the document's end."""
        if self._has_ended:
            raise IncompleteAnswer("Central's answer ended before the document was whole.")
        pending = len(self._text) - self._at
        self._append(pending if pending > RESCAN_CHARS else 1)

    def _append(self, wanted_chars: int) -> None:
        pieces = [self._text[self._at :]]
        while wanted_chars > 0 and not self._has_ended:
            block = self._read()
            self._has_ended = not block
            pieces.append(self._decoded(block))
            wanted_chars -= len(pieces[-1])
        self._text, self._at = "".join(pieces), 0

    def _decoded(self, block: bytes) -> str:
        try:
            return self._decode(block, final=not block)
        except UnicodeDecodeError:
            raise IncompleteAnswer("Central's answer is not UTF-8 to its end.") from None


def _whole_number(text: str) -> int | float:
    """As orjson has it, so that a number does not depend on where its row stands."""
    number = int(text) if len(text) <= LONGEST_WHOLE else None
    return number if number is not None and -(2**63) <= number < 2**64 else float(text)


def _refuse_constant(name: str):
    raise IncompleteAnswer(f"Central's answer is not valid JSON ({name}).")
