"""Templates of rules: ``{vb.ifIndex}``, ``{value:.1f}``; ``{{`` is a brace (specs/rules.md 8).

| template | a part is missing | a value |
|---|---|---|
| text | ``?`` | as a person reads it; the whole at most 1,000 characters, else cut with ``...`` |
| qualifier | the template gives None; an empty part too | the same |
| object | the same | percent-encoded, so that it cannot begin a segment of the path |
"""

import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from netmon.domain.alarm_text import PLACES, cut, without_places
from netmon.domain.managed_object import SINGLE
from netmon.mib.names import MibView
from netmon.mib.node import Syntax
from netmon.mib.render import render_value
from netmon.rulebook.expression import Context, ExpressionError
from netmon.rulebook.functions import finite, missing
from netmon.rulebook.generate import Writer, build
from netmon.rulebook.grammar import parse
from netmon.rulebook.resolve import Resolver
from netmon.rulebook.scope import Template

Purpose = Literal["text", "qualifier", "object"]
Shown = Callable[[Any], str | None]
"""A value as text; None when it is missing or does not fit the spec."""

SPECS = (".0f", ".1f", ".2f", ".1%", "d", "hex", "dur", "si")

_PIECE = re.compile(r"(?P<brace>\{\{)|\{(?P<path>[^{}:]*)(?::(?P<spec>[^{}]*))?\}|(?P<odd>\{)|(?P<plain>[^{]+)")
_PATH = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)?", re.ASCII)
_OBJECT = re.compile(r"[a-z][a-z0-9-]*:.+")
_SEGMENT = re.compile(r"/(?=[a-z][a-z0-9-]*:)")
_UNSAFE = re.compile(r"[%\x00-\x1f\x7f]|/(?=[a-z][a-z0-9-]*:)")


class Part(msgspec.Struct, frozen=True):
    """A value in a template."""

    path: str
    spec: str


def compile_template(text: str, context: Context, names: MibView, *, purpose: Purpose) -> Template:
    """Return the template a text stands for.

    Raises:
        ExpressionError: what is wrong, for people.
    """
    pieces = split(text)
    if purpose == "object":
        _check_object(pieces)
    constants: dict[str, Any] = {"cut": cut}
    finish = _PURPOSES[purpose] if not (context.own and has_places(text)) else _beside_places
    calls: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            calls.append(repr(piece))
            continue
        if context.own and piece.path in PLACES:
            calls.append(repr(_place(piece)))
            continue
        resolver = Resolver(context, names)
        tree = resolver.node(parse(piece.path))
        syntax = next((node.type for node in resolver.objects(tree)), Syntax(""))
        show = f"show{len(calls)}"
        constants[show] = finish(shown(piece.spec, syntax, names))
        calls.append(f"{show}({Writer().value(tree).text})")
    return build(_identity(calls) if purpose != "text" else _text(calls), constants, {})


def has_places(text: str) -> bool:
    """Tell whether a text has places for what the alarm book knows; one that is no template has none."""
    try:
        return any(isinstance(piece, Part) and piece.path in PLACES for piece in split(text))
    except ExpressionError:
        return False


def _place(piece: Part) -> str:
    if piece.spec:
        raise ExpressionError(f"{{{piece.path}}} is a whole number as it is (write it without a format)")
    return PLACES[piece.path]


def _text(calls: list[str]) -> str:
    return f"cut({' + '.join(calls)})" if calls else "''"


def _identity(calls: list[str]) -> str:
    """Write a template that is None when a part is; a part is shown once."""
    tests, parts = list[str](), list[str]()
    for position, call in enumerate(calls):
        if call.startswith("show"):
            tests.append(f"(p{position} := {call}) is None")
            parts.append(f"p{position}")
        else:
            parts.append(call)
    whole = " + ".join(parts) or "''"
    return f"(None if {' or '.join(tests)} else {whole})" if tests else whole


def split(text: str) -> tuple[str | Part, ...]:
    """Return the literal texts and values of a template in order.

    Raises:
        ExpressionError: a brace without its other, no path, or an unknown spec.
    """
    found: list[str | Part] = []
    for piece in _PIECE.finditer(text):
        if piece["odd"]:
            raise ExpressionError("a '{' without '}' (a brace itself is written '{{')")
        if piece["path"] is None:
            found.append("{" if piece["brace"] else piece["plain"])
            continue
        if not _PATH.fullmatch(piece["path"]):
            raise ExpressionError(f"'{piece[0]}' is no value (write a path, as in {{vb.ifIndex}})")
        spec = piece["spec"]
        if spec is not None and spec not in SPECS:
            raise ExpressionError(f"unknown format '{spec}' (one of {', '.join(SPECS)})")
        found.append(Part(piece["path"], spec or ""))
    return tuple(found)


def _check_object(pieces: tuple[str | Part, ...]) -> None:
    whole = "".join(piece if isinstance(piece, str) else "0" for piece in pieces)
    if whole in SINGLE:
        return
    if not all(_OBJECT.fullmatch(segment) for segment in _SEGMENT.split(whole)):
        raise ExpressionError("no path below the element (write kind:name, as in 'if:{vb.ifIndex}')")


def shown(spec: str, syntax: Syntax, names: MibView) -> Shown:
    """Return what makes text of a value, by its spec or else by its MIB object."""
    match spec:
        case "":
            return _plain(syntax, names)
        case "hex":
            return _hex
        case "si":
            return _si
        case "d":
            return lambda value: str(int(value)) if finite(value) else None
        case "dur":
            per_s = 100 if syntax.base == "TimeTicks" else 1
            return lambda value: _duration(int(value) // per_s) if finite(value) else None
        case _:
            return lambda value: format(value, spec) if finite(value) else None


def _plain(syntax: Syntax, names: MibView) -> Shown:
    enums = dict(syntax.enums)

    def show(value: Any) -> str | None:
        if value.__class__ is int:
            return enums.get(value) or (render_value(syntax, value) if syntax.hint else str(value))
        if isinstance(value, str):
            return names.name_of(value) if syntax.base == "ObjectIdentifier" else value
        if missing(value):
            return None
        return render_value(syntax, value) if isinstance(value, bytes) else _word(value)

    return show


def _word(value: Any) -> str:
    """Return true, false, or a number without a needless ``.0``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _hex(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.hex(":")
    return hex(value) if value.__class__ is int else None


def _si(value: Any) -> str | None:
    """Three digits and a prefix of 1,000: ``12.3k``."""
    if not finite(value):
        return None
    scaled, prefixes = abs(value), iter("kMGTPE")
    prefix = ""
    while scaled >= 999.5 and (following := next(prefixes, "")):
        scaled, prefix = scaled / 1000, following
    digits = f"{scaled:.3g}" if scaled < 999.5 else f"{scaled:.0f}"
    return f"{'-' if value < 0 else ''}{digits}{prefix}"


def _duration(seconds: int) -> str:
    """The two largest units of a span: ``2d3h``, ``1m30s``."""
    rest = abs(seconds)
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")):
        if rest >= size:
            parts.append(f"{rest // size}{unit}")
            rest %= size
    return ("-" if seconds < 0 else "") + ("".join(parts[:2]) or "0s")


def _or_mark(show: Shown) -> Shown:
    def marked(value: Any) -> str | None:
        text = show(value)
        return "?" if text is None else text

    return marked


def _beside_places(show: Shown) -> Shown:
    marked = _or_mark(show)
    return lambda value: without_places(marked(value) or "")


def _or_none(show: Shown) -> Shown:
    # Two objects must never merge by accident: an empty part is as bad as none.
    return lambda value: show(value) or None


def _quoted(show: Shown) -> Shown:
    def quote(value: Any) -> str | None:
        text = show(value)
        return _UNSAFE.sub(_percent, text) if text else None

    return quote


def _percent(found: re.Match[str]) -> str:
    return f"%{ord(found[0][0]):02X}"


_PURPOSES: dict[Purpose, Callable[[Shown], Shown]] = {"text": _or_mark, "qualifier": _or_none, "object": _quoted}
