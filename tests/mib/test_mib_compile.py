import gzip
import os
import shutil
import socket
from pathlib import Path

import pytest

from netmon.config.shipped import shipped
from netmon.mib.compile import Compiled, Status, compile_all
from netmon.mib.names import MibView
from netmon.mib.order import closure, in_order
from netmon.mib.process import Part, Request, Worker, WorkerDied
from netmon.mib.sources import split_modules

pytestmark = pytest.mark.slow

GOOD = """ACME-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises, OBJECT-TYPE, Integer32, NOTIFICATION-TYPE FROM SNMPv2-SMI
        ifIndex, ifEntry FROM IF-MIB   MacAddress FROM SNMPv2-TC;
acme OBJECT IDENTIFIER ::= { enterprises 99999 }
Mode ::= INTEGER { auto(1), fixed(2) }
acmeMode OBJECT-TYPE SYNTAX Mode UNITS "modes" MAX-ACCESS read-only STATUS current DESCRIPTION "x" ::= { acme 1 }
acmeTable OBJECT-TYPE SYNTAX SEQUENCE OF AcmeEntry MAX-ACCESS not-accessible STATUS current DESCRIPTION "x" ::= {acme 2}
acmeEntry OBJECT-TYPE SYNTAX AcmeEntry MAX-ACCESS not-accessible STATUS current DESCRIPTION "x"
    INDEX { ifIndex, acmeMac } ::= { acmeTable 1 }
AcmeEntry ::= SEQUENCE { acmeMac MacAddress, acmeLevel Integer32 }
acmeMac OBJECT-TYPE SYNTAX MacAddress MAX-ACCESS not-accessible STATUS current DESCRIPTION "x" ::= { acmeEntry 1 }
acmeLevel OBJECT-TYPE SYNTAX Integer32 MAX-ACCESS read-only STATUS current DESCRIPTION "x" ::= { acmeEntry 2 }
acmeMore OBJECT-TYPE SYNTAX SEQUENCE OF AcmeMore MAX-ACCESS not-accessible STATUS current DESCRIPTION "x" ::= {acme 3}
acmeMoreEntry OBJECT-TYPE SYNTAX AcmeMore MAX-ACCESS not-accessible STATUS current DESCRIPTION "x"
    AUGMENTS { ifEntry } ::= { acmeMore 1 }
AcmeMore ::= SEQUENCE { acmeExtra Integer32 }
acmeExtra OBJECT-TYPE SYNTAX Integer32 MAX-ACCESS read-only STATUS current DESCRIPTION "x" ::= { acmeMoreEntry 1 }
acmeAlarm NOTIFICATION-TYPE OBJECTS { ifIndex, acmeLevel } STATUS current DESCRIPTION "x" ::= { acme 0 1 }
END
"""

BROKEN = """-- a comment
BROKEN-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises, (one) FROM SNMPv2-SMI;
broken OBJECT IDENTIFIER ::= { enterprises 99998 }
END
"""

MENDED = """MENDED-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises, OBJECT-TYPE, Integer32 FROM SNMPv2-SMI elsewhere FROM IF-MIB;
-- x MACRO ::= is no macro here
mended OBJECT IDENTIFIER ::= { enterprises 99996 }
open OBJECT IDENTIFIER ::= ( mended 1 }
twice OBJECT IDENTIFIER ::= { mended 2 }
twice OBJECT IDENTIFIER ::= { mended 3 }
orphan OBJECT IDENTIFIER ::= { nobody 1 }
child OBJECT IDENTIFIER ::= { orphan 1 }
away OBJECT IDENTIFIER ::= { elsewhere 1 }
noEnd OBJECT-TYPE SYNTAX Integer32 MAX-ACCESS read-only STATUS current DESCRIPTION "x ::= {"
last OBJECT IDENTIFIER ::= { mended 4 }
END
"""

ABOVE = """{name} DEFINITIONS ::= BEGIN
IMPORTS {symbol} FROM {below};
{symbol}X OBJECT IDENTIFIER ::= {{ {symbol} 1 }}
END
"""

SMIV1 = """OLD-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises FROM RFC1155-SMI  OBJECT-TYPE FROM RFC-1212  TRAP-TYPE FROM RFC-1215
        ifIndex, DisplayString FROM RFC1213-MIB;
old OBJECT IDENTIFIER ::= { enterprises 99997 }
oldName OBJECT-TYPE SYNTAX DisplayString ACCESS read-only STATUS mandatory ::= { old 1 }
oldTrap TRAP-TYPE ENTERPRISE old VARIABLES { ifIndex, oldName } ::= 7
oldStart TRAP-TYPE ENTERPRISE snmp ::= 0
snmp OBJECT IDENTIFIER ::= { 1 3 6 1 2 1 11 }
END
"""


AGE = """AGE-MIB DEFINITIONS ::= BEGIN
IMPORTS MODULE-IDENTITY, enterprises FROM SNMPv2-SMI;
age MODULE-IDENTITY LAST-UPDATED "{date}" ORGANIZATION "x" CONTACT-INFO "x" DESCRIPTION "x" ::= {{ enterprises {n} }}
END
"""

ROUND = """{a} DEFINITIONS ::= BEGIN
IMPORTS enterprises FROM SNMPv2-SMI {other}X FROM {b};
{own}X OBJECT IDENTIFIER ::= {{ enterprises {n} }}
{own}Y OBJECT IDENTIFIER ::= {{ {other}X 1 }}
END
"""


@pytest.fixture(scope="module")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a user may have it; compiled once for all tests."""
    folder = tmp_path_factory.mktemp("vendors") / "deep"
    folder.mkdir()
    (folder / "wrong name.txt").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    two = ABOVE.format(name="TWO-MIB", symbol="acme", below="ACME-MIB")
    with gzip.open(folder / "packed.gz", "wt") as file:
        file.write(two + ABOVE.format(name="THREE-MIB", symbol="acmeX", below="TWO-MIB"))
    (folder / "b.my").write_text(BROKEN)
    (folder / "mended.my").write_text(MENDED)
    (folder / "m.my").write_text(ABOVE.format(name="MIDDLE-MIB", symbol="broken", below="BROKEN-MIB"))
    (folder / "t.my").write_text(ABOVE.format(name="TOP-MIB", symbol="brokenX", below="MIDDLE-MIB"))
    (folder / "y.mib").write_text(ABOVE.format(name="Y-MIB", symbol="x", below="X-MIB"))
    (folder / "z.mib").write_text(ABOVE.format(name="Z-MIB", symbol="xX", below="Y-MIB"))
    (folder / "p.mib").write_text(ABOVE.format(name="P-MIB", symbol="nowhere", below="SNMPv2-SMI"))
    (folder / "age1").write_text(AGE.format(date="9901010000Z", n=1))
    (folder / "age2").write_text(AGE.format(date="202001010000Z", n=2))
    (folder / "old.my").write_text(SMIV1)
    (folder / "round a").write_text(ROUND.format(a="A-MIB", b="B-MIB", own="a", other="b", n=1))
    (folder / "round b").write_text(ROUND.format(a="B-MIB", b="A-MIB", own="b", other="a", n=2))
    (folder / "cut.gz").write_bytes(gzip.compress(GOOD.encode())[:200])
    shutil.copy(shipped("mibs") / "standard" / "IF-MIB", folder / "if.mib")
    return folder


@pytest.fixture(scope="module")
def result(vendors: Path, mib_cache: Path, standard: Compiled) -> Compiled:
    return compile_all([shipped("mibs") / "standard", vendors], mib_cache)


def status(result: Compiled, module: str) -> Status:
    return next(status for status in result.statuses if status.module == module)


def test_the_standard_set_compiles(standard: Compiled) -> None:
    assert [str(status) for status in standard.statuses if status.state != "compiled"] == []
    assert {"SNMPv2-MIB", "IF-MIB", "IANAifType-MIB", "RFC-1215", "SNMP-FRAMEWORK-MIB"} <= {
        module.name for module in standard.modules
    }


def test_a_warm_start_needs_no_worker(standard: Compiled, mib_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a worker was started")

    monkeypatch.setattr("subprocess.Popen", refuse)
    again = compile_all([shipped("mibs") / "standard"], mib_cache)
    assert again == standard
    assert MibView(again.modules).hash == MibView(standard.modules).hash


def test_no_socket_is_opened(tmp_path: Path, mib_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The child reads this file before anything else: there a socket ends it.
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\ndef refuse(*a, **k): raise SystemExit('socket opened')\nsocket.socket.__init__ = refuse\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "__init__", refuse)
    result = compile_all([shipped("mibs") / "standard"], tmp_path / "cache")
    assert {status.state for status in result.statuses} == {"compiled"}


def test_modules_are_found_by_what_they_declare(result: Compiled) -> None:
    assert [status(result, name).state for name in ("ACME-MIB", "TWO-MIB", "THREE-MIB")] == ["compiled"] * 3
    view = MibView(result.modules)
    assert view.symbol("THREE-MIB::acmeXX").oid == "1.3.6.1.4.1.99999.1.1"
    assert view.symbol("acmeMode").enums == ((1, "auto"), (2, "fixed"))
    assert view.symbol("acmeMode").units == "modes"
    assert view.notification("acmeAlarm").objects == ("IF-MIB::ifIndex", "ACME-MIB::acmeLevel")
    level = view.symbol("acmeLevel")
    assert view.index_values(level, "7.0.1.2.3.4.255") == {"ifIndex": 7, "acmeMac": b"\0\1\2\3\4\xff"}
    assert view.index_values(view.symbol("acmeExtra"), "7") == {"ifIndex": 7}


def test_a_broken_module_says_where_and_blocks_those_above(result: Compiled, vendors: Path) -> None:
    cause = f'{vendors}/b.my:3:22: bad grammar near "("'
    assert str(status(result, "BROKEN-MIB")) == f"BROKEN-MIB: failed: {cause}"
    assert str(status(result, "MIDDLE-MIB")) == f"MIDDLE-MIB: blocked by BROKEN-MIB: {cause}"
    assert str(status(result, "TOP-MIB")) == f"TOP-MIB: blocked by BROKEN-MIB: {cause}"
    assert [status.module for status in result.by_cause()[cause]] == ["BROKEN-MIB", "MIDDLE-MIB", "TOP-MIB"]


def test_a_missing_import_names_the_importer(result: Compiled, vendors: Path) -> None:
    cause = f"missing module X-MIB, imported by Y-MIB ({vendors}/y.mib:2)"
    assert str(status(result, "Y-MIB")) == f"Y-MIB: failed: {cause}"
    assert str(status(result, "Z-MIB")) == f"Z-MIB: blocked by Y-MIB: {cause}"


def test_an_unknown_parent_is_named_with_its_line(result: Compiled, vendors: Path) -> None:
    assert str(status(result, "P-MIB")) == (
        f"P-MIB: failed: {vendors}/p.mib:3:1: nowhereX is left out: nowhere is not known"
    )


def test_a_module_with_defects_is_used_without_what_is_at_fault(result: Compiled, vendors: Path) -> None:
    mended = status(result, "MENDED-MIB")
    assert mended.state == "repaired"
    assert mended.is_usable
    assert [repair.removeprefix(f"{vendors}/mended.my:") for repair in mended.repairs] == [
        '5:28: open is left out: bad grammar near "("',
        "7:1: twice is left out: a definition of that name stands before",
        "8:1: orphan is left out: nobody is not known",
        "9:1: child is left out: orphan is not known",
        "10:1: away is left out: elsewhere is not known",
        '12:1: noEnd is left out: bad grammar near "last"',
    ]
    view = MibView(result.modules)
    assert view.symbol("MENDED-MIB::twice").oid == "1.3.6.1.4.1.99996.2"
    assert view.symbol("MENDED-MIB::last").oid == "1.3.6.1.4.1.99996.4"


def test_a_relaxed_grammar_is_told(tmp_path: Path, mib_cache: Path) -> None:
    (tmp_path / "loose.my").write_text(GOOD.replace("fixed(2) }", "fixed(2), }").replace("ACME-MIB", "LOOSE-MIB"))
    loose = status(compile_all([shipped("mibs") / "standard", tmp_path], mib_cache), "LOOSE-MIB")
    assert loose.state == "repaired"
    assert "read by a relaxed grammar" in loose.cause


def test_a_copy_of_a_standard_module_is_shadowed(result: Compiled, standard: Compiled) -> None:
    copies = [status for status in result.statuses if status.module == "IF-MIB"]
    assert [(status.state, Path(status.path).name) for status in copies] == [
        ("compiled", "IF-MIB"),
        ("shadowed", "if.mib"),
    ]
    assert all(module in result.modules for module in standard.modules)


def test_of_two_vendor_copies_the_newer_is_used(result: Compiled, vendors: Path) -> None:
    assert MibView(result.modules).symbol("age").oid == "1.3.6.1.4.1.2"
    assert [s.path for s in result.statuses if s.state == "shadowed" and s.module == "AGE-MIB"] == [f"{vendors}/age1"]


def test_smiv1_modules_and_their_traps(result: Compiled) -> None:
    assert str(status(result, "OLD-MIB")) == "OLD-MIB: compiled"
    view = MibView(result.modules)
    trap = view.notification("oldTrap")
    assert trap.oid == "1.3.6.1.4.1.99997.0.7"
    assert trap.objects == ("IF-MIB::ifIndex", "OLD-MIB::oldName")
    assert view.symbol("oldName").hint == "255a"
    assert view.symbol("OLD-MIB::oldStart").oid == view.symbol("coldStart").oid


def test_circles_of_imports_are_cut(result: Compiled) -> None:
    assert [status(result, name).state for name in ("A-MIB", "B-MIB")] == ["compiled", "compiled"]
    assert MibView(result.modules).symbol("aY").oid == "1.3.6.1.4.1.2.1"


def test_a_damaged_file_is_one_status(result: Compiled, vendors: Path) -> None:
    assert str(status(result, "cut.gz")).startswith(f"cut.gz: failed: {vendors}/cut.gz:1:1: ")


def test_failures_are_cached_too(
    result: Compiled, vendors: Path, mib_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    assert compile_all([shipped("mibs") / "standard", vendors], mib_cache) == result


def test_a_damaged_cache_entry_is_compiled_anew(result: Compiled, vendors: Path, mib_cache: Path) -> None:
    key = next(module.key for module in result.modules if module.name == "ACME-MIB")
    entry = mib_cache / f"{key}.json"
    whole = entry.read_bytes()
    entry.write_bytes(whole[:100])
    assert compile_all([shipped("mibs") / "standard", vendors], mib_cache) == result
    assert entry.read_bytes() == whole


def test_a_change_below_changes_the_key_above(result: Compiled, tmp_path: Path, mib_cache: Path) -> None:
    (tmp_path / "a").write_text(GOOD.replace("99999", "99996"))
    (tmp_path / "b").write_text(ABOVE.format(name="TWO-MIB", symbol="acme", below="ACME-MIB"))
    before = {module.name: module.key for module in result.modules}
    after = compile_all([shipped("mibs") / "standard", tmp_path], mib_cache)
    assert {module.name for module in after.modules if before[module.name] != module.key} == {"ACME-MIB", "TWO-MIB"}
    assert MibView(after.modules).symbol("acmeX").oid == "1.3.6.1.4.1.99996.1"


def test_a_slow_module_times_out(tmp_path: Path) -> None:
    folder = tmp_path / "mibs"
    folder.mkdir()
    shutil.copy(shipped("mibs") / "standard" / "SNMPv2-SMI", folder)
    late = compile_all([folder], tmp_path / "cache", limit_s=0.0)
    assert str(status(late, "SNMPv2-SMI")) == f"SNMPv2-SMI: timeout: {folder}/SNMPv2-SMI:4:1: took longer than 0 s"


def test_a_worker_that_dies_says_its_last_words(tmp_path: Path) -> None:
    source = split_modules("A-MIB DEFINITIONS ::= BEGIN a OBJECT IDENTIFIER ::= { iso 1 } END", "a")[0]
    with Worker(60.0) as worker, pytest.raises(WorkerDied, match="FileNotFoundError"):
        worker.ask(Request((Part(source, "k"),), str(tmp_path / "missing")))


@pytest.mark.slow
def test_a_worker_may_take_one_gibibyte(tmp_path: Path) -> None:
    source = split_modules("A-MIB DEFINITIONS ::= BEGIN a OBJECT IDENTIFIER ::= { iso 1 } END", "a")[0]
    with Worker(60.0) as worker:
        worker.ask(Request((Part(source, "k"),), str(tmp_path)))
        assert worker.pid
        limits = Path(f"/proc/{worker.pid}/limits").read_text().splitlines()
    assert [line.split()[3:5] for line in limits if line.startswith("Max address space")] == [["1073741824"] * 2]


def test_imports_as_deep_as_there_are_files_have_an_order() -> None:
    names = [f"M{number:04}-MIB" for number in range(5_000)]
    below = [*names[1:], "M0000-MIB"]
    text = "\n".join(
        f"{name} DEFINITIONS ::= BEGIN IMPORTS x FROM {other}; END" for name, other in zip(names, below, strict=True)
    )
    known = {source.name: source for source in split_modules(text, "chain.mib")}
    assert [source.name for source in in_order(known)] == names[::-1]
    assert [source.name for source in closure(known["M0003-MIB"], known)] == [*names[2::-1], *names[:2:-1]]


def test_a_hostile_folder_costs_its_own_files_only(tmp_path: Path, mib_cache: Path) -> None:
    folder, outside = tmp_path / "vendors", tmp_path / "outside.mib"
    folder.mkdir()
    (folder / "good.mib").write_text(GOOD)
    (folder / "binary.mib").write_bytes(b"BIN-MIB DEFINITIONS ::= BEGIN \x1b[2J\x00\xff" + bytes(range(256)) * 40)
    (folder / "itself.mib").write_text(ABOVE.format(name="ITSELF-MIB", symbol="me", below="ITSELF-MIB"))
    outside.write_text(ABOVE.format(name="OUTSIDE-MIB", symbol="internet", below="SNMPv2-SMI"))
    (folder / "out.mib").symlink_to(outside)
    (folder / "loop.mib").symlink_to(folder / "loop.mib")
    (folder / "circle").symlink_to(folder)
    (folder / "zero.mib").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.mib")
    with (folder / "huge.mib").open("wb") as file:
        file.truncate(1 << 40)
    (folder / "bomb.gz").write_bytes(gzip.compress(bytes(32 << 20)))
    Path(os.fsdecode(os.fsencode(folder) + b"/n\xff.mib")).write_text(
        ABOVE.format(name="NAME-MIB", symbol="internet", below="SNMPv2-SMI")
    )
    (folder / ".git").mkdir()
    (folder / ".git" / "pack").write_text(GOOD)
    found = compile_all([shipped("mibs") / "standard", folder], mib_cache)
    told = {status.module: status for status in found.statuses if str(folder) in status.path}
    assert {name: status.state for name, status in told.items()} == {
        "ACME-MIB": "compiled",
        "BIN-MIB": "failed",
        "ITSELF-MIB": "failed",
        "OUTSIDE-MIB": "compiled",
        "NAME-MIB": "compiled",
        "huge.mib": "failed",
        "bomb.gz": "failed",
    }
    assert told["huge.mib"].cause == f"{folder}/huge.mib:1:1: larger than 8 MiB"
    assert told["NAME-MIB"].path == f"{folder}/n\ufffd.mib"
    assert all(status.cause.isprintable() and "unprocessed" not in status.cause for status in told.values())
