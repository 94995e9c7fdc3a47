"""SEC (Simple Event Correlator) with rules that mean what those of `network` mean: alarms raised, counted and cleared.

Its best rule tree: one jump by the trap's number into a rule set of its own, so that no event meets another's rules;
one expression for a raise, whose match the next rule takes from the cache; a context for each alarm, found by its name.
(Its ``Pair`` rule tries the second pattern of every open pair: three times as slow with 40 of them in each rule set.)
"""

import contextlib
import subprocess
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from benchmarks.measure import cpu_s
from benchmarks.traffic import RULES
from tests.wire.peers import program

_DISPATCH = r"""type=Jump
ptype=RegExp
pattern=^trap (\d+)\s
desc=dispatch
cfset=port-$1
constset=no

type=Single
ptype=RegExp
pattern=^mark
desc=mark
action=write - mark
"""

_RULE = r"""type=Options
joincfset=port-{rule}
procallin=no

type=Single
ptype=RegExp
pattern=^trap {rule} down (\S+) (\S+) .*ifAdminStatus=1
varmap=DOWN{rule}
context=port-{rule}_$1_$2
desc=repeat
action=lcall %n $1_$2 -> ( sub {{ ++$main::count{{$_[0]}} }} )

type=Single
ptype=Cached
pattern=DOWN{rule}
context=!port-{rule}_$1_$2
desc=raise
action=create port-{rule}_$1_$2; lcall %n $1_$2 -> ( sub {{ $main::count{{$_[0]}} = 1 }} ); \
write - raised $2 on $1 is down

type=Single
ptype=RegExp
pattern=^trap {rule} up (\S+) (\S+)
context=port-{rule}_$1_$2
desc=clear
action=delete port-{rule}_$1_$2; lcall %n $1_$2 -> ( sub {{ delete $main::count{{$_[0]}} }} ); \
write - cleared $2 on $1 after %n
"""


class Sec(msgspec.Struct):
    """A running SEC that reads events from its standard input and tells alarms on its standard output."""

    process: "subprocess.Popen[str]"
    told: Counter[str] = msgspec.field(default_factory=Counter)
    """How many alarms it said it raised and cleared."""

    def feed(self, states: Iterable[tuple[int, str]]) -> float:
        """Let it take events and return how many it takes per second of its CPU time."""
        lines = [_line(interface, state) for interface, state in states]
        before = cpu_s(self.process.pid)
        writing = threading.Thread(target=self._write, args=(lines,))
        writing.start()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word = line.split(maxsplit=1)[0]
            if word == "mark":
                break
            self.told[word] += 1
        writing.join()
        return len(lines) / (cpu_s(self.process.pid) - before)

    def _write(self, lines: list[str]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.writelines([*lines, "mark\n"])
        self.process.stdin.flush()


@contextlib.contextmanager
def running_sec(folder: Path) -> Iterator[Sec]:
    """Run SEC with a rule set per trap pair."""
    rules = folder / "sec"
    rules.mkdir()
    (rules / "dispatch.sec").write_text(_DISPATCH)
    for rule in range(RULES):
        (rules / f"port-{rule}.sec").write_text(_RULE.format(rule=rule))
    command = (program("sec"), f"--conf={rules}/*.sec", "--input=-", "--notail", "--debug=2")
    with (folder / "sec.log").open("w") as log:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    with process:
        yield Sec(process)
        assert process.stdin is not None
        process.stdin.close()


def _line(interface: int, state: str) -> str:
    """Return an event as a trap logger writes it, the number of the trap pair in front."""
    status = 1 if state == "up" else 2
    return (
        f"trap {interface % RULES} {state} bench-1 GigabitEthernet0/0/{interface} ifIndex={interface} "
        f"ifAdminStatus=1 ifOperStatus={status}\n"
    )
