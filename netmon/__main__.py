"""``netmon`` and ``python -m netmon``."""

import signal
import sys

# Until all is imported there is nothing to clean up: Ctrl-C then ends the process, without a traceback.
_AT_START = signal.signal(signal.SIGINT, signal.SIG_DFL)
if sys.argv[1:2] == ["run"]:
    # To reload what is not yet read is nothing to do, and nothing to end for.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

from netmon.cli.main import main as _main  # noqa: E402  (see above)


def main() -> None:
    """Run the command of ``sys.argv``."""
    signal.signal(signal.SIGINT, _AT_START)
    _main()


if __name__ == "__main__":
    main()
