"""``python -m netmon.web``: a web process as the engine starts it, told on standard input what to serve."""

import signal
import socket
import sys

from netmon.telemetry.log import configure_log
from netmon.web.launch import read_launch
from netmon.web.process import serve


def main() -> None:
    """Serve until the engine ends this process or is gone itself."""
    # Ctrl-C reaches the whole terminal; the engine ends this process when its own work is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
