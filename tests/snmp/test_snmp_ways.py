"""Which way a short key is made longer is learned from answers and from silence."""

from netmon.snmp import usm
from netmon.snmp.user import User
from netmon.snmp.ways import Ways

KEY = usm.master_key("sha", b"authpassword")
AUTO, FIXED = User(b"netmon", "sha", KEY, "aes256", KEY), User(b"netmon", "sha", KEY, "aes256", KEY, "cisco")
PEER, ENGINE = ("192.0.2.1", 161), b"\x80\0\0\0\x01r1"


def unanswered(ways: Ways, tried: usm.Extension, *, user: User = AUTO, engine_id: bytes = ENGINE) -> usm.Extension:
    return ways.unanswered(PEER, user, engine_id=engine_id, tried=tried)


def test_requests_that_were_under_way_at_once_turn_it_once():
    ways = Ways()
    assert [unanswered(ways, "blumenthal") for _ in range(3)] == ["cisco"] * 3
    assert unanswered(ways, "cisco") == "blumenthal"


def test_a_way_that_is_configured_stays():
    ways = Ways()
    assert unanswered(ways, "cisco", user=FIXED) == "cisco"
    assert ways.first(PEER, FIXED) == "cisco"


def test_what_decrypted_stays_until_the_agent_is_silent_for_long_or_is_another_one():
    ways = Ways()
    ways.prove(PEER, AUTO, engine_id=ENGINE, extension="cisco")
    assert {unanswered(ways, "cisco") for _ in range(29)} == {"cisco"}
    assert unanswered(ways, "cisco") == "blumenthal"
    ways.prove(PEER, AUTO, engine_id=ENGINE, extension="cisco")
    assert unanswered(ways, "cisco", engine_id=ENGINE + b"x") == "blumenthal"
    assert ways.proven(PEER, AUTO) is None


def test_an_agent_that_is_gone_is_forgotten():
    ways = Ways()
    ways.prove(PEER, AUTO, engine_id=ENGINE, extension="cisco")
    ways.forget(PEER)
    assert (ways.proven(PEER, AUTO), ways.first(PEER, AUTO)) == (None, "blumenthal")
