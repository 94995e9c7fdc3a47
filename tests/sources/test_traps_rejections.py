from typing import get_args

import pytest

from netmon.domain.rejection import Reason
from netmon.domain.request import RejectionsWanted
from netmon.sources.traps.reasons import SENTENCES
from netmon.sources.traps.rejections import Rejection, Rejections, masked

WRONG = bytes.fromhex("302602010104067365637265740000") + b"rest"
HOUR, DAY = 3_600_000, 86_400_000


class Seen:
    def __init__(self) -> None:
        self.logged: list[Rejection] = []
        self.rejections = Rejections(self.logged.append)

    def add(
        self, at: int = 0, reason: Reason = "bad_community", *, source: str = "192.0.2.7", realm: str = "default"
    ) -> None:
        self.rejections.add(Rejection(at, realm, source, reason, "", WRONG))

    def counts(self, now: int, source: str = "") -> dict[tuple[str, str, str], int]:
        found = self.rejections.counts(now, RejectionsWanted(source))
        return {(one.realm, one.source, one.reason): one.count for one in found}


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(get_args(Reason))


@pytest.mark.parametrize(
    ("rejection", "text"),
    [
        (
            Rejection(0, "default", "192.0.2.7", "wrong_digest", "configured: sha256", b"", "netmon"),
            '192.0.2.7: wrong_digest: user "netmon" is known, but the MAC does not verify: check the authentication'
            " password and protocol (configured: sha256)",
        ),
        (
            Rejection(0, "cust-a", "192.0.2.7", "unknown_user", "", b"", "who"),
            '192.0.2.7 in realm cust-a: unknown_user: no credential has user "who"',
        ),
        (
            Rejection(0, "default", "192.0.2.7", "bad_community", "", b""),
            "192.0.2.7: bad_community: no credential in traps.communities has this community",
        ),
    ],
)
def test_a_sentence_says_who_why_and_what_to_look_at(rejection: Rejection, text: str) -> None:
    assert rejection.sentence == text


def test_the_last_are_kept_newest_first_cut_and_without_community() -> None:
    seen = Seen()
    for at in range(1_500):
        seen.rejections.add(Rejection(at, "default", "192.0.2.7", "bad_community", "", WRONG + bytes(100)))
    last = seen.rejections.last()
    assert [one.at for one in last] == list(range(1_499, 499, -1))
    assert bytes.fromhex(last[0].head) == (WRONG.replace(b"secret", b"******") + bytes(100))[:64]
    assert len(seen.rejections.last(RejectionsWanted(limit=7))) == 7
    assert b"secret" not in seen.logged[0].head
    assert "secret" not in seen.logged[0].sentence


@pytest.mark.parametrize(
    "shape",
    [
        b"\x30\x81\x26\x02\x01\x01\x04\x06secret",
        b"\x30\x26\x02\x02\x00\x01\x04\x06secret",
        b"\x30\x05\x04\x06secret",
        b"\x30\x26\x02\x01\x01\x04\x81\x06secret",
        b"\x30\x26\x02\x01\x01\x04\x06sec",
        b"\x30\x26\x02\x01\x01\x04\x01p\xa7\x10" + bytes.fromhex("3010 0609 2b0601060312010400 0406") + b"secret",
    ],
    ids=["long length", "long version", "no version", "long community", "cut", "of a proxy"],
)
def test_the_community_is_hidden_in_every_shape_of_message(shape: bytes) -> None:
    assert b"sec" not in masked(Rejection(0, "default", "a", "malformed", "", shape)).head


def test_nothing_is_hidden_of_what_has_no_community() -> None:
    of_version_3 = bytes.fromhex("303e020103301102047fffffff020300ffe304010402010304")
    for head in (of_version_3, b"GET / HTTP/1.1"):
        assert masked(Rejection(0, "default", "a", "malformed", "", head)).head == head


def test_one_log_line_per_source_and_reason_and_minute() -> None:
    seen = Seen()
    for at in (0, 1_000, 59_999):
        seen.add(at)
    seen.add(60_000)
    seen.add(60_000, "not_snmp")
    seen.add(60_000, realm="cust-a")
    assert [rejection.at for rejection in seen.logged] == [0, 60_000, 60_000, 60_000]


def test_a_flood_of_forged_sources_fills_neither_log_nor_memory() -> None:
    seen = Seen()
    for number in range(10_500):
        seen.add(source=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(seen.logged) == 60
    assert len(seen.rejections.pairs) == 10_001


def test_counts_are_of_the_last_day() -> None:
    seen = Seen()
    for hour in range(48):
        seen.add(hour * HOUR)
        seen.add(hour * HOUR + 1)
    seen.add(47 * HOUR, realm="cust-a")
    assert seen.counts(47 * HOUR + 2) == {
        ("default", "192.0.2.7", "bad_community"): 48,
        ("cust-a", "192.0.2.7", "bad_community"): 1,
    }
    assert seen.counts(60 * HOUR)["default", "192.0.2.7", "bad_community"] == 22
    assert seen.counts(47 * HOUR + DAY + 2) == {}


def test_silent_pairs_make_room_when_there_are_too_many() -> None:
    seen = Seen()
    for number in range(10_000):
        seen.add(source=f"10.0.{number >> 8}.{number & 255}")
    seen.add(at=DAY // 2, source="192.0.2.1")
    assert ("*", "*", "bad_community") in seen.counts(DAY // 2, source="*")
    seen.add(at=DAY + 1, source="192.0.2.2")
    assert ("default", "192.0.2.2", "bad_community") in seen.counts(DAY + 1, source="192.0.2.2")


def test_one_source_or_one_reason_can_be_asked_for() -> None:
    seen = Seen()
    seen.add()
    seen.add(reason="malformed")
    seen.add(reason="malformed", source="192.0.2.8")
    assert list(seen.counts(0, source="192.0.2.7")) == [
        ("default", "192.0.2.7", "bad_community"),
        ("default", "192.0.2.7", "malformed"),
    ]
    assert [one.source for one in seen.rejections.last(RejectionsWanted(reason="malformed"))] == [
        "192.0.2.8",
        "192.0.2.7",
    ]


def test_the_most_frequent_come_first() -> None:
    seen = Seen()
    for number, source in enumerate(("192.0.2.1", "192.0.2.3", "192.0.2.2")):
        for _ in range(number + 1):
            seen.add(source=source)
    assert [(one.source, one.count) for one in seen.rejections.counts(0)] == [
        ("192.0.2.2", 3),
        ("192.0.2.3", 2),
        ("192.0.2.1", 1),
    ]
