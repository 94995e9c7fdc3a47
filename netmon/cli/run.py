"""``netmon run``: the daemon."""

from netmon import app
from netmon.app.hang_up import HangUp
from netmon.app.run import CannotStart
from netmon.cli.frame import ConfigOption, count, examples, fail, print_problems, read_config
from netmon.config.data_dir import prepare_data_dir
from netmon.control.listen import CannotListen
from netmon.sources.traps.sockets import ListenError
from netmon.storage.store import StoreError
from netmon.telemetry.log import configure_log

EPILOG = examples(
    ("netmon run", "on defaults, or on config.yaml where there is one"),
    ("netmon run --config /etc/netmon/config.yaml", "as the service does"),
    ("kill -HUP PID", "takes over a changed configuration; better: netmon reload"),
)


def run(config: ConfigOption = None) -> None:
    """Run the daemon until SIGTERM or Ctrl-C.

    It listens to traps, polls the elements of the inventory, raises and clears alarms, keeps time series and writes
    usage files. Without any configuration it listens on 127.0.0.1 only.

    Exit code 2: it could not start, and stderr says why in one line.
    """
    hang_up = HangUp()
    hang_up.remember()
    loaded = read_config(config)
    configure_log(loaded.config.log)
    try:
        prepare_data_dir(loaded.data_dir, feeds=[feed.id for feed in loaded.config.usage.feeds])
        app.run(loaded, hang_up)
    except CannotStart as error:
        print_problems(error.problems)
        fail(f"cannot start: {count(len(error.problems), 'error')}; see netmon check")
    except (CannotListen, ListenError, StoreError) as error:
        fail(f"cannot start: {error}")
    except OSError as error:
        fail(_told(error))


def _told(error: OSError) -> str:
    what = f"{error.filename}: " if error.filename else ""
    return f"cannot start: {what}{(error.strerror or str(error)).lower()}"
