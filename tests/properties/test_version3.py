"""A message of version 3 is read as it was written, whoever wrote it and whatever is in it."""

from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.oid import Varbind
from netmon.snmp import ber, message, secured, usm
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.errors import DecodeError
from netmon.snmp.secured import Envelope
from netmon.snmp.user import NO_KEYS, User

AUTH: tuple[usm.AuthProtocol, ...] = ("md5", "sha", "sha224", "sha256", "sha384", "sha512")
PRIV: tuple[usm.PrivProtocol, ...] = ("des", "aes128", "aes192", "aes256")
NAME = b"netmon"
USERS = [
    User(NAME),
    *(User(NAME, auth, bytes(20)) for auth in AUTH),
    *(User(NAME, auth, bytes(20), priv, bytes(range(20))) for auth in AUTH for priv in PRIV),
]
PDUS = (
    message.GET,
    message.GET_NEXT,
    message.RESPONSE,
    message.GET_BULK,
    message.INFORM,
    message.V2_TRAP,
    message.REPORT,
)

engine_ids = st.binary(min_size=5, max_size=32)
numbers = st.integers(0, 2**31 - 1)
envelopes = st.builds(
    Envelope,
    message_id=numbers,
    engine_id=engine_ids,
    boots=numbers,
    engine_time=numbers,
    user=st.binary(max_size=32),
    reportable=st.booleans(),
    max_size=st.integers(484, 65_507),
)
oids = st.lists(st.integers(0, 2**32 - 1), max_size=12).map(lambda arcs: ".".join(map(str, (1, 3, *arcs))))
values = st.one_of(
    st.tuples(st.just(ber.INTEGER), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just(ber.OCTET_STRING), st.binary(max_size=300)),
    st.tuples(st.just(ber.OBJECT_IDENTIFIER), oids),
    st.tuples(st.just(ber.COUNTER64), st.integers(0, 2**64 - 1)),
    st.tuples(st.just(ber.NULL), st.none()),
)
varbinds = st.builds(lambda oid, value: (oid, *value), oids, values)


@given(
    st.sampled_from(USERS),
    envelopes,
    st.binary(max_size=32),
    st.binary(max_size=32),
    st.sampled_from(PDUS),
    numbers,
    st.lists(varbinds, max_size=8),
    st.integers(0, 2**64 - 1),
    st.sampled_from(("blumenthal", "cisco")),
)
def test_what_is_sealed_is_opened(
    user: User,
    envelope: Envelope,
    context_engine: bytes,
    context: bytes,
    pdu_type: int,
    request_id: int,
    found: list[Varbind],
    salt: int,
    way: usm.Extension,
) -> None:
    keys = user.keys(envelope.engine_id, way)
    pdu = ber.tlv(pdu_type, write_pdu(request_id, 0, 0, [write_varbind(one) for one in found]))
    datagram = secured.seal(envelope, secured.scoped_pdu(context_engine, context, pdu), keys, salt=salt)
    read = secured.read(datagram)
    assert (read.engine_id, read.boots, read.engine_time, read.user, read.level, read.reportable) == (
        envelope.engine_id, envelope.boots, envelope.engine_time, envelope.user, user.level, envelope.reportable
    )  # fmt: skip
    assert (read.header.message_id, read.header.max_size) == (envelope.message_id, envelope.max_size)
    assert not user.auth or secured.verify(read, user.signing(envelope.engine_id))
    opened = secured.open_pdu(read, keys)
    assert opened is not None
    assert (opened.context_engine, opened.context) == (context_engine, context)
    told = opened.message
    assert (told.pdu_type, told.request_id, told.varbinds) == (pdu_type, request_id, tuple(found))


@given(st.sampled_from([user for user in USERS if user.auth]), envelopes, st.data())
def test_a_message_that_was_changed_anywhere_is_not_of_its_user(
    user: User, envelope: Envelope, data: st.DataObject
) -> None:
    pdu = ber.tlv(message.V2_TRAP, write_pdu(7, 0, 0, [write_varbind(("1.3.6.1", ber.INTEGER, 1))]))
    scoped = secured.scoped_pdu(envelope.engine_id, b"", pdu)
    datagram = bytearray(secured.seal(envelope, scoped, user.keys(envelope.engine_id), salt=1))
    at = data.draw(st.integers(0, len(datagram) - 1))
    datagram[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = secured.read(bytes(datagram))
    except DecodeError:
        return
    assert not secured.verify(read, user.signing(envelope.engine_id))


def test_octets_behind_a_message_are_no_part_of_it() -> None:
    user = USERS[-1]
    envelope = Envelope(1, b"engine", 1, 1, NAME)
    pdu = ber.tlv(message.V2_TRAP, write_pdu(7, 0, 0, []))
    datagram = secured.seal(envelope, secured.scoped_pdu(b"engine", b"", pdu), user.keys(b"engine"), salt=1)
    read = secured.read(datagram + b"more")
    assert secured.verify(read, user.signing(b"engine"))
    opened = secured.open_pdu(read, user.keys(b"engine"))
    assert opened is not None
    assert opened.message.trailing == 4
    assert secured.open_pdu(secured.read(datagram), NO_KEYS) is None
