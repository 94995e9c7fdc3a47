"""Batches as the pipeline makes them."""

from netmon.domain.alarm import Alarm, AlarmChange, alarm_id
from netmon.domain.observation import Block, Observation, PollFailed, PollResult, Tick, Trap
from netmon.domain.usage import UsageRecord, UsageSettled
from netmon.storage.store import Batch, Store

AT = 1_772_323_200_000


def trap(n: int) -> Trap:
    return Trap(
        at=AT + n,
        realm="default",
        source=f"192.0.2.{n % 250}",
        port=40_000 + n % 1000,
        listener="main",
        version="2c",
        security_name="public",
        element=f"r{n % 250}",
        element_by="address",
        trap_oid="1.3.6.1.6.3.1.1.5.3",
        varbinds=(
            (f"1.3.6.1.2.1.2.2.1.1.{n}", 2, n),
            (f"1.3.6.1.2.1.2.2.1.7.{n}", 2, 1),
            (f"1.3.6.1.2.1.2.2.1.8.{n}", 2, 2),
            (f"1.3.6.1.2.1.2.2.1.2.{n}", 4, b"xe-0/0/%d" % n),
            (f"1.3.6.1.2.1.31.1.1.1.18.{n}", 4, b"to the core \xff\x00"),
            (f"1.3.6.1.2.1.31.1.1.1.6.{n}", 0x46, (1 << 64) - 1 - n),
        ),
        uptime_cs=123_456 + n,
    )


def poll(n: int) -> PollResult:
    block = Block(
        t=AT + n,
        mono_ms=n,
        rtt_us=900,
        uptime_cs=n,
        boots=None,
        profile="if-mib",
        table="ifTable",
        columns=("ifHCInOctets", "ifName"),
        oids=("1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.1"),
        tags=(0x46, 4),
        index=("1", "2"),
        cells=((n, None), (b"xe-0/0/0", b"xe-0/0/1")),
    )
    return PollResult(AT + n, f"r{n}", "", "if", AT, 0, True, True, "snmp", "run1", (block,), interval_ms=60_000)


def failed(n: int) -> PollFailed:
    return PollFailed(AT + n, f"r{n}", "", "if", AT, "snmp", "timeout", 3, 6000)


def alarm(n: int, *, cause_seq: int = 1, version: int = 1, **more: object) -> Alarm:
    key = (f"r{n}/if:xe-0/0/{n}", "link-alarm", "")
    fields: dict[str, object] = {
        "alarm_id": alarm_id(key, cause_seq),
        "version": version,
        "object": key[0],
        "element": f"r{n}",
        "type": key[1],
        "qualifier": key[2],
        "state": "active",
        "severity": "major",
        "original_severity": "major",
        "event_type": "communicationsAlarm",
        "probable_cause": "lossOfSignal",
        "text": f"Link down on xe-0/0/{n}",
        "rule": "link-down",
        "rule_rev": "sha256:0",
        "cause_seq": cause_seq,
        "raised": AT + n,
        "changed": AT + n,
        "reported": AT + n,
        "chain_start": AT + n,
        "count": 1,
        "last_raise": (AT + n, cause_seq),
        "object_type": "interface",
        "additional_info": {"ifIndex": str(n), "ifAdminStatus": "1", "ifOperStatus": "2"},
    }
    return Alarm(**(fields | more))  # type: ignore[arg-type]


def change(seq: int, after: Alarm, kind: str = "raised") -> AlarmChange:
    return AlarmChange(seq, after.alarm_id, kind, AT + seq, after.cause_seq, "link-down raise[0]", {}, after)  # type: ignore[arg-type]


def record(rec_seq: int, feed: str = "main") -> UsageRecord:
    return UsageRecord(feed, rec_seq, f"id-{rec_seq}", "usage", "r1|ifName:xe-0", AT, AT + 900_000, 0, b"{}", "0" * 64)


def batch(number: int, first_seq: int, arrivals: tuple[Observation, ...] = (), **more: object) -> Batch:
    return Batch(number, first_seq, AT + number, (Tick(AT + number), *arrivals), **more)  # type: ignore[arg-type]


async def settle(store: Store, through: int, rec_seq: int = 0) -> None:
    """Commit that the feed ``main`` is complete up to a time, with its last record then."""
    number, seq = store.position()
    await store.commit(batch(number + 1, seq + 1, settled=(UsageSettled("main", through, rec_seq),)))


def storm(number: int, size: int = 200) -> Batch:
    """A Tick and traps, one in ten of them a raise."""
    first_seq = 1 + (number - 1) * (size + 1)
    raises = range(0, size, 10)
    first_change = 1 + (number - 1) * len(raises)
    changes = tuple(
        change(first_change + i, alarm(n, cause_seq=first_seq + 1 + n, version=first_change + i))
        for i, n in enumerate(raises)
    )
    return batch(number, first_seq, tuple(trap(n) for n in range(size)), changes=changes)
