import msgspec
import pytest

from netmon.sources.credential import Credential
from netmon.sources.realm import RealmConfig
from netmon.sources.traps.communities import ANY, Communities
from netmon.sources.traps.config import (
    DEFAULT_LISTEN,
    Community,
    ListenConfig,
    Listener,
    TrapsConfig,
    split_address,
)

_RO = Credential("core-ro", community=b"s3cret")


def test_defaults_have_no_problem_and_listen_on_the_default_itself():
    config = msgspec.convert({}, TrapsConfig)
    assert list(config.problems({})) == []
    assert config.listen is DEFAULT_LISTEN


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:162", ("127.0.0.1", 162)),
        ("[::1]:10162", ("::1", 10_162)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        (":162", ("", 162)),
    ],
)
def test_addresses(text: str, found: tuple[str, int]):
    assert split_address(text) == found


@pytest.mark.parametrize(
    "text", ["", "162", "127.0.0.1", "::1:162", "[127.0.0.1]:162", "localhost:162", "[::1]", "1.2.3.4:65536"]
)
def test_other_texts_are_no_address(text: str):
    with pytest.raises(ValueError, match=r"write '127\.0\.0\.1:162' or '\[::1\]:162'"):
        split_address(text)


def test_every_problem_is_told_with_its_path():
    config = TrapsConfig(
        listen=("nowhere", "0.0.0.0:162"), communities=(Community("core-or", ("10.0.0.0/8", "10.0.0.1/8", "x")),)
    )
    assert [path for path, _ in config.problems({"core-ro": "v2c"})] == [
        ("listen", 0),
        ("communities", 0, "credential"),
        ("communities", 0, "sources", 1),
        ("communities", 0, "sources", 2),
    ]
    assert '(did you mean "core-ro"?)' in dict(config.problems({"core-ro": "v2c"}))["communities", 0, "credential"]


def test_a_listener_beyond_loopback_needs_to_know_who_may_send():
    [(path, message)] = TrapsConfig(listen=("[::]:162", "127.0.0.1:162")).problems({})
    assert path == ("listen", 0)
    assert "add communities" in message
    assert not list(TrapsConfig(listen=("[::]:162",), accept_any_community=True).problems({}))
    assert not list(TrapsConfig(listen=("[::]:162",)).problems({"core-v3": "v3"}))
    assert len(list(TrapsConfig(listen=("[::]:162",)).problems({"core-ro": "v2c"}))) == 1


def test_a_listener_takes_from_its_realm_what_it_does_not_name():
    realms = {
        "default": RealmConfig(device="eth1"),
        "cust-a": RealmConfig(device="vrf-a"),
        "cust-b": RealmConfig(bind=("192.0.2.5", "2001:db8::5")),
    }
    config = TrapsConfig(
        listen=(
            "127.0.0.1:162",
            ListenConfig("0.0.0.0:162", "cust-a"),
            ListenConfig("0.0.0.0:163", "cust-a", device="vrf-a2"),
            ListenConfig(":162", "cust-b"),
        )
    )
    assert config.listeners(realms) == (
        Listener("127.0.0.1", 162, device="eth1"),
        Listener("0.0.0.0", 162, "cust-a", "vrf-a"),
        Listener("0.0.0.0", 163, "cust-a", "vrf-a2"),
        Listener("192.0.2.5", 162, "cust-b"),
        Listener("2001:db8::5", 162, "cust-b"),
    )


def test_loopback_alone_takes_any_community_until_one_is_configured():
    assert Communities(TrapsConfig(), {}).credential(b"whatever", "127.0.0.1") == ANY
    assert Communities(TrapsConfig(), {"core-ro": _RO}).credential(b"s3cret", "127.0.0.1") == "core-ro"
    guarded = Communities(TrapsConfig(communities=(Community("core-ro"),)), {"core-ro": _RO})
    assert guarded.credential(b"s3cret", "127.0.0.1") == "core-ro"
    assert guarded.credential(b"whatever", "127.0.0.1") == ""
    assert guarded.refusal(b"whatever") == "bad_community"


def test_a_community_is_bound_to_where_it_may_come_from():
    config = TrapsConfig(communities=(Community("core-ro", ("10.0.0.0/8", "2001:db8::/32")),))
    communities = Communities(config, {"core-ro": _RO})
    for _ in range(2):
        assert communities.credential(b"s3cret", "10.1.2.3") == "core-ro"
        assert communities.credential(b"s3cret", "2001:db8::7") == "core-ro"
        assert communities.credential(b"s3cret", "192.0.2.1") == ""
    assert communities.refusal(b"s3cret") == "source_not_allowed"


def test_a_credential_never_shows_its_community():
    assert "s3cret" not in repr(_RO)
    assert "s3cret" not in f"{_RO}"
