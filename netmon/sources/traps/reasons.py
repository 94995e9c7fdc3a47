"""What an operator reads of a datagram that is no trap for netmon (specs/snmp.md 3.9)."""

from netmon.domain.rejection import Reason

SENTENCES: dict[Reason, str] = {
    "bug": "netmon has a bug here: its log tells more",
    "not_snmp": "this is no SNMP message: check what sends to this port",
    "truncated": "the message is longer than the datagram: something on the way cuts packets",
    "malformed": "the message breaks the encoding rules of SNMP",
    "unsupported_version": "there is no such version of SNMP: send v1, v2c or v3",
    "wrong_pdu": "the message is neither a trap nor an inform",
    "no_trap_oid": "the notification does not say which trap it is (no snmpTrapOID.0)",
    "bad_community": "no credential in traps.communities has this community",
    "source_not_allowed": "the credential is known, but traps.communities does not allow it from this address",
    "unknown_source": "no element has this address, and traps.unknown_sources is drop",
    "unknown_user": "no credential has the user",
    "unknown_engine": "the engine is not known: traps.engines is configured, or an inform went to another engine",
    "wrong_digest": "the user is known, but the MAC does not verify: check the authentication password and protocol",
    "not_in_time_window": "the time of the engine is behind what it said before: a replay, or a device that was reset",
    "decryption_failed": "the MAC of the user is right, but nothing can be decrypted: check the privacy password and"
    " protocol",
    "unsupported_security_level": "the user is configured with another security level",
    "unknown_context": "traps.contexts does not name this context",
    "storm_source": "the source sends more than traps.limits.source allows",
    "storm_trap": "the source sends more of this trap than traps.limits.trap allows",
    "storm_unread": "more version 3 messages than traps.limits allows to look into",
    "queue_full": "more arrived than could be committed: the source with most in the queue lost its oldest trap",
}
