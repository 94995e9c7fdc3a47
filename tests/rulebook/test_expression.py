import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netmon.mib.names import MibView
from netmon.rulebook.expression import Context, ExpressionError, compile_condition
from tests.examples import examples
from tests.rulebook.expressions import ALL, MEASURED, holds, scope_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag.none == 'a'", False),
        ("'a' == tag.none", False),
        ("tag.none != 'a'", True),
        ("'a' != tag.none", True),
        ("tag.none < 3", False),
        ("tag.none <= 3", False),
        ("tag.none > 3", False),
        ("tag.none >= 3", False),
        ("3 < tag.none", False),
        ("tag.none in ['a', 'b']", False),
        ("tag.none not in ['a', 'b']", False),
        ("tag.none in [1, 2]", False),
        ("tag.none not in [1, 2]", False),
        ("tag.none not in [1, 'a']", False),
        ("tag.none in []", False),
        ("tag.none == tag.other", False),
        ("tag.none != tag.other", True),
        ("tag.none < tag.other", False),
        ("tag.none is missing", True),
        ("tag.none is not missing", False),
        ("not tag.none", True),
        ("tag.none", False),
        ("tag.none + 1 > 0", False),
        ("tag.none + 1 is missing", True),
        ("-tag.none is missing", True),
        ("tag.none == true", False),
        ("tag.none == false", False),
        ("tag.none != false", True),
        ("abs(tag.none) is missing", True),
        ("min(1, tag.none) is missing", True),
        ("max(tag.none) == 1", False),
        ("round(tag.none) is missing", True),
        ("len(tag.none) is missing", True),
        ("lower(tag.none) is missing", True),
        ("contains(tag.none, 'a') is missing", True),
        ("startswith('abc', tag.none) is missing", True),
        ("endswith(tag.none, 'a')", False),
        ("not endswith(tag.none, 'a')", True),
        ("match(tag.none, '.*')", False),
        ("match(tag.none, '.*') is missing", True),
        ("cidr(tag.none, '10.0.0.0/8')", False),
        ("polled(ifOperStatus) == up", False),
        ("polled(ifOperStatus) != up", True),
        ("polled(ifOperStatus) is missing", True),
        ("value == up", False),
        ("value != up", True),
        ("state in [down]", False),
    ],
)
def test_missing(names: MibView, text: str, expected: bool):
    assert holds(names, text) is expected


@pytest.mark.parametrize("text", ["value == 1", "value < 1", "value >= 1", "value in [1, 2]", "value not in [1, 2]"])
def test_nan_is_missing(names: MibView, text: str):
    nan = float("nan")
    assert holds(names, text, MEASURED, value=nan) is False
    assert holds(names, "value != 1", MEASURED, value=nan) is True
    assert holds(names, "value is missing", MEASURED, value=nan) is True
    assert holds(names, "value", MEASURED, value=nan) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vb.ifAdminStatus != down", True),
        ("vb.ifAdminStatus == up", True),
        ("up == vb.ifAdminStatus", True),
        ("vb.ifAdminStatus in [up, testing]", True),
        ("vb.ifAdminStatus not in [up, testing]", False),
        ("vb.ifAdminStatus in [7, 8, 9, 10, up]", True),
        ("value == lowerLayerDown", True),
        ("state in [down, unreachable]", True),
        ("state == down or state == up and false", True),
        ("severity == major", True),
        ("vb.acmeType == acmeOnBattery", True),
        ("vb.ifDescr == 'ge-0/0/1'", True),
        ("vb.ifDescr != 'ge-0/0/1'", False),
        ("vb.ifDescr in ['a', 'ge-0/0/1']", True),
        ("match(vb.ifDescr, 'ge-.*')", True),
        ("match(vb.ifDescr, 'ge')", False),
        (r"match(vb.ifDescr, '\w+-\d+/\d/1')", True),
        ("contains(vb.ifDescr, '0/0')", True),
        ("startswith(vb.ifDescr, 'ge')", True),
        ("endswith(vb.ifDescr, 'ge')", False),
        ("lower('ABC') == 'abc'", True),
        ("len(vb.ifDescr) == 8", True),
        ("tag.role == 'backbone'", True),
        ("tag.octets == 'abc'", True),
        ("tag.octets in ['abc']", True),
        ("tag.octets != 'abc'", False),
        ("vb.ifIndex * 2 + 1 == 35", True),
        ("vb.ifIndex / 2 == 8.5", True),
        ("vb.ifIndex - -3 == 20", True),
        ("-vb.ifIndex < 0", True),
        ("abs(-vb.ifIndex) == max(1, 17)", True),
        ("min(3, 2.5) == 2.5", True),
        ("round(2.345, 1) == 2.3", True),
        ("round(2.345) == 2", True),
        ("1 / 0 is missing", True),
        ("vb.ifIndex / 0 == 1", False),
        ("'a' * 9 is missing", True),
        ("'a' + 'b' is missing", True),
        ("true + 1 is missing", True),
        ("cidr('10.1.2.3', '10.0.0.0/8')", True),
        ("cidr('11.1.2.3', '10.0.0.0/8')", False),
        ("cidr('x', '10.0.0.0/8') is missing", True),
        ("active('link-alarm')", True),
        ("limit('celsius_high_alarm', 75) == 60.5", True),
        ("limit('celsius_low_alarm', 75) - 5 == 70", True),
        ("vb.ifIndex < limit('celsius_high_alarm', 0)", True),
        ("active('other')", False),
        ("polled(ifAdminStatus) == up", True),
        ("not (tag.role == 'x')", True),
        ("(vb.ifIndex > 3) == true", True),
        ("vb.ifIndex", True),
        ("tag.zero", False),
        ("true", True),
        ("false", False),
        ("object.name == 'xe-0' and element.id == 'r1'", True),
        ("'a' < 'b'", True),
        ("tag.role < 'c'", True),
        ('tag.role == "backbone"', True),
        ("vb.ifIndex\n  == 17", True),
    ],
)
def test_values(names: MibView, text: str, expected: bool):
    scope: dict[str, object] = {
        "vb": {
            "ifAdminStatus": 1,
            "ifDescr": "ge-0/0/1",
            "ifIndex": 17,
            "acmeType": "1.3.6.1.4.1.99999.2.1",
        },
        "value": 7,
        "state": "down",
        "severity": "major",
        "tag": {"role": "backbone", "octets": b"abc", "zero": 0},
        "element": {"id": "r1"},
        "object": {"name": "xe-0"},
        "polled": {"ifAdminStatus": 1, "netmon_limit_celsius_high_alarm": 60.5}.get,
        "active": "link-alarm".__eq__,
    }
    assert holds(names, text, ALL, **scope) is expected


def test_integers_over_128_bit_are_missing(names: MibView):
    for text, expected in [
        (f"{2**127} * 2 is missing", True),
        (f"{2**126} * 2 is missing", False),
        (f"{2**64} * {2**65} is missing", True),
        ("value * value * value is missing", True),
    ]:
        assert holds(names, text, MEASURED, value=2**60) is expected


def test_numbers_out_of_range_never_raise(names: MibView):
    for value in (10**400, -(10**400), float("inf"), 1e308, True, [1], {"a": 1}, b"\xff"):
        for text in ("value * 1.5 > 1", "value * 10 > 1", "value / 3 > 1", "round(value) > 1"):
            holds(names, text, MEASURED, value=value)
        holds(names, "value in [1, 2]", MEASURED, value=value)
        holds(names, "value != 'a'", MEASURED, value=value)


def test_text_with_number_is_false_and_counted(names: MibView):
    tally: dict[str, int] = {}
    for text in ("tag.a == 1", "tag.a != 1", "tag.a < 1", "tag.a in [1, 2]", "tag.a not in [1, 2]", "tag.n == 'x'"):
        condition = compile_condition(text, ALL, names, tally=tally)
        assert condition.test(scope_of(tag={"a": "text", "n": 5})) is False
    assert tally == {"type_mismatch": 6}


def test_long_subjects_do_not_match_and_are_counted(names: MibView):
    tally: dict[str, int] = {}
    condition = compile_condition("match(tag.a, '.*')", ALL, names, tally=tally)
    assert condition.test(scope_of(tag={"a": "x" * 256})) is True
    assert condition.test(scope_of(tag={"a": "x" * 257})) is False
    assert tally == {"subject_too_long": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("valeu >= 90", "unknown name 'valeu' (did you mean 'value'?)"),
        ("vb.ifAdminStatus != dwon", "unknown name 'dwon' (did you mean 'down'?)"),
        ("state == dwon", "unknown name 'dwon' (did you mean 'down'?)"),
        ("vb.ifAdminStats == 1", "no object 'ifAdminStats' in the MIBs (did you mean 'ifAdminStatus'?)"),
        ("vb.ifAdminStatus == 'down'", "ifAdminStatus is a number, 'down' is text (enum names stand without quotes)"),
        ("vb.ifDescr == 3", "ifDescr is text, 3 is not"),
        ("tag.role == backbone", "unknown name 'backbone' (text stands in quotes: 'backbone')"),
        ("element.nam == 'a'", "unknown name 'element.nam' (did you mean 'element.name'?)"),
        ("vb == 3", "'vb' needs a name: vb.x"),
        ("value.x == 3", "'value' has no parts"),
        ("matc(vb.ifDescr, 'a')", "unknown function 'matc' (did you mean 'match'?)"),
        ("match(vb.ifDescr)", "match() takes 2 arguments, not 1"),
        ("match(vb.ifDescr, tag.re)", "match() takes a text in quotes as its second argument"),
        ("match(vb.ifDescr, '(a+)+')", "a repeat over a group that holds a repeat or an alternative"),
        ("cidr(tag.ip, '10.0.0.0/33')", "no network: '10.0.0.0/33' does not appear to be an IPv4 or IPv6 network"),
        ("polled(ifOperStat) == up", "no object 'ifOperStat' in the MIBs (did you mean 'ifOperStatus'?)"),
        ("value > limit(x, 1)", "limit() takes a name in quotes and a number: limit('rx_low_alarm', -18.0)"),
        ("value > limit('RX low', 1)", "limit(): no limit can be called 'RX low' (write 'rx_low_alarm')"),
        ("value > limit('rx_low_alarm')", "limit() takes 2 arguments, not 1"),
        ("polled('x') == 1", "polled() takes the name of a MIB object: polled(ifAdminStatus)"),
        ("rate(ifInOctets) > 1", "'rate' is not supported by this release"),
        ("n >= 2", "'n' is not known of a test"),
        ("alarm.count > 1", "'alarm' is not supported by this release"),
        ("value = 1", "unexpected '=' (write '==')"),
        ("1 < value < 3", "one comparison at a time (write 'a < b and b < c')"),
        ("value in 3", "'in' stands before a list: in [a, b]"),
        ("[1] == value", "a list stands after 'in' only"),
        ("value in [value]", "a list holds numbers, texts and enum names only"),
        ("value is 3", "'is' stands before 'missing' only"),
        ("value == missing", "'missing' stands after 'is' only"),
        ("3", "3 is no condition"),
        ("", "empty"),
        ("value ==", "no condition (ends too early)"),
        ("'abc", "unexpected ' (the text has no end)"),
        ("None == value", "'None' is no value (write true, false or 'x is missing')"),
    ],
)
def test_errors(names: MibView, text: str, message: str):
    with pytest.raises(ExpressionError) as raised:
        compile_condition(text, ALL, names, tally={})
    assert str(raised.value).startswith(message)


def test_what_a_context_does_not_know(names: MibView):
    where = Context("'where'", lookups=False)
    for text, message in [
        ("vb.ifIndex == 1", "'vb' is not known of 'where'"),
        ("value == 1", "'value' is not known of 'where'"),
        ("polled(ifOperStatus) == up", "'polled' is not known of 'where'"),
        ("1 > limit('rx_low_alarm', 1)", "'limit' is not known of 'where'"),
    ]:
        with pytest.raises(ExpressionError, match=message):
            compile_condition(text, where, names, tally={})


WORD_LIST = (
    "value vb.ifIndex tag.a state up down missing true false not and or in is == != < <= > >= + - * / ( ) [ ] , . 'a' "
    "'' 1 2.5 match( polled( limit( min( _ __x ** lambda if else for [[ { } : ; # \\ \n '\""
)
WORDS = st.sampled_from(WORD_LIST.split(" "))


@examples(400)
@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=25).map(" ".join)))
@example("(" * 300)
@example("[" * 300)
@example("-" * 900 + "1")
@example("a" + ".a" * 400)
@example("'" * 999)
def test_no_text_crashes(text: str):
    names = MibView([])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            condition = compile_condition(text, ALL, names, tally={})
        except ExpressionError:
            return
    for value in (None, 1, 2.5, "a", b"a", True, float("nan")):
        result = condition.test(scope_of(value=value, vb={"ifIndex": value}, tag={"a": value}, state=value))
        assert result is True or result is False


ATOMS = st.sampled_from(["value", "tag.a", "1", "2.5", "'a'", "true"])
OPS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
VALUES = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([2.5, 1.0, float("nan")]), st.sampled_from(["a", ""]))


@examples(400)
@given(ATOMS, OPS, ATOMS, VALUES, VALUES)
def test_comparisons_agree_with_their_definition(left: str, op: str, right: str, value: object, tagged: object):
    known = {"value": value, "tag.a": tagged, "1": 1, "2.5": 2.5, "'a'": "a", "true": True}
    a, b = known[left], known[right]
    got = holds(MibView([]), f"{left} {op} {right}", MEASURED, value=value, tag={"a": tagged})
    assert got is defined(op, a, b)


def kind_of(value: object) -> str:
    return {int: "number", float: "number"}.get(type(value), type(value).__name__)


def defined(op: str, a: object, b: object) -> bool:
    if a is None or b is None or a != a or b != b:
        return op == "!="
    if kind_of(a) != kind_of(b) or (kind_of(a) == "bool" and op not in ("==", "!=")):
        return bool(kind_of(a) == kind_of(b) == "bool" and eval(f"{a!r} {op} {b!r}"))
    return bool(eval(f"{a!r} {op} {b!r}"))
