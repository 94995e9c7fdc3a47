"""Whether the files of ``web.tls`` are a certificate and its key."""

import ssl
from pathlib import Path

from netmon.config.paths import below
from netmon.web.config import TlsConfig


def tls_problem(tls: TlsConfig, folder: Path) -> str:
    """Return what is wrong with the files, empty when nothing is; relative ones begin at ``folder``."""
    paths = {name: below(folder, name) for name in (tls.certificate, tls.key)}
    for name, path in paths.items():
        try:
            path.read_bytes()
        except OSError as error:
            return f"{name} cannot be read: {(error.strerror or 'failed').lower()}"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(paths[tls.certificate], paths[tls.key], password=lambda: b"")
    except ssl.SSLError as error:
        return f"{tls.certificate} and {tls.key} are no certificate with its key ({error.reason or 'not PEM'})"
    except ValueError:
        return f"{tls.key} is encrypted; netmon cannot ask for its password"
    return ""
