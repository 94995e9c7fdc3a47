"""The user and the engine by which traps of version 3 are sent: authPriv, HMAC-SHA-256 and AES-128."""

from netmon.domain.oid import Varbind
from netmon.snmp import ber, secured, usm
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.user import User

NAME, AUTH, PRIV = "bench", "authpassword", "privpassword"
ENGINE_ID = bytes.fromhex("8000000001020304")
"""Of the sender."""

USER = User(
    NAME.encode(), "sha256", usm.master_key("sha256", AUTH.encode()), "aes128", usm.master_key("sha256", PRIV.encode())
)
KEYS = USER.keys(ENGINE_ID)
_BOOTS, _TIME_S = 1, 1_000


def seal(pdu_type: int, request_id: int, varbinds: tuple[Varbind, ...]) -> bytes:
    """Return a message of the user; all have one time, which receivers take as long as none is later."""
    pdu = ber.tlv(pdu_type, write_pdu(request_id, 0, 0, [write_varbind(varbind) for varbind in varbinds]))
    envelope = secured.Envelope(request_id, ENGINE_ID, _BOOTS, _TIME_S, USER.name)
    return secured.seal(envelope, secured.scoped_pdu(ENGINE_ID, b"", pdu), KEYS, salt=request_id)
