"""An observation as octets: encoded before it is stepped, so that nothing is stepped that cannot be kept."""

import msgspec

from netmon.domain.observation import Observation
from netmon.storage.store import StoreError

_ENCODER = msgspec.msgpack.Encoder()


class Unstorable(StoreError):
    """No store can keep an observation: it holds half a character, or a number of more than 64 bits."""


def encode(observation: Observation) -> bytes:
    """Return the msgpack form that the log has.

    Raises:
        Unstorable: there is none.
    """
    try:
        return _ENCODER.encode(observation)
    except (ValueError, TypeError, OverflowError) as error:
        raise Unstorable(f"cannot encode: {error}") from error
