"""What ``netmon demo`` shows: live alarms as a table, and what the simulator did; plain lines where nobody looks."""

import http.client
from collections import deque
from collections.abc import Iterator, Sequence
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
_PLAIN = Console()
"""Measures text."""
_HAPPENED = 6
_AROUND = 12
"""Lines of a terminal that are neither for alarms nor for what happened: the welcome, frames, the cursor."""
_LEAST = 8
_FRAME = 4
"""Columns of a panel that are its frame."""
_TIME = 10
"""Columns for a time and the space behind it."""


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
            self.say(f"{line[:8]} network  {line[10:]}")

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
            picture = picture_of(alarms, self._happened, width=self._console.width - _FRAME, lines=lines)
            self._live.update(picture, refresh=True)
        else:
            for line in lines_of(changes, alarms):
                self.say(line)

    def failed(self) -> int:
        """Say why the daemon is not running."""
        lines = (self._folder / "netmon.log").read_text(errors="replace").splitlines()[-10:]
        self.say("netmon did not start or ended; its last lines:")
        for line in lines:
            self.say(f"  {line}")
        return 2


def picture_of(alarms: list[Alarm], happened: Sequence[str], *, width: int, lines: int) -> Group:
    """Return the worst visible alarms and what the simulator did, as many as there are lines; no text is cut."""
    active = [alarm for alarm in alarms if alarm.state == "active" and not alarm.hidden_by]
    active.sort(key=lambda alarm: (-SEVERITIES.index(alarm.severity), -alarm.raised))
    events = _newest(happened, width=width, lines=lines // 3)
    room = lines - sum(_height(_what(event), width - _TIME) for event in events)
    hidden = sum(alarm.state == "active" and bool(alarm.hidden_by) for alarm in alarms)
    cleared = sum(alarm.state == "cleared" for alarm in alarms)
    title = f"{count(len(active), 'alarm')}, {hidden} hidden below, {cleared} cleared"
    return Group(
        Panel(_table(active, width=width, lines=room), title=title, title_align="left", border_style="blue"),
        Panel(_events(events), title="what happens in the network", title_align="left", border_style="dim"),
    )


def _table(active: list[Alarm], *, width: int, lines: int) -> Table:
    """Return the first alarms that fit; of the others only how many they are."""
    longest = max((len(alarm.severity) for alarm in active), default=0)
    table = _grid(max(longest, len("severity")) + 1, _TIME)
    table.add_row("severity", "since", "alarm", style="bold")
    left = lines - 1
    room = width - max(longest, len("severity")) - 1 - _TIME
    for number, alarm in enumerate(active):
        text = _told(alarm)
        last = number == len(active) - 1
        if left - _height(text, room) < (0 if last else 1):
            table.add_row("", "", f"... and {len(active) - number} more, see the dashboard", style="dim")
            break
        table.add_row(Text(alarm.severity, style=_STYLES.get(alarm.severity, "")), _time(alarm.raised), Text(text))
        left -= _height(text, room)
    if not active:
        table.add_row("", "", Text("none: everything answers, every port is up", style="green"))
    return table


def _told(alarm: Alarm) -> str:
    below = f" (hides {len(alarm.children)})" if alarm.children else ""
    return f"{_place(alarm)}{alarm.text}{below}"


def _events(events: Sequence[str]) -> Table:
    table = _grid(_TIME)
    for event in events or ("...",):
        table.add_row(event.partition("  ")[0], Text(_what(event)))
    return table


def _grid(*widths: int) -> Table:
    """Return a table without lines: columns of these widths, and one that has the rest and takes what it needs."""
    table = Table.grid(expand=True)
    for width in widths:
        table.add_column(width=width, no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    return table


def _what(event: str) -> str:
    """Return an event without its time."""
    return event.partition("  ")[2]


def _newest(happened: Sequence[str], *, width: int, lines: int) -> list[str]:
    """Return the newest events that fit, the oldest first."""
    found: list[str] = []
    for event in reversed(happened):
        lines -= _height(_what(event), width - _TIME)
        if lines < 0 and found:
            break
        found.insert(0, event)
    return found


def _height(text: str, width: int) -> int:
    """Return how many lines a text takes when its words are kept whole as far as they can be."""
    return len(Text(text).wrap(_PLAIN, width, overflow="fold"))


def lines_of(changes: list[AlarmChange], alarms: list[Alarm]) -> Iterator[str]:
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
        text = f"{count(len(below), 'alarm')} below: {names.get(parent, 'its cause')}"
        yield f"{_time(below[-1].at)} hidden   {text}"


def _line(change: AlarmChange) -> str:
    """Return a change: when, what became of it, how severe, where."""
    alarm = change.after
    severity = alarm.last_severity if change.kind == "cleared" else alarm.severity
    return f"{_time(change.at)} {change.kind:<8} {severity or '':<8}  {_place(alarm)}{alarm.text}"


def _time(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000).astimezone():%H:%M:%S}"


def _place(alarm: Alarm) -> str:
    told = is_link(alarm.object) or alarm.object.partition("/")[0] in alarm.text
    return "" if told else f"{alarm.object}  "
