"""``python -m netmon.web``: a web process as the engine starts it, told on standard input what to serve."""

import signal
import socket
import sys

# Ctrl-C reaches the whole terminal; the engine ends this process when its own work is done.
signal.signal(signal.SIGINT, signal.SIG_IGN)
# What a reload would have read again is not read yet.
signal.signal(signal.SIGHUP, signal.SIG_IGN)

from netmon.telemetry.log import configure_log  # noqa: E402  (see above)
from netmon.web.launch import read_launch  # noqa: E402
from netmon.web.process import serve  # noqa: E402


def main() -> None:
    """Serve until the engine ends this process or is gone itself."""
    engine = socket.socket(fileno=sys.stdin.fileno())
    try:
        launch, bound = read_launch(engine)
    except EOFError:
        sys.exit(1)
    engine.setblocking(False)
    configure_log(launch.log)
    serve(launch.setup, bound, engine_fd=engine.fileno())


if __name__ == "__main__":
    main()
