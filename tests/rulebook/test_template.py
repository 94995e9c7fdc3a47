import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.mib.names import MibView
from netmon.rulebook.expression import Context, ExpressionError
from netmon.rulebook.scope import Scope
from netmon.rulebook.template import Purpose, compile_template
from tests.examples import examples

CONTEXT = Context("a test", ("vb", "value", "state", "element", "object", "tag"), ("netmon_cpu_percent",))


def filled(names: MibView, text: str, purpose: Purpose = "text", **values: object) -> str | None:
    scope = Scope()
    for name, value in values.items():
        setattr(scope, name, value)
    return compile_template(text, CONTEXT, names, purpose=purpose)(scope)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("{value}", 90, "90"),
        ("{value}", 90.0, "90"),
        ("{value}", 90.5, "90.5"),
        ("{value}", True, "true"),
        ("{value}", None, "?"),
        ("{value}", float("nan"), "?"),
        ("{value:.0f} percent", 97.4, "97 percent"),
        ("{value:.1f}", 97.45, "97.5"),
        ("{value:.2f}", -18, "-18.00"),
        ("{value:.1%}", 0.123, "12.3%"),
        ("{value:.1f}", "text", "?"),
        ("{value:.1f}", None, "?"),
        ("{value:d}", 7.9, "7"),
        ("{value:hex}", b"\x00\x1a\x2b", "00:1a:2b"),
        ("{value:hex}", 255, "0xff"),
        ("{value:dur}", 93784, "1d2h"),
        ("{value:dur}", 90, "1m30s"),
        ("{value:dur}", 0, "0s"),
        ("{value:dur}", -90, "-1m30s"),
        ("{value:si}", 999, "999"),
        ("{value:si}", 999.6, "1k"),
        ("{value:si}", 12_345, "12.3k"),
        ("{value:si}", -2_500_000, "-2.5M"),
        ("{value:si}", 1e24, "1000000E"),
        ("{value:si}", 10**400, "?"),
        ("{value:.0f}", 10**400, "?"),
        ("{value:.0f}", float("inf"), "?"),
        ("{{value}", 1, "{value}"),
        ("{{{value}}", 1, "{1}"),
        ("}", 1, "}"),
        ("", 1, ""),
        ("a 'quoted' \\n \"text\"", 1, "a 'quoted' \\n \"text\""),
    ],
)
def test_text(names: MibView, text: str, value: object, expected: str):
    assert filled(names, text, value=value) == expected


def test_values_of_mib_objects_read_as_their_module_says(names: MibView):
    vb = {
        "ifAdminStatus": 2,
        "ifDescr": b"ge-0/0/1",
        "ifPhysAddress": b"\x00\x1a\x2b\x3c\x4d\x5e",
        "acmeType": "1.3.6.1.4.1.99999.2.1",
        "acmeUptime": 9000,
    }
    for text, expected in [
        ("{vb.ifAdminStatus}", "down"),
        ("{vb.ifAdminStatus:d}", "2"),
        ("{vb.ifDescr}", "ge-0/0/1"),
        ("{vb.ifPhysAddress}", "00:1a:2b:3c:4d:5e"),
        ("{vb.acmeType}", "acmeOnBattery"),
        ("{vb.acmeUptime:dur}", "1m30s"),
    ]:
        assert filled(names, text, vb=vb) == expected


def test_text_is_cut(names: MibView):
    text = filled(names, "{tag.long}", tag={"long": "x" * 1_001})
    assert text == "x" * 997 + "..."
    assert filled(names, "{tag.long}", tag={"long": "x" * 1_000}) == "x" * 1_000


@pytest.mark.parametrize("purpose", ["object", "qualifier"])
@pytest.mark.parametrize("value", [None, "", float("nan")])
def test_identity_needs_all_its_parts(names: MibView, purpose: Purpose, value: object):
    assert filled(names, "if:{tag.a}-{tag.b}", purpose, tag={"a": 1, "b": value}) is None
    assert filled(names, "if:{tag.a}-{tag.b}", purpose, tag={"a": 1, "b": 0}) == "if:1-0"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("xe-0/0/1", "if:xe-0/0/1"),
        ("a/if:b", "if:a%2Fif:b"),
        ("50%", "if:50%25"),
        ("a\nb", "if:a%0Ab"),
        (17, "if:17"),
        (b"Gi0/1", "if:Gi0/1"),
    ],
)
def test_a_name_cannot_begin_a_segment(names: MibView, name: object, path: str):
    assert filled(names, "if:{vb.ifDescr}", "object", vb={"ifDescr": name}) == path


def test_what_an_element_has_one_of_needs_no_name(names: MibView):
    assert filled(names, "ups", "object") == "ups"


def test_segments_of_the_template_stay(names: MibView):
    tag = {"a": "0/1", "b": 17}
    assert filled(names, "pon:{tag.a}/onu:{tag.b}", "object", tag=tag) == "pon:0/1/onu:17"


@pytest.mark.parametrize(
    ("text", "purpose", "message"),
    [
        ("{vb.ifIndx}", "text", "no object 'ifIndx' in the MIBs (did you mean 'ifIndex'?)"),
        ("{valeu}", "text", "unknown name 'valeu' (did you mean 'value'?)"),
        ("{value", "text", "a '{' without '}' (a brace itself is written '{{')"),
        ("{}", "text", "'{}' is no value (write a path, as in {vb.ifIndex})"),
        ("{value + 1}", "text", "'{value + 1}' is no value (write a path, as in {vb.ifIndex})"),
        ("{tag.__class__}", "text", "'{tag.__class__}' is no value (write a path, as in {vb.ifIndex})"),
        ("{value:>10}", "text", "unknown format '>10' (one of .0f, .1f, .2f, .1%, d, hex, dur, si)"),
        ("{value!r}", "text", "'{value!r}' is no value (write a path, as in {vb.ifIndex})"),
        ("{alarm.count}", "text", "'alarm' is not supported by this release"),
        ("{vb.ifIndex}", "object", "no path below the element (write kind:name, as in 'if:{vb.ifIndex}')"),
        ("port", "object", "no path below the element (write kind:name, as in 'if:{vb.ifIndex}')"),
        ("r1/if:{vb.ifIndex}", "object", "no path below the element (write kind:name, as in 'if:{vb.ifIndex}')"),
    ],
)
def test_errors(names: MibView, text: str, purpose: Purpose, message: str):
    with pytest.raises(ExpressionError) as raised:
        compile_template(text, CONTEXT, names, purpose=purpose)
    assert str(raised.value) == message


@examples(300)
@given(st.text(max_size=40) | st.text("{}value:.1f%dtag_ \\'", max_size=40))
def test_no_text_crashes(text: str):
    names = MibView([])
    purposes: tuple[Purpose, ...] = ("text", "qualifier", "object")
    for purpose in purposes:
        try:
            template = compile_template(text, CONTEXT, names, purpose=purpose)
        except ExpressionError:
            continue
        assert template(Scope()) is None or isinstance(template(Scope()), str)
