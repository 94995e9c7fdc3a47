"""What ``netmon demo`` shows: live alarms as a table, and what the simulator did; plain lines where nobody looks."""

import http.client
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from netmon.cli.demo_access import Access
from netmon.cli.engine import NoEngine, read
from netmon.cli.frame import count
from netmon.domain.alarm import SEVERITIES, Alarm, AlarmChange
from netmon.domain.element import ElementDetail
from netmon.domain.managed_object import is_link, kind_and_name
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.store import StoreError

_STYLES = {
    "critical": "bold white on red",
    "major": "bold red",
    "minor": "yellow",
    "warning": "cyan",
    "indeterminate": "magenta",
}
_TOLD = ("raised", "cleared", "severity", "hidden", "shown", "flapping", "steady")
_HAPPENED = 6
_AROUND = 18
"""Lines of a terminal that are not for alarms."""
_LEAST = 5
_WIDTH = 80


class Screen:
    """Reads the committed store, as the web process does, and shows it."""

    def __init__(self, folder: Path, *, engine: str) -> None:
        self._folder = folder
        self._engine = engine
        self._console = Console()
        self._live: Live | None = None
        self._store: SqliteStore | None = None
        self._happened: deque[str] = deque(maxlen=_HAPPENED)
        self._told = 0

    def say(self, text: str) -> None:
        """Print one line."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def welcome(self, access: Access) -> None:
        """Say where to look, and how to sign in."""
        self.say(f"Dashboard  {access.url}")
        self.say(f"Sign in    {access.user}  {access.password}")
        self.say(f"Metrics    {access.metrics}")
        self.say(f"Traps      {access.traps} (UDP)")
        self.say(f"Scripts    {self._folder / 'access.json'} has all this and a token")
        self.say("20 simulated elements in three sites; faults begin in seconds; Ctrl-C ends it.")

    def ready(self) -> bool:
        """Tell whether the daemon takes input."""
        asking = http.client.HTTPConnection(self._engine, timeout=1)
        try:
            asking.request("GET", "/readyz")
            return asking.getresponse().status == http.HTTPStatus.OK
        except (http.client.HTTPException, OSError):
            return False
        finally:
            asking.close()

    def knows(self, element: str, part: str) -> bool:
        """Tell whether the daemon has read a part of an element by now."""
        try:
            status, body = read(self._folder, f"/internal/v1/elements/{element}")
        except NoEngine:
            return False
        if status != http.HTTPStatus.OK:
            return False
        detail = msgspec.json.decode(body, type=ElementDetail)
        return any(kind_and_name(one.object)[1] == part for one in detail.objects)

    @contextmanager
    def live(self) -> Iterator[None]:
        """Show the table as long as the block lasts."""
        self._store = open_store(self._folder / "netmon.db", read_only=True)
        # Of a folder that is used again, what happened in earlier runs is no news.
        self._told, _ = self._store.alarms_at()
        try:
            if self._console.is_terminal:
                with Live(console=self._console, auto_refresh=False, screen=False) as self._live:
                    yield
            else:
                yield
        finally:
            self._live = None
            self._store.close()

    def happened(self, what: str) -> None:
        """Take note of a fault that the simulator made."""
        line = f"{datetime.now().astimezone():%H:%M:%S}  {what}"
        self._happened.append(line)
        if self._live is None:
            self.say(_cut(f"{line[:8]} network  {line[10:]}"))

    def refresh(self) -> None:
        """Show what is committed now."""
        if self._store is None:
            return
        try:
            changes, alarms = self._store.changes(self._told, 1000), self._store.alarms()
        except StoreError:
            return
        self._told = changes[-1].seq if changes else self._told
        if self._live is not None:
            lines = max(self._console.height - _AROUND, _LEAST)
            self._live.update(_picture(alarms, self._happened, lines=lines), refresh=True)
        else:
            for line in _lines(changes, alarms):
                self.say(line)

    def failed(self) -> int:
        """Say why the daemon is not running."""
        lines = (self._folder / "netmon.log").read_text(errors="replace").splitlines()[-10:]
        self.say("netmon did not start or ended; its last lines:")
        for line in lines:
            self.say(f"  {line}")
        return 2


def _picture(alarms: list[Alarm], happened: Iterable[str], *, lines: int) -> Group:
    """Return the worst visible alarms, as many as there are lines for, and what the simulator did."""
    active = [alarm for alarm in alarms if alarm.state == "active" and not alarm.hidden_by]
    active.sort(key=lambda alarm: (-SEVERITIES.index(alarm.severity), -alarm.raised))
    table = Table(expand=True, box=None, header_style="bold", pad_edge=False)
    for title, width in (("severity", 10), ("since", 9)):
        table.add_column(title, width=width, no_wrap=True)
    table.add_column("alarm", ratio=1, no_wrap=True, overflow="ellipsis")
    for alarm in active[:lines]:
        severity = Text(alarm.severity, style=_STYLES.get(alarm.severity, ""))
        below = f" (hides {len(alarm.children)})" if alarm.children else ""
        table.add_row(severity, _time(alarm.raised), Text(f"{_place(alarm)}{alarm.text}{below}"))
    if not active:
        table.add_row("", "", Text("none: everything answers, every port is up", style="green"))
    hidden = sum(alarm.state == "active" and bool(alarm.hidden_by) for alarm in alarms)
    cleared = sum(alarm.state == "cleared" for alarm in alarms)
    title = f"{count(len(active), 'alarm')}, {hidden} hidden below, {cleared} cleared"
    events = Text("\n".join(happened) or "...", no_wrap=True, overflow="ellipsis")
    return Group(
        Panel(table, title=title, title_align="left", border_style="blue"),
        Panel(events, title="what happens in the network", title_align="left", border_style="dim"),
    )


def _lines(changes: list[AlarmChange], alarms: list[Alarm]) -> Iterator[str]:
    """Yield what became of each alarm by now; of those that another one explains only how many they are."""
    newest = {change.after.alarm_id: change for change in changes if change.kind in _TOLD}
    names = {alarm.alarm_id: alarm.text for alarm in alarms}
    hidden: dict[str, list[AlarmChange]] = {}
    for change in sorted(newest.values(), key=lambda change: change.seq):
        if not change.after.hidden_by:
            yield _line(change)
        elif change.kind != "cleared":
            hidden.setdefault(next(iter(change.after.parents), ""), []).append(change)
    for parent, below in hidden.items():
        yield _cut(
            f"{_time(below[-1].at)} hidden   {count(len(below), 'alarm')} below: {names.get(parent, 'its cause')}"
        )


def _line(change: AlarmChange) -> str:
    """Return a change: when, what became of it, how severe, where."""
    alarm = change.after
    severity = alarm.last_severity if change.kind == "cleared" else alarm.severity
    return _cut(f"{_time(change.at)} {change.kind:<8} {severity or '':<8}  {_place(alarm)}{alarm.text}")


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def _time(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000).astimezone():%H:%M:%S}"


def _place(alarm: Alarm) -> str:
    told = is_link(alarm.object) or alarm.object.partition("/")[0] in alarm.text
    return "" if told else f"{alarm.object}  "
