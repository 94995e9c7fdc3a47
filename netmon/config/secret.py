"""Secrets of a configuration: ``{file: PATH}`` or ``{env: NAME}``, read here and shown nowhere."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from netmon.config.paths import below
from netmon.domain.secret import Secret

_MAX_OCTETS = 64 * 1024
_FORMS = "write {file: PATH} or {env: NAME}"


def reader(folder: Path, *, variables: Mapping[str, str] = os.environ) -> Callable[[Any], Secret]:
    """Return what makes a ``Secret`` of plain data and proves it readable; relative files begin at ``folder``.

    What it makes raises ``ValueError``; no message holds a secret, not even one that stands in the file by mistake.
    """

    def make(data: Any) -> Secret:
        secret = _reference(data)
        text(secret, folder, variables=variables)
        return secret

    return make


def text(secret: Secret, folder: Path, *, variables: Mapping[str, str] = os.environ) -> str:
    """Return the text of a secret, without the line end a file may have.

    Raises:
        ValueError: it cannot be read or is empty.
    """
    if secret.env:
        if not variables.get(secret.env):
            state = "is empty" if secret.env in variables else "is not set"
            raise ValueError(f"environment variable {secret.env} {state}")
        return variables[secret.env]
    return _file_text(below(folder, secret.file), secret.file)


def _reference(data: Any) -> Secret:
    if not isinstance(data, dict):
        raise ValueError(f"a secret may not stand here as text ({_FORMS})")
    if len(data) != 1 or next(iter(data)) not in ("file", "env"):
        raise ValueError(f"a secret has exactly one key, file or env ({_FORMS})")
    ((key, value),) = data.items()
    if not isinstance(value, str) or not value:
        raise ValueError(f"the {'file' if key == 'file' else 'variable'} of a secret is named by text ({_FORMS})")
    return Secret(**{key: value})


def _file_text(path: Path, shown: str) -> str:
    try:
        with path.open("rb") as file:
            octets = file.read(_MAX_OCTETS + 1)
        found = octets.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ValueError(f"secret file {shown} cannot be read: {(error.strerror or 'failed').lower()}") from None
    except UnicodeDecodeError:
        raise ValueError(f"secret file {shown} is not UTF-8") from None
    if not found or len(octets) > _MAX_OCTETS:
        raise ValueError(f"secret file {shown} is {'larger than 64 KiB' if found else 'empty'}")
    return found
