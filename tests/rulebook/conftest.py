from pathlib import Path

import pytest

from netmon.config import yaml
from netmon.domain.place import Document
from netmon.mib.names import MibView
from netmon.mib.node import Index, Module, Node, Syntax

IF = "1.3.6.1.2.1.2.2.1"
TRAPS = "1.3.6.1.6.3.1.1.5"
ACME = "1.3.6.1.4.1.99999"
STATUS = ((1, "up"), (2, "down"), (3, "testing"), (7, "lowerLayerDown"))
CODES = ((1, "critical"), (2, "major"), (3, "notReported"), (4, "cleared"), (5, "strange"))


def _column(module: str, symbol: str, oid: str, base: str, enums: tuple[tuple[int, str], ...] = ()) -> Node:
    return Node(module, symbol, oid, "column", Syntax(base, base, enums))


def _module(name: str, *nodes: Node) -> Module:
    return Module(name, f"key of {name}", nodes)


@pytest.fixture(scope="session")
def names() -> MibView:
    """A few objects and notifications, built by hand."""
    return MibView(
        [
            _module(
                "IF-MIB",
                Node("IF-MIB", "ifEntry", IF, "row", indexes=(Index("IF-MIB::ifIndex"),)),
                _column("IF-MIB", "ifIndex", f"{IF}.1", "Integer32"),
                _column("IF-MIB", "ifDescr", f"{IF}.2", "OctetString"),
                Node("IF-MIB", "ifPhysAddress", f"{IF}.6", "column", Syntax("PhysAddress", "OctetString", hint="1x:")),
                _column("IF-MIB", "ifAdminStatus", f"{IF}.7", "Integer32", STATUS[:3]),
                _column("IF-MIB", "ifOperStatus", f"{IF}.8", "Integer32", STATUS),
                _column("IF-MIB", "ifInOctets", f"{IF}.10", "Counter32"),
                Node("IF-MIB", "linkDown", f"{TRAPS}.3", "notification"),
                Node("IF-MIB", "linkUp", f"{TRAPS}.4", "notification"),
            ),
            _module(
                "ACME-MIB",
                Node("ACME-MIB", "acmeAlarm", f"{ACME}.0.7", "notification"),
                _column("ACME-MIB", "acmeCode", f"{ACME}.1.1", "Integer32", CODES),
                _column("ACME-MIB", "acmeName", f"{ACME}.1.2", "OctetString"),
                _column("ACME-MIB", "acmeType", f"{ACME}.1.3", "ObjectIdentifier"),
                _column("ACME-MIB", "acmeUptime", f"{ACME}.1.4", "TimeTicks"),
                Node("ACME-MIB", "acmeOnBattery", f"{ACME}.2.1"),
            ),
        ]
    )


@pytest.fixture
def document(tmp_path: Path):
    """Read YAML text as a rule file; the n-th call gives ``a.yaml``, ``b.yaml``, ..."""
    count = 0

    def read(text: str) -> Document:
        nonlocal count
        name = f"{chr(ord('a') + count)}.yaml"
        count += 1
        path = tmp_path / name
        path.write_text(text)
        result = yaml.read(path, name=name)
        assert not result.problems, result.problems
        return result.document

    return read
