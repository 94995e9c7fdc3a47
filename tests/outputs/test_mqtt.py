"""The output against a real mosquitto, on a real store."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import pytest

from netmon.domain.alarm import Acted, AlarmChange
from netmon.domain.duration import Duration
from netmon.domain.secret import Secret
from netmon.outputs.alarm_filter import AlarmFilter
from netmon.outputs.broker import BrokerTlsConfig, BrokerUrl
from netmon.outputs.mqtt import MqttConfig
from netmon.outputs.output import Output, Surroundings
from netmon.storage.series import SeriesStore
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import UsageFile
from netmon.telemetry.metrics import Metrics
from tests.outputs.certificates import authority
from tests.outputs.retained import STATUS, alarms, retained
from tests.patience import PATIENCE_S
from tests.storage.batches import alarm, batch, change, record
from tests.wire.peers import free_port, mosquitto, program

pytestmark = pytest.mark.wire

ONLINE, OFFLINE = {"state": "online"}, {"state": "offline"}
HIDDEN = ("maint:m1",)


class Bench:
    """A store and the output on it, started and stopped like a part of the engine."""

    def __init__(self, folder: Path) -> None:
        self.store = open_store(folder / "netmon.db")
        self.metrics = Metrics()
        self.changes = self.batches = 0
        self.around = Surroundings(
            "mqtt", self.store, SeriesStore(folder / "series"), self.metrics, folder, "node-1",
            lambda secret: secret.env, folder, ("main",),
        )  # fmt: skip
        self.output: Output | None = None

    async def commit(self, *steps, **more):
        """Commit changes as (alarm number, kind, fields) and let the output know."""
        now = time.time_ns() // 1_000_000
        made: list[AlarmChange] = []
        for number, kind, fields in steps:
            self.changes += 1
            known = {name: value for name, value in fields.items() if name != "action"}
            after = alarm(number, version=self.changes, **known)
            one = msgspec.structs.replace(change(self.changes, after, kind), action=fields.get("action"))
            made.append(_at(one, now))
        self.batches += 1
        await self.store.commit(batch(self.batches, self.batches, changes=tuple(made), **more))
        if self.output is not None:
            self.output.committed(self.changes)
        return [one.alarm_id for one in made]

    @contextlib.asynccontextmanager
    async def running(self, config):
        output = self.output = config.build(self.around)
        task = asyncio.create_task(output.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.output = None

    def metric(self, name, **labels):
        return self.metrics.registry.get_sample_value(f"netmon_output_{name}", {"output": "mqtt", **labels}) or 0.0


def _at(one, now):
    return msgspec.structs.replace(one, at=now)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.store.close()


def config(port, **fields):
    return MqttConfig(url=BrokerUrl(f"mqtt://127.0.0.1:{port}"), **fields)


def cleared(**more):
    now = time.time_ns() // 1_000_000
    return {"state": "cleared", "severity": "cleared", "last_severity": "major", "cleared": now, **more}


async def until(condition):
    """Return the first true answer of an asynchronous question."""
    async with asyncio.timeout(PATIENCE_S):
        while not (answer := await condition()):
            await asyncio.sleep(0.02)
    return answer


async def shows(port, **expected):
    """Wait until the broker retains exactly these alarms, by their version."""

    async def same():
        found = await alarms(port)
        return found if {key: state["version"] for key, state in found.items()} == expected else None

    return (await until(same)) if expected else await until(lambda: _none(port))


async def _none(port):
    return not await alarms(port)


async def test_states_are_retained_follow_the_store_and_go_after_the_clear(bench, tmp_path):
    async with mosquitto(tmp_path) as port, bench.running(config(port, clear_retain=Duration("1s"))):
        [two] = await bench.commit((2, "raised", {"element": "pop/1+#%\x01"}))
        await shows(port, **{two: 1})
        [one] = await bench.commit((1, "raised", {}))
        state = (await shows(port, **{one: 2, two: 1}))[one]
        assert (state["schema"], state["change"], state["seq"]) == ("netmon.alarm/1", "raised", 2)
        assert (state["object"], state["severity"], state["ack"], state["cleared"]) == (
            "r1/if:xe-0/0/1", "major", False, None,
        )  # fmt: skip
        assert "netmon/alarms/v1/pop%2F1%2B%23%25%01/" + two in await retained(port)
        await bench.commit((1, "updated", {"count": 2}), (1, "acknowledged", {"count": 2, "ack": True}))
        assert (await shows(port, **{one: 4, two: 1}))[one]["ack"] is True
        await bench.commit((1, "cleared", cleared()))
        assert (await shows(port, **{one: 5, two: 1}))[one]["severity"] == "cleared"
        await shows(port, **{two: 1})
        await bench.commit((2, "hidden", {"hidden_by": HIDDEN, "element": "pop/1+#%\x01"}))
        await shows(port)

        async def reached():
            return bench.store.cursor("mqtt") == 6

        await until(reached)
        assert bench.metric("received_total") == 6
        assert bench.metric("lag_changes") == 0
        assert bench.metric("last_success_timestamp_seconds") > 0


async def test_what_is_hidden_is_not_told_not_even_its_clear(bench, tmp_path):
    hidden: dict[str, Any] = {"hidden_by": HIDDEN}
    never: dict[str, Any] = {"ever_shown": False}
    over: dict[str, Any] = cleared(hidden_by=HIDDEN)
    steps: tuple[tuple[int, str, dict[str, Any]], ...] = (
        # Never shown: nothing at all.
        (1, "raised", hidden | never), (1, "updated", hidden | never | {"count": 2}), (1, "cleared", over | never),
        # Shown before: hiding removes it, and a clear while it is hidden sends nothing more.
        (2, "raised", {}), (2, "hidden", hidden), (2, "updated", hidden | {"count": 2}), (2, "cleared", over),
        # The end of its cause shows what is still active.
        (3, "raised", hidden | never), (3, "shown", {}), (3, "hidden", hidden), (3, "shown", {}),
        # One reason ends, the other stays.
        (4, "raised", {"hidden_by": ("maint:m1", "shelf:ann"), **never}), (4, "updated", hidden | never),
    )  # fmt: skip
    async with mosquitto(tmp_path) as port, aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("netmon/alarms/v1/#", qos=1)
        async with bench.running(config(port)):
            await until(lambda: _settled(bench))
            for step in (*steps, (5, "raised", {})):
                await bench.commit(step)
                await until(lambda: _caught_up(bench))
        names = {alarm(number).alarm_id: number for number in range(1, 6)}
        heard = []
        async with asyncio.timeout(PATIENCE_S):
            async for message in client.messages:
                state = msgspec.json.decode(message.payload) if message.payload else {"change": "removed"}
                heard.append((names[message.topic.value.rpartition("/")[2]], state["change"]))
                if heard[-1][0] == 5:
                    break
    assert heard == [
        (2, "raised"), (2, "removed"), (3, "shown"), (3, "removed"), (3, "shown"), (5, "raised"),
    ]  # fmt: skip


async def test_it_tells_that_it_is_there_and_that_it_stopped(bench, tmp_path):
    async with mosquitto(tmp_path) as port:
        async with bench.running(config(port)):
            [one] = await bench.commit((1, "raised", {}))
            await shows(port, **{one: 1})
            assert await _status(port, ONLINE)
            await until(lambda: _settled(bench))
            await bench.commit((1, "acknowledged", {"ack": True}))
        assert (await retained(port))[STATUS] == OFFLINE
        [state] = (await alarms(port)).values()
        assert state["ack"] is True, "what was committed last is told before it stops"


def action(do, on, **fields):
    return (1, "action", {"action": Acted(do, on), **fields})


async def test_actions_are_told_in_order_and_what_was_to_be_done_while_it_was_down_is_done(bench, tmp_path):
    async with mosquitto(tmp_path) as port, aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("netmon/actions/v1/#", qos=1)
        async with bench.running(config(port, filter=AlarmFilter("severity == critical"))):
            # Before its first connection an output has nothing to catch up with.
            await until(lambda: _settled(bench))
            [one, *_] = await bench.commit(
                (1, "raised", {}), action("mqtt", "raised"), action("mqtt-2", "raised"), action("mqtt", "severity")
            )
            told = [await _next(client) for _ in range(2)]

            async def reached():
                return bench.store.cursor("mqtt") == 4

            await until(reached)
        await bench.commit((1, "cleared", cleared()), action("mqtt", "cleared", **cleared()))
        async with bench.running(config(port)):
            told.append(await _next(client))
    assert {message.topic.value for message in told} == {f"netmon/actions/v1/r1/{one}"}
    payloads = [msgspec.json.decode(message.payload) for message in told]
    assert [(one["change"], one["seq"], one["state"]) for one in payloads] == [
        ("raised", 2, "active"),
        ("severity", 4, "active"),
        ("cleared", 6, "cleared"),
    ]
    assert not any(message.retain for message in told)


async def _next(client):
    async with asyncio.timeout(PATIENCE_S):
        return await anext(client.messages)


async def _settled(bench):
    return bench.store.source_state("output:mqtt")


async def _caught_up(bench):
    return bench.store.cursor("mqtt") == bench.changes


async def _status(port, wanted, **login):
    return (await retained(port, **login)).get(STATUS) == wanted


async def test_a_broker_that_comes_late_or_comes_back_empty_gets_every_active_alarm(bench, tmp_path):
    port = free_port()
    async with bench.running(config(port)):
        [one, two, three] = await bench.commit(*((number, "raised", {}) for number in (1, 2, 3)))

        async def tried():
            return bench.metric("errors_total", reason="unreachable") >= 1

        await until(tried)
        assert bench.metric("lag_changes") == 3
        assert bench.metric("lag_seconds") > 0
        async with mosquitto(tmp_path / "first", port=port):
            await shows(port, **{one: 1, two: 2, three: 3})
            await bench.commit((2, "shelved", {"hidden_by": ("shelf:ann",)}))
            await shows(port, **{one: 1, three: 3})
        await bench.commit((3, "severity", {"severity": "critical"}))
        async with mosquitto(tmp_path / "second", port=port):
            found = await shows(port, **{one: 1, three: 5})
            assert found[one]["change"] == "snapshot"
            assert (await retained(port))[STATUS] == ONLINE
        assert bench.metric("errors_total", reason="lost") >= 1


async def test_after_a_restart_it_mends_what_changed_without_it(bench, tmp_path):
    async with mosquitto(tmp_path) as port:
        async with bench.running(config(port)):
            ids = await bench.commit(*((number, "raised", {}) for number in (1, 2, 3, 4)))
            await shows(port, **{one: at for at, one in enumerate(ids, 1)})
        await bench.commit(
            (1, "cleared", cleared()), (1, "purged", cleared()), (2, "hidden", {"hidden_by": HIDDEN}),
            (3, "updated", {"count": 9}), (5, "raised", {}),
        )  # fmt: skip
        async with bench.running(config(port)):
            five = alarm(5).alarm_id
            found = await shows(port, **{ids[2]: 8, ids[3]: 4, five: 9})
            assert found[ids[2]]["count"] == 9
            assert bench.metric("holes_total") == 0
        async with bench.running(config(port, filter=AlarmFilter("severity == critical"))):
            await shows(port)


async def test_changes_that_are_gone_are_a_hole_and_the_states_are_right_all_the_same(bench, tmp_path):
    async with mosquitto(tmp_path) as port:
        async with bench.running(config(port)):
            [one] = await bench.commit((1, "raised", {}))
            await shows(port, **{one: 1})
        old = _at(change(2, alarm(2, version=2)), 0)
        bench.changes, bench.batches = 2, 2
        await bench.store.commit(batch(2, 2, changes=(old,)))
        async with bench.running(config(port)):
            await shows(port, **{one: 1, old.alarm_id: 2})
        assert bench.metric("holes_total") == 1


async def test_many_alarms_at_once_end_equal_to_the_store(bench, tmp_path):
    async with mosquitto(tmp_path) as port, bench.running(config(port)):
        ids = await bench.commit(*((number, "raised", {}) for number in range(1_000)))
        await bench.commit(*((number, "updated", {"count": 2}) for number in range(1_000)))
        await shows(port, **{one: at for at, one in enumerate(ids, 1_001)})


async def test_a_wrong_password_is_told_and_tried_again(bench, tmp_path):
    port = free_port()
    settings = f"allow_anonymous false\npassword_file {tmp_path}/passwords"
    login = {"username": "noc", "password": "right"}

    def password(text):
        (tmp_path / "passwords").unlink(missing_ok=True)
        subprocess.run(
            [program("mosquitto_passwd"), "-b", "-c", tmp_path / "passwords", "noc", text],
            check=True,
            capture_output=True,
        )

    password("wrong")
    settings_of_output = config(port, username="noc", password=Secret(env="right"))
    [one] = await bench.commit((1, "raised", {}))
    async with bench.running(settings_of_output):
        async with mosquitto(tmp_path / "a", port=port, settings=settings):

            async def refused():
                return bench.metric("errors_total", reason="refused") >= 1

            await until(refused)
        password("right")
        async with mosquitto(tmp_path / "b", port=port, settings=settings):
            await until(lambda: _status(port, ONLINE, **login))

            async def there():
                return list(await alarms(port, **login)) == [one]

            await until(there)


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("trusted", [True, False])
async def test_tls_checks_the_broker_and_proves_who_netmon_is(bench, tmp_path, trusted):
    authority(tmp_path / "pki", "broker", "netmon")
    authority(tmp_path / "others", "broker")
    pki = tmp_path / "pki"
    settings = (
        f"allow_anonymous true\ncafile {pki}/ca.pem\ncertfile {pki}/broker.pem\nkeyfile {pki}/broker.key\n"
        "require_certificate true"
    )
    ca = "pki/ca.pem" if trusted else "others/ca.pem"
    tls = BrokerTlsConfig(ca=ca, certificate="pki/netmon.pem", key="pki/netmon.key")
    context = ssl.create_default_context(cafile=str(pki / "ca.pem"))
    context.check_hostname = False
    context.load_cert_chain(pki / "netmon.pem", pki / "netmon.key")
    async with mosquitto(tmp_path / "m", settings=settings) as port:
        there = MqttConfig(url=BrokerUrl(f"mqtts://localhost:{port}"), tls=tls)
        async with bench.running(there):

            async def failed():
                return bench.metric("errors_total", reason="tls") >= 1

            await (until(lambda: _status(port, ONLINE, tls_context=context)) if trusted else until(failed))


async def test_a_published_file_is_hinted_at_and_the_head_is_told(bench, tmp_path):
    file = UsageFile("main", 7, "n1_-_0000000007.jsonl.gz", 0, 1, 2, 1, 3, "0" * 64, "c" * 64, "a" * 64, None)
    async with mosquitto(tmp_path) as port, bench.running(config(port)):
        await until(lambda: _status(port, ONLINE))
        await bench.commit(records=tuple(record(number) for number in (1, 2, 3)))
        await bench.store.bind_usage_file(file)
        await bench.store.publish_usage_file(msgspec.structs.replace(file, published=5))

        async def hinted():
            found = await retained(port)
            return found if "netmon/usage/v1/main/head" in found else None

        found = await until(hinted)
        assert found["netmon/usage/v1/main/file"] == {
            "file_seq": 7, "name": file.name, "sha256": "a" * 64, "records": 3,
        }  # fmt: skip
        head = found["netmon/usage/v1/main/head"]
        assert (head["rec_seq"], head["chain_head"], head["file_seq"]) == (3, "0" * 64, 7)
        assert head["at"].endswith("Z")


async def test_a_broker_that_never_answers_holds_nobody_up(bench):
    # The kernel takes the connection, nobody reads it.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with asyncio.timeout(PATIENCE_S), bench.running(config(silent.getsockname()[1])):
            for number in range(50):
                await bench.commit((number, "raised", {}))
    assert len(bench.store.alarms()) == 50
