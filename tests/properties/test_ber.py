import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.oid import BAD_VALUE, Varbind, sort_key
from netmon.snmp import ber, message, varbinds
from netmon.snmp.errors import DecodeError
from netmon.snmp.message import Message, V1Trap, decode, encode, peek, read_pdu
from netmon.snmp.template import HIGHEST_ID, LOWEST_ID, template
from tests.examples import examples

ARC = st.integers(0, 2**32 - 1)
OIDS = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39), st.lists(ARC, max_size=126)),
    st.tuples(st.just(2), ARC, st.lists(ARC, max_size=126)),
).map(lambda parts: ".".join(map(str, (parts[0], parts[1], *parts[2]))))
INTEGERS = st.integers(-(2**63), 2**63 - 1)
UNSIGNED32 = st.integers(0, 2**32 - 1)
UNSIGNED64 = st.integers(0, 2**64 - 1)
ADDRESSES = st.tuples(*[st.integers(0, 255)] * 4).map(lambda octets: ".".join(map(str, octets)))

VALUES: dict[int, st.SearchStrategy[Any]] = {
    ber.INTEGER: INTEGERS,
    ber.OCTET_STRING: st.binary(max_size=300),
    ber.NULL: st.none(),
    ber.OBJECT_IDENTIFIER: OIDS,
    ber.IP_ADDRESS: ADDRESSES,
    ber.COUNTER32: UNSIGNED32,
    ber.GAUGE32: UNSIGNED32,
    ber.TIME_TICKS: UNSIGNED32,
    ber.OPAQUE: st.one_of(
        st.floats(allow_nan=False),
        INTEGERS,
        UNSIGNED64,
        st.binary(max_size=20).filter(lambda b: not b.startswith(b"\x9f")),
    ),
    ber.COUNTER64: UNSIGNED64,
    ber.NO_SUCH_OBJECT: st.none(),
    ber.NO_SUCH_INSTANCE: st.none(),
    ber.END_OF_MIB_VIEW: st.none(),
}

TYPED = st.sampled_from(sorted(VALUES)).flatmap(lambda tag: st.tuples(st.just(tag), VALUES[tag]))
GOOD_VARBINDS = st.tuples(OIDS, TYPED).map(lambda pair: (pair[0], *pair[1]))
BAD_VARBINDS = st.tuples(OIDS, st.just(ber.COUNTER32 | BAD_VALUE), st.binary(min_size=6, max_size=20))
VARBINDS: st.SearchStrategy[tuple[Varbind, ...]] = st.lists(st.one_of(GOOD_VARBINDS, BAD_VARBINDS), max_size=8).map(
    tuple
)

NUMBERS = st.integers(-(2**31), 2**31 - 1)
COMMUNITIES = st.binary(max_size=255)
MESSAGES = st.one_of(
    st.builds(
        Message,
        version=st.just(message.V2C),
        community=COMMUNITIES,
        pdu_type=st.sampled_from(sorted(message._V2_PDUS)),
        request_id=NUMBERS,
        error_status=NUMBERS,
        error_index=NUMBERS,
        varbinds=VARBINDS,
        trailing=st.just(0),
        v1_trap=st.none(),
    ),
    st.builds(
        Message,
        version=st.just(message.V1),
        community=COMMUNITIES,
        pdu_type=st.just(message.V1_TRAP),
        request_id=st.just(0),
        error_status=st.just(0),
        error_index=st.just(0),
        varbinds=VARBINDS,
        trailing=st.just(0),
        v1_trap=st.builds(
            V1Trap,
            enterprise=OIDS,
            agent_addr=ADDRESSES,
            generic=st.integers(0, 6),
            specific=NUMBERS,
            timestamp=UNSIGNED32,
        ),
    ),
)


@given(TYPED)
def test_every_type_is_read_as_it_was_written(typed):
    tag, value = typed
    written = ber.write_value(tag, value)
    length, start = ber.read_length(written, 1)
    assert len(written) == start + length
    assert ber.read_value(tag, written[start:]) == value


def test_nan_is_read_as_it_was_written():
    assert math.isnan(ber.read_value(ber.OPAQUE, ber.write_value(ber.OPAQUE, math.nan)[2:]))


@given(OIDS)
def test_oid_has_one_encoding(oid):
    octets = ber.write_oid(oid)
    assert ber.read_oid(octets) == oid
    assert ber.write_oid("." + oid) == octets


@given(OIDS, ARC)
def test_a_name_of_a_known_column_reads_as_it_was_written(oid, row):
    varbinds._COLUMNS.clear()
    varbinds._accept_column(ber.write_oid(oid), oid)
    column = oid.rpartition(".")[0]
    name = f"{column}.{row}"
    assert varbinds._row(ber.write_oid(name) if column.count(".") else b"") == (name if column.count(".") else "")


@given(OIDS, st.binary(max_size=7))
def test_what_follows_a_known_column_is_no_name_that_read_oid_refuses(oid, end):
    varbinds._COLUMNS.clear()
    octets = ber.write_oid(oid)
    varbinds._accept_column(octets, oid)
    for follows in (octets + end, octets[: varbinds._last_arc(octets)] + end, end):
        assert varbinds._row(follows) in ("", ber.read_oid(follows))


@pytest.mark.parametrize("end", [b"\x80\x01", b"\x90\x80\x80\x80\x00", b"\x81", b"", b"\xff" * 9 + b"\x01"])
def test_a_broken_number_makes_no_name_of_a_known_column(end):
    varbinds._COLUMNS.clear()
    varbinds._accept_column(ber.write_oid("1.3.6.1.2.1.2.2.1.1.7"), "1.3.6.1.2.1.2.2.1.1.7")
    octets = ber.write_oid("1.3.6.1.2.1.2.2.1.1") + end
    assert varbinds._row(octets) == ""
    largest = ber.write_oid("1.3.6.1.2.1.2.2.1.1") + b"\x8f\xff\xff\xff\x7f"
    assert varbinds._row(largest) == "1.3.6.1.2.1.2.2.1.1.4294967295"


@given(OIDS, OIDS)
def test_equal_octets_mean_equal_integers(one, other):
    assert (ber.write_oid(one) == ber.write_oid(other)) == (sort_key(one) == sort_key(other))


@given(MESSAGES)
def test_every_message_is_read_as_it_was_written(sent):
    datagram = encode(sent)
    assert decode(datagram) == sent
    seen = peek(datagram)
    assert (seen.version, seen.community, seen.pdu_type) == (sent.version, sent.community, sent.pdu_type)


@given(MESSAGES, st.binary(max_size=20))
def test_trailing_octets_change_nothing_else(sent, trailing):
    received = decode(encode(sent) + trailing)
    assert received.trailing == len(trailing)
    assert encode(received) == encode(sent)


@given(MESSAGES, st.data())
def test_no_cut_message_is_accepted(sent, data):
    datagram = encode(sent)
    cut = data.draw(st.integers(0, len(datagram) - 1))
    with pytest.raises(DecodeError) as refused:
        decode(datagram[:cut])
    assert refused.value.reason == ("truncated" if cut else "not_snmp")


@given(MESSAGES)
def test_response_to_an_inform_holds_its_varbinds(sent):
    if sent.pdu_type != message.INFORM:
        return
    response = decode(message.inform_response(encode(sent)))
    assert response == decode(message.encode_response(sent, sent.varbinds))


@given(
    st.lists(OIDS, max_size=10).map(tuple), st.integers(LOWEST_ID, HIGHEST_ID), st.integers(0, 3), st.integers(0, 400)
)
@examples(50)
def test_template_is_the_encoded_request(oids, request_id, non_repeaters, repetitions):
    made = template(
        message.V2C,
        b"c",
        pdu_type=message.GET_BULK,
        oids=oids,
        non_repeaters=non_repeaters,
        max_repetitions=repetitions,
    )
    varbinds = tuple((oid, ber.NULL, None) for oid in oids)
    sent = Message(message.V2C, b"c", message.GET_BULK, request_id, non_repeaters, repetitions, varbinds)
    assert made.request(request_id) == encode(sent)


@given(MESSAGES)
def test_pdu_is_read_from_the_middle_as_usm_will(sent):
    pdu = encode(msg_without_community(sent))
    at = len(ber.tlv(ber.INTEGER, b"\x00")) + 2 + ber.read_length(pdu, 1)[1]
    received = read_pdu(pdu, at, len(pdu), version=sent.version, community=b"", trailing=0)
    assert received.varbinds == sent.varbinds


def msg_without_community(sent: Message) -> Message:
    return Message(
        sent.version,
        b"",
        sent.pdu_type,
        sent.request_id,
        sent.error_status,
        sent.error_index,
        sent.varbinds,
        v1_trap=sent.v1_trap,
    )
