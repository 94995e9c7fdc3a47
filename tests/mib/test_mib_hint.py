import pytest

from netmon.mib.hint import HintMismatch, integer_text, octets_text

DATE = "2d-1d-1d,1d:1d:1d.1d,1a1d:1d"


@pytest.mark.parametrize(
    ("hint", "value", "text"),
    [
        ("d", 1234, "1234"),
        ("d-2", 1234, "12.34"),
        ("d-2", 5, "0.05"),
        ("d-2", -5, "-0.05"),
        ("d-0", 5, "5"),
        ("x", 255, "ff"),
        ("o", 8, "10"),
        ("b", 5, "101"),
    ],
)
def test_integers(hint: str, value: int, text: str) -> None:
    assert integer_text(hint, value) == text


@pytest.mark.parametrize(
    ("hint", "octets", "text"),
    [
        # RFC 2579 section 2, DateAndTime: 1992-5-26,13:30:15.0,-4:0
        (DATE, b"\x07\xc8\x05\x1a\x0d\x1e\x0f\x00-\x04\x00", "1992-5-26,13:30:15.0,-4:0"),
        (DATE, b"\x07\xc8\x05\x1a\x0d\x1e\x0f\x00", "1992-5-26,13:30:15.0"),
        ("1x:", b"\x00\x1b\x21", "00:1b:21"),
        ("255a", b"text", "text"),
        ("255t", "Zürich".encode(), "Zürich"),
        ("1d.1d.1d.1d/2d", b"\x0a\x00\x00\x01\x00\xa1", "10.0.0.1/161"),
        ("2x:2x:2x:2x:2x:2x:2x:2x", b"\x20\x01\x0d\xb8" + b"\0" * 12, "2001:0db8:0000:0000:0000:0000:0000:0000"),
        ("*1x:/1x:", b"\x02\xaa\xbb\x03", "aa:bb/03"),
        ("1o ", b"\x08\x09", "10 11"),
        ("1x:", b"", ""),
        # SNMPv2-TC, the terminator stands after the repeated part: counted octets, then the rest.
        ("*1d./1d", b"\x03\x01\x02\x03\x09", "1.2.3/9"),
    ],
)
def test_octets(hint: str, octets: bytes, text: str) -> None:
    assert octets_text(hint, octets) == text


@pytest.mark.parametrize(("hint", "octets"), [("255a", b"\xff"), ("255t", b"\xc3"), ("zz", b"a"), ("0x", b"a")])
def test_what_does_not_fit(hint: str, octets: bytes) -> None:
    with pytest.raises(HintMismatch):
        octets_text(hint, octets)


def test_an_octet_hint_is_none_for_integers() -> None:
    with pytest.raises(HintMismatch):
        integer_text("255a", 1)
