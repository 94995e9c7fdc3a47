"""The one strict YAML loader: config, inventory, rules and profiles, with the place of every key and value.

A subset of YAML 1.2: booleans are ``true`` and ``false`` only; no anchors, aliases, merge keys, tags, second document
or tabs; a key stands once and is text as written (``on``, ``17``); times stay text. All problems of a file are found in
one pass (specs/rules.md 9.1).
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from netmon.domain.pause import Pause, no_pause
from netmon.domain.place import Document, Place, Problem
from netmon.domain.place import Path as Keys

MAX_OCTETS = 1 << 20
MAX_DEPTH = 50
SMALL_OCTETS = 1 << 14
"""What was made of files up to this size is kept: a reload reads hundreds, and few of them have changed."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_MIN_INT, _MAX_INT = -(1 << 63), (1 << 64) - 1
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", "+.inf", ".Inf", "+.Inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Events = Iterator[yaml.Event]


class Read(msgspec.Struct, frozen=True):
    """A document with what is wrong in it; with problems its data is what could be made out."""

    document: Document
    problems: tuple[Problem, ...]


def read(path: Path, *, name: str = "", most: int = MAX_OCTETS, pause: Pause = no_pause) -> Read:
    """Read a file of at most ``most`` octets; ``name`` is what places call it (default: the path as given).

    A file that cannot be read is a problem at 1:1, never an exception. ``pause`` is called with each mapping of a large
    file.
    """
    name = name or str(path)
    try:
        with path.open("rb") as file:
            octets = file.read(most + 1)
    except OSError as error:
        return _nothing(name, Place(name, 1, 1), f"cannot be read: {(error.strerror or str(error)).lower()}")
    if len(octets) <= min(most, SMALL_OCTETS):
        return _parse_small(octets, name)
    return parse(octets, name, most=most, pause=pause)


def parse(octets: bytes, name: str, *, most: int = MAX_OCTETS, pause: Pause = no_pause) -> Read:
    """Read the octets of a file called ``name``."""
    if len(octets) > most:
        return _nothing(name, Place(name, 1, 1), f"is larger than {most >> 20} MiB")
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_of_octet(name, octets, error.start)
        return _nothing(name, place, f"not UTF-8 (octet 0x{octets[error.start]:02X})")
    read = _parsed(text.replace("\r\n", "\n"), name, pause)
    document = msgspec.structs.replace(read.document, sha256=hashlib.sha256(octets).hexdigest())
    return msgspec.structs.replace(read, document=document)


def _parsed(text: str, name: str, pause: Pause) -> Read:
    with suppress(yaml.YAMLError):
        read = _Composer(name, pause).compose(text, _FAST)
        if not read.problems:
            return read
    # libyaml words and places its errors otherwise: it may say that a file is fine, the pure parser says what is wrong.
    return _Composer(name, pause).explain(text)


_parse_small = lru_cache(maxsize=512)(parse)


def _nothing(name: str, place: Place, message: str) -> Read:
    return Read(Document(name, None, {}, {}), (Problem(place, message),))


def _place_of_octet(name: str, octets: bytes, position: int) -> Place:
    before = octets[:position]
    line_start = before.rfind(b"\n") + 1
    return Place(name, before.count(b"\n") + 1, len(before[line_start:].decode("utf-8", "replace")) + 1)


class _Stop(Exception):
    """Nothing more can be made of the file; the problem is noted."""


class _Composer:
    """Events of the parser into plain data; notes places and problems on the way."""

    def __init__(self, name: str, pause: Pause = no_pause) -> None:
        self.name = name
        self.pause = pause
        self.values: dict[Keys, Place] = {}
        self.keys: dict[Keys, Place] = {}
        self.problems: list[Problem] = []
        self.data: Any = None

    def compose(self, text: str, loader: Any) -> Read:
        self._note_tabs(text)
        with suppress(_Stop):
            self._stream(yaml.parse(text.replace("\t", " "), Loader=loader))
        document = Document(self.name, self.data, self.values, self.keys)
        return Read(document, tuple(sorted(self.problems)))

    def explain(self, text: str) -> Read:
        """Compose as far as it goes and say why it does not go further."""
        try:
            return self.compose(text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            self._note(error.problem_mark or error.context_mark, _explained(error))
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            place = Place(self.name, before.count("\n") + 1, error.position - before.rfind("\n"))
            self.problems.append(Problem(place, f"character U+{ord(text[error.position]):04X} is not allowed"))
        return Read(Document(self.name, None, self.values, self.keys), tuple(sorted(self.problems)))

    def _stream(self, events: Events) -> None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if event.tags:
                    self._note(event.start_mark, "%TAG is not allowed")
                if documents > 1:
                    self._note(event.start_mark, "a second document is not allowed: one file, one document")
                    return
                self.data = self._node(next(events), events, ())

    def _node(self, event: yaml.Event, events: Events, path: Keys) -> Any:
        self.values[path] = self._place(event.start_mark)
        if len(path) > MAX_DEPTH:
            self._note(event.start_mark, f"nested deeper than {MAX_DEPTH} levels")
            raise _Stop
        if isinstance(event, yaml.AliasEvent):
            self._note(event.start_mark, f"alias *{event.anchor} is not allowed: write the value out")
            return None
        self._note_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return [
                self._node(item, events, (*path, at)) for at, item in enumerate(_until(events, yaml.SequenceEndEvent))
            ]
        return self._mapping(events, path)

    def _mapping(self, events: Events, path: Keys) -> dict[str, Any]:
        self.pause()
        found: dict[str, Any] = {}
        for event in _until(events, yaml.MappingEndEvent):
            key = self._key(event, events, path)
            again = key in found
            if again:
                first = self.keys[(*path, key)].line
                self._note(event.start_mark, f"duplicate key '{key}' (first at line {first})")
            else:
                self.keys[(*path, key)] = self._place(event.start_mark)
            value = self._node(next(events), events, (*path, f"{key} again" if again else key))
            found.setdefault(key, value)
        return found

    def _key(self, event: yaml.Event, events: Events, path: Keys) -> str:
        """Read a key as the text that stands there, so that ``on`` and ``17`` are keys like any other."""
        if not isinstance(event, yaml.ScalarEvent):
            self._note(event.start_mark, "a key must be text, not an alias, a list or a mapping")
            if not isinstance(event, yaml.AliasEvent):
                self._node(event, events, (*path, ""))
            return ""
        self._note_properties(event)
        if event.value == "<<" and not event.style:
            self._note(event.start_mark, "merge key << is not allowed: write the keys out")
        return str(event.value)

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        if event.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return self._integer(event)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _integer(self, event: yaml.ScalarEvent) -> int:
        number = (
            int(event.value, 0 if event.value[1:2] in ("o", "x") else 10) if len(event.value) <= 24 else _MAX_INT + 1
        )
        if not _MIN_INT <= number <= _MAX_INT:
            self._note(event.start_mark, "the number has more than 64 bits")
        return number

    def _note_properties(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent) and _SURROGATE.search(event.value):
            self._note(event.start_mark, "half of a surrogate pair is no character: write the character itself")
        if event.anchor is not None:
            self._note(
                event.start_mark, f"anchor &{event.anchor} is not allowed: write the value out where it is needed"
            )
        if event.tag is not None:
            self._note(event.start_mark, f"tag {event.tag} is not allowed")

    def _note_tabs(self, text: str) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                place = Place(self.name, number, line.index("\t") + 1)
                self.problems.append(Problem(place, "a tab is not allowed (use blanks)"))

    def _note(self, mark: Any, message: str) -> None:
        self.problems.append(Problem(self._place(mark), message))

    def _place(self, mark: Any) -> Place:
        return Place(self.name, mark.line + 1, mark.column + 1)


def _until(events: Events, end: type[yaml.Event]) -> Events:
    """Yield the events of the nodes of a collection; the caller takes what lies inside each of them."""
    while not isinstance(event := next(events), end):
        yield event


_HINTS = {
    "mapping values are not allowed here": "a value with ': ' in it needs quotes; else the indentation is wrong",
    "could not find expected ':'": "a ':' is missing after the key, or the indentation is wrong",
    "that cannot start any token": "put the text in quotes",
}


def _explained(error: yaml.MarkedYAMLError) -> str:
    began = (
        f" ({error.context} from line {error.context_mark.line + 1})" if error.context and error.context_mark else ""
    )
    hint = next((f": {hint}" for part, hint in _HINTS.items() if part in str(error.problem)), "")
    return f"not YAML: {error.problem}{began}{hint}"
