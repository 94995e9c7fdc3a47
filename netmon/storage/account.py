"""Accounts and what may be asked about them: these requests change no decision, so they are no Observations."""

import msgspec


class Operator(msgspec.Struct, frozen=True):
    """An account; the secret is stored as a scrypt hash, empty when it may only use tokens."""

    name: str
    role: str
    password: str
    created: int


class ApiToken(msgspec.Struct, frozen=True):
    """A token of an operator; only the SHA-256 of its text is kept."""

    id: str
    operator: str
    scope: str
    sha256: str
    created: int
    expires: int | None = None


class AddOperator(msgspec.Struct, frozen=True, tag="add_operator", tag_field="do", forbid_unknown_fields=True):
    """Add or replace an account."""

    operator: Operator


class AddToken(msgspec.Struct, frozen=True, tag="add_token", tag_field="do", forbid_unknown_fields=True):
    """Add a token; its text never comes here, only the hash."""

    token: ApiToken


class RemoveOperator(msgspec.Struct, frozen=True, tag="remove_operator", tag_field="do", forbid_unknown_fields=True):
    """Remove an account with its tokens."""

    name: str


AccountCall = AddOperator | AddToken | RemoveOperator
