"""Users of version 3 who may send traps: which of a name sent a message, and with which keys (specs/snmp.md 2.8).

Several credentials may have one user name, as devices of one site have other passwords than those of the next.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import msgspec

from netmon.snmp import secured, usm
from netmon.snmp.secured import Opened, Secured
from netmon.snmp.user import User
from netmon.sources.credential import Credential

_KEYS = 20_000


class Named(msgspec.Struct, frozen=True):
    """A user and the credential that it is of."""

    credential: str
    user: User


class Users:
    """Users by name; keys are kept only once a MAC and a decryption have proven them: forgers fill nothing."""

    def __init__(self, credentials: Iterable[Credential]) -> None:
        self.in_vain = 0
        """MACs that were computed for another user of the name: work that one message should not cost."""
        self._of_name: dict[bytes, list[Named]] = {}
        self._proven: OrderedDict[tuple[bytes, bytes], tuple[Named, usm.Keys]] = OrderedDict()
        """By name and engine id."""
        for credential in credentials:
            if credential.user is not None:
                one = Named(credential.id, credential.user)
                self._of_name.setdefault(credential.user.name, []).append(one)

    def __len__(self) -> int:
        """How many keys are kept."""
        return len(self._proven)

    def named(self, found: Secured) -> list[Named]:
        """Return who may have sent a message by its name and engine, those before that are of this engine alone."""
        of_name = self._of_name.get(found.user, [])
        local = [one for one in of_name if one.user.engine_id and one.user.engine_id == found.engine_id]
        return [*local, *(one for one in of_name if not one.user.engine_id)]

    def signed(self, found: Secured, users: Iterable[Named]) -> Iterator[Named]:
        """Yield those whose key made the MAC of a message, first the one that its engine is known by."""
        kept = self._proven.get((found.user, found.engine_id))
        last, keys = kept if kept is not None and kept[0].user.level == found.level else (None, None)
        ordered = [*([last] if last is not None else []), *(one for one in users if one != last)]
        for place, one in enumerate(ordered):
            signing = keys if keys is not None and one == last else one.user.signing(found.engine_id)
            if secured.verify(found, signing):
                yield one
            elif place:
                self.in_vain += 1

    def open(self, one: Named, found: Secured) -> Opened | None:
        """Return the ScopedPDU of a message whose MAC is right; None when none of the user's keys decrypts it.

        Raises:
            DecodeError: it was not encrypted, and is malformed.
        """
        for keys in self._keys(one, found.engine_id):
            opened = secured.open_pdu(found, keys)
            if opened is not None:
                self._keep(found, one, keys)
                return opened
        return None

    def _keys(self, one: Named, engine_id: bytes) -> Iterator[usm.Keys]:
        kept = self._proven.get((one.user.name, engine_id))
        if kept is not None and kept[0] == one:
            yield kept[1]
        for way in one.user.extensions():
            yield one.user.keys(engine_id, way)

    def _keep(self, found: Secured, one: Named, keys: usm.Keys) -> None:
        key = (found.user, found.engine_id)
        if key not in self._proven and len(self._proven) >= _KEYS:
            self._proven.popitem(last=False)
        self._proven[key] = (one, keys)
