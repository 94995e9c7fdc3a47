"""What the compiler's errors mean: where in the module the fault lies, and which repair helps."""

import re

from pysmi import error

from netmon.mib.repair import Mending

_QUOTED = re.compile(r'"([A-Za-z][\w-]*)"|symbols?(?: found)?: ([A-Za-z][\w-]*)')
_AGAIN = re.compile(r"Duplicate symbol found: ([\w-]+)")
_ORPHANS = re.compile(r"Unknown parents for symbols: ([\w, -]+)")
_USED = re.compile(r'Unknown parent symbol: ([\w-]+)|no symbol "([\w-]+)" in module|[Uu]nknown type "([\w-]+)"')
_NO_TYPE = re.compile(r'unknown type for symbol "([\w-]+)"')


def explained(problem: error.PySmiError, text: str) -> tuple[int, int, str]:
    """Return line and column in the module's text, and what is wrong there."""
    found = bad_grammar(problem)
    if found is not None:
        return found
    message = str(problem.msg)
    named = _QUOTED.search(message)
    line, column = _position(named[1] or named[2], text) if named else (1, 1)
    return line, column, _lower(_printable(message))


def bad_grammar(problem: error.PySmiError) -> tuple[int, int, str] | None:
    """Return line, column and what stands there, of an error in the grammar."""
    cause, line = problem.__cause__, getattr(problem, "lineno", "?")
    if not isinstance(line, int):
        return None
    token = getattr(cause, "token", None) or getattr(cause, "char", "")
    message = f'bad grammar near "{_printable(str(token)[:40])}"' if token else str(problem.msg)
    return line, max(getattr(cause, "column", 1), 1), message


def mend(mending: Mending, problem: error.PySmiError) -> bool:
    """Cut out what an error complains of; False: that is not known, or too much was cut already."""
    if (at := bad_grammar(problem)) is not None:
        return mending.cut_at(*at)
    text = str(problem.msg)
    if again := _AGAIN.search(text):
        return mending.cut_again(again[1], "a definition of that name stands before")
    if orphans := _ORPHANS.search(text):
        return mending.cut_named(orphans[1].split(", "), "its parent is not known")
    if used := _USED.search(text):
        symbol = used[1] or used[2] or used[3]
        return mending.cut_using(symbol, f"{symbol} is not known")
    if lost := _NO_TYPE.search(text):
        return mending.cut_named([lost[1]], "its type is not known")
    return False


def _position(symbol: str, text: str) -> tuple[int, int]:
    """Return where a symbol is defined, else where it is named first."""
    word = re.escape(symbol)
    found = re.search(rf"^[ \t]*({word})\s+(?:[A-Z]|::=)", text, re.MULTILINE) or re.search(rf"\b({word})\b", text)
    if found is None:
        return 1, 1
    return text.count("\n", 0, found.start(1)) + 1, found.start(1) - text.rfind("\n", 0, found.start(1))


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
