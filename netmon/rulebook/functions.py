"""What compiled conditions and templates call: every one knows what missing means (specs/rules.md 8).

A value is missing when it is None or NaN. A comparison with a missing side is false, except ``!=``; of text with a
number it is false and counted; arithmetic on anything but numbers is missing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from math import isfinite, log10
from operator import add, ge, gt, le, lt, mul, sub, truediv
from typing import Any

from netmon.rulebook.grammar import MAX_BITS
from netmon.rulebook.pattern import MAX_SUBJECT

MAX_EXPONENT = 30
"""Of ten; the prefixes of units reach from 10^-24 to 10^24."""

_U32 = 1 << 32

Tally = dict[str, int]
"""``type_mismatch`` and ``subject_too_long`` since the start."""


def number(value: Any) -> bool:
    """Tell whether a value is a number that is not missing."""
    return value.__class__ is int or (value.__class__ is float and value == value)


def finite(value: Any) -> bool:
    """Tell whether a value is a number within the range of rules."""
    return number(value) and (value.bit_length() <= MAX_BITS if isinstance(value, int) else isfinite(value))


def text(value: Any) -> str | None:
    """Return text as such and octets as UTF-8, None of anything else."""
    if isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else None


def missing(value: Any) -> bool:
    """Tell whether a value is missing."""
    return value is None or value != value


def true(value: Any) -> bool:
    """Tell whether a value holds as a condition: not missing, not false, not 0, not empty."""
    return value is not None and value == value and bool(value)


def _arithmetic(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> int | float | None:
    """Return what an operation on two numbers gives, missing when there is no number or it is out of range."""
    if not number(a) or not number(b):
        return None
    try:
        value = operation(a, b)
    except (ZeroDivisionError, OverflowError):
        return None
    return value if finite(value) else None


def plus(a: Any, b: Any) -> int | float | None:
    """``a + b``."""
    return _arithmetic(add, a, b)


def minus(a: Any, b: Any) -> int | float | None:
    """``a - b``."""
    return _arithmetic(sub, a, b)


def times(a: Any, b: Any) -> int | float | None:
    """``a * b``."""
    return _arithmetic(mul, a, b)


def divided(a: Any, b: Any) -> int | float | None:
    """``a / b``; missing for b = 0."""
    return _arithmetic(truediv, a, b)


def negative(a: Any) -> int | float | None:
    """``-a``."""
    return -a if number(a) else None


def absolute(a: Any) -> int | float | None:
    """``abs(a)``."""
    return abs(a) if number(a) else None


def rounded(a: Any, digits: Any = 0) -> int | float | None:
    """``round(a)``, or to a number of digits after the point."""
    if not finite(a) or digits.__class__ is not int or not 0 <= digits <= 15:
        return None
    whole: int | float = round(a, digits) if digits else round(a)
    return whole


def scaled(a: Any, exponent: Any) -> int | float | None:
    """``scaled(a, n)``: a times ten to the power of n; divided where n is negative, so that 423, -1 gives 42.3."""
    if exponent.__class__ is not int or abs(exponent) > MAX_EXPONENT:
        return None
    power = 10 ** abs(exponent)
    return _arithmetic(mul if exponent >= 0 else truediv, a, power)


def logarithm(a: Any) -> float | None:
    """``log10(a)``; missing where a is not above 0."""
    return log10(a) if finite(a) and a > 0 else None


def unsigned(a: Any) -> int | None:
    """``unsigned(a)``: a number of 32 bits that an agent sent as a signed one."""
    return (a if a >= 0 else a + _U32) if a.__class__ is int and a >= -_U32 // 2 else None


def least(*values: Any) -> int | float | None:
    """``min(a, ...)``; missing when one of them is."""
    return min(values, default=None) if all(map(number, values)) else None


def greatest(*values: Any) -> int | float | None:
    """``max(a, ...)``; missing when one of them is."""
    return max(values, default=None) if all(map(number, values)) else None


def average(values: Sequence[int | float]) -> float | None:
    """``avg(x, '5m')``: the mean of a window, summed in the order of its samples; missing without any."""
    return _in_range(sum(values) / len(values)) if values else None


def lowest(values: Sequence[int | float]) -> int | float | None:
    """``lowest(x, '5m')``."""
    return min(values, default=None)


def highest(values: Sequence[int | float]) -> int | float | None:
    """``highest(x, '5m')``."""
    return max(values, default=None)


def percentile95(values: Sequence[int | float]) -> int | float | None:
    """``p95(x, '5m')``: the smallest value that 95 of 100 samples do not exceed."""
    return sorted(values)[-(-len(values) * 95 // 100) - 1] if values else None


def size(values: Sequence[int | float]) -> int:
    """``samples(x, '5m')``: how many there are."""
    return len(values)


def _in_range(value: int | float) -> int | float | None:
    return value if finite(value) else None


def length(a: Any) -> int | None:
    """Characters of a text."""
    known = text(a)
    return None if known is None else len(known)


def lower(a: Any) -> str | None:
    """A text in lower case."""
    known = text(a)
    return None if known is None else known.lower()


def contains(a: Any, b: Any) -> bool | None:
    """Tell whether text ``b`` stands in text ``a``."""
    whole, part = text(a), text(b)
    return None if whole is None or part is None else part in whole


def startswith(a: Any, b: Any) -> bool | None:
    """Tell whether text ``a`` begins with text ``b``."""
    whole, part = text(a), text(b)
    return None if whole is None or part is None else whole.startswith(part)


def endswith(a: Any, b: Any) -> bool | None:
    """Tell whether text ``a`` ends with text ``b``."""
    whole, part = text(a), text(b)
    return None if whole is None or part is None else whole.endswith(part)


def in_network(network: IPv4Network | IPv6Network, address: Any) -> bool | None:
    """Tell whether an address, as text or as octets, lies in a network; missing when it is none."""
    if not isinstance(address, str | bytes):
        return None
    try:
        return ip_address(address) in network
    except ValueError:
        return None


class Comparisons:
    """The comparisons for values of any type; those of text with a number are counted."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def _count(self, what: str) -> bool:
        self._tally[what] = self._tally.get(what, 0) + 1
        return False

    def _alike(self, a: Any, b: Any) -> tuple[Any, Any] | None:
        """Return both sides where they can be compared; what is missing is no mismatch."""
        if number(a) and number(b):
            return a, b
        if missing(a) or missing(b):
            return None
        texts = text(a), text(b)
        if texts[0] is not None and texts[1] is not None:
            return texts
        if a.__class__ is b.__class__:
            return a, b
        self._count("type_mismatch")
        return None

    def same(self, a: Any, b: Any) -> bool:
        """``a == b``."""
        sides = self._alike(a, b)
        return sides is not None and bool(sides[0] == sides[1])

    def differs(self, a: Any, b: Any) -> bool:
        """``a != b``: the one comparison that a missing side makes true."""
        if missing(a) or missing(b):
            return True
        sides = self._alike(a, b)
        return sides is not None and bool(sides[0] != sides[1])

    def _ordered(self, a: Any, b: Any, compare: Callable[[Any, Any], Any]) -> bool:
        sides = self._alike(a, b)
        return sides is not None and isinstance(sides[0], int | float | str) and bool(compare(*sides))

    def less(self, a: Any, b: Any) -> bool:
        """``a < b``."""
        return self._ordered(a, b, lt)

    def at_most(self, a: Any, b: Any) -> bool:
        """``a <= b``."""
        return self._ordered(a, b, le)

    def greater(self, a: Any, b: Any) -> bool:
        """``a > b``."""
        return self._ordered(a, b, gt)

    def at_least(self, a: Any, b: Any) -> bool:
        """``a >= b``."""
        return self._ordered(a, b, ge)

    def among(self, a: Any, values: Iterable[Any]) -> bool:
        """``a in [...]``."""
        sides = [self._sides(a, value) for value in values]
        if not missing(a) and sides and not any(sides):
            return self._count("type_mismatch")
        return any(side[0] == side[1] for side in sides if side)

    def not_among(self, a: Any, values: Iterable[Any]) -> bool:
        """``a not in [...]``; false for what is missing or of another type than all of the list."""
        sides = [self._sides(a, value) for value in values]
        if missing(a):
            return False
        if sides and not any(sides):
            return self._count("type_mismatch")
        return not any(side[0] == side[1] for side in sides if side)

    @staticmethod
    def _sides(a: Any, b: Any) -> tuple[Any, Any] | None:
        if number(a):
            return (a, b) if number(b) else None
        known, other = text(a), text(b)
        return (known, other) if known is not None and other is not None else None

    def matches(self, whole: Callable[[str], object], subject: Any) -> bool | None:
        """``match(x, 're')``: the whole text; a longer one than allowed does not match and is counted."""
        known = text(subject)
        if known is None:
            return None
        if len(known) > MAX_SUBJECT:
            return self._count("subject_too_long")
        return whole(known) is not None


PLAIN: Mapping[str, Callable[..., Any]] = {
    "true": true,
    "missing": missing,
    "plus": plus,
    "minus": minus,
    "times": times,
    "divided": divided,
    "negative": negative,
    "absolute": absolute,
    "rounded": rounded,
    "scaled": scaled,
    "logarithm": logarithm,
    "unsigned": unsigned,
    "least": least,
    "greatest": greatest,
    "average": average,
    "lowest": lowest,
    "highest": highest,
    "percentile95": percentile95,
    "size": size,
    "length": length,
    "lower": lower,
    "contains": contains,
    "startswith": startswith,
    "endswith": endswith,
    "in_network": in_network,
}
"""The functions that count nothing, by the name generated code calls them."""


def namespace(tally: Tally) -> dict[str, Any]:
    """Return all that generated code can reach; there are no builtins."""
    compare = Comparisons(tally)
    counting = (
        compare.same,
        compare.differs,
        compare.less,
        compare.at_most,
        compare.greater,
        compare.at_least,
        compare.among,
        compare.not_among,
        compare.matches,
    )
    return {"__builtins__": {}, **PLAIN, **{function.__name__: function for function in counting}}
