"""Who may do what: the table of specs/alarms.md 2.1 as data, and the one function that asks it."""

from typing import Literal, Protocol, get_args

Role = Literal["viewer", "operator", "billing", "admin"]
Right = Literal["read", "operate", "usage", "admin", "wallboard"]
"""What an operation needs; a token scope is the right of the same name."""

ROLES: dict[str, frozenset[str]] = {
    "viewer": frozenset(("read", "wallboard")),
    "operator": frozenset(("read", "operate", "wallboard")),
    "billing": frozenset(("read", "usage", "wallboard")),
    "admin": frozenset(get_args(Right)),
}
"""Rights by role."""


class Holder(Protocol):
    """Whoever has rights."""

    @property
    def rights(self) -> frozenset[str]:
        """What this one may do."""
        ...


def may(holder: Holder, right: Right) -> bool:
    """Tell whether somebody may do what needs a right; who may read all may read what a wallboard reads."""
    return right in holder.rights or (right == "wallboard" and "read" in holder.rights)


def rights_of(role: str, scope: str = "") -> frozenset[str]:
    """Return the rights of a role, of a token only those of its scopes; an unknown role has none."""
    rights = ROLES.get(role, frozenset())
    return rights & frozenset(scope.split()) if scope else rights
