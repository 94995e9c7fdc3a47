"""A secret by reference: its text never stands in a configuration, a log line or an error."""

import msgspec


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a secret is read from at load: exactly one of a file or an environment variable."""

    file: str = ""
    env: str = ""
