"""Expressions reach nothing but what they are given, and know their limits."""

import warnings

import pytest

from netmon.mib.names import MibView
from netmon.rulebook.expression import ExpressionError, compile_condition, compile_reading
from tests.rulebook.expressions import ALL, holds, scope_of

ESCAPES = [
    "().__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "tag.__class__ == 1",
    "tag.role.__class__ == 1",
    "__import__('os').system('id') == 0",
    "__builtins__ == 1",
    "_x == 1",
    "tag._x == 1",
    "eval('1')",
    "exec('1')",
    "open('/etc/passwd')",
    "getattr(tag, 'x')",
    "lambda: 1",
    "(lambda: 1)()",
    "[x for x in tag]",
    "(x for x in tag)",
    "{x: 1}",
    "{1, 2}",
    "tag['x'] == 1",
    "tag[0]",
    "f'{tag}' == 'a'",
    "b'a' == 'a'",
    "'{0.__class__}'.format(tag)",
    "'%s' % tag",
    "tag.role.format()",
    "2 ** 9999999 > 1",
    "9 // 2 == 4",
    "9 % 2 == 1",
    "1 << 99",
    "1 if true else 2",
    "(x := 1)",
    "*tag == 1",
    "print(1)",
    "match(s='a')",
    "match(*tag)",
    "await tag",
    "yield",
    "tag; tag",
    "tag\nimport os",
    "1_000 == value",
    "0x10 == value",
    "1e9 == value",
    "1j == value",
    "... == value",
    "'a' 'b' \\\n == 'c'",
    "ｖａｌｕｅ == 1",
    "value @ value",
    "~value == 1",
    "+value == 1",
    "--value == 1",
    "true(value)",
    "same(value, 1)",
    "s.vb == 1",
    "s == 1",
    "int_ == 1",
    "True == value",
    "min(value, key=len)",
    "value if value else value",
    "value and (yield)",
    "value # comment",
    "value == 1\\",
    "\x00",
    "value == '\x00' #",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_sandbox_escapes_are_refused(names: MibView, text: str):
    with pytest.raises(ExpressionError):
        compile_condition(text, ALL, names, tally={})


@pytest.mark.parametrize(
    "text",
    [
        "value == " + "1" * 1_000,
        "not " * 21 + "value",
        " + ".join(["value"] * 30) + " > 1",
        "value in [" + ",".join(["1"] * 400) + ",[1]]",
        " and ".join(["lower('a')"] * 65) + " == 'a'",
        "(" * 450 + "value" + ")" * 450,
        "not " * 240 + "value",
    ],
)
def test_limits(names: MibView, text: str):
    with pytest.raises(ExpressionError):
        compile_condition(text, ALL, names, tally={})


def test_a_backslash_is_a_backslash(names: MibView):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert holds(names, r"tag.a == 'c:\dir\new'", tag={"a": r"c:\dir\new"}) is True


def test_nothing_but_the_functions_is_in_reach(names: MibView):
    function = compile_condition("vb.ifIndex > 3 and match(tag.a, 'x.*')", ALL, names, tally={}).test
    reach = function.__globals__
    assert reach["__builtins__"] == {}
    assert not any(hasattr(value, "__path__") or hasattr(value, "__loader__") for value in reach.values())


def test_equals(names: MibView):
    for text, expected in [
        ("vb.ifIndex == 3", (("ifIndex", (3,)),)),
        ("3 == vb.ifIndex and tag.a == 'x'", (("ifIndex", (3,)),)),
        ("vb.ifAdminStatus in [up, down] and vb.ifIndex > 1", (("ifAdminStatus", (1, 2)),)),
        ("vb.ifIndex == 3 or vb.ifIndex == 4", ()),
        ("not vb.ifIndex == 3", ()),
        ("vb.ifIndex != 3", ()),
        ("vb.ifIndex not in [3]", ()),
        ("field.a == 'x'", (("a", ("x",)),)),
    ]:
        assert compile_condition(text, ALL, names, tally={}).equals == expected


def test_a_reading_knows_its_object(names: MibView):
    reading = compile_reading("vb.ifAdminStatus", ALL, names, tally={})
    assert [node.symbol for node in reading.objects] == ["ifAdminStatus"]
    assert reading.read(scope_of(vb={"ifAdminStatus": 2})) == 2
