"""Version 3 notifications of net-snmp: every pair of protocols, and every way to be turned away."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.domain.request import RejectionsWanted
from netmon.snmp import usm
from netmon.snmp.engines import OwnEngine
from netmon.snmp.user import User
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.traps.config import Community, TrapsConfig
from netmon.sources.traps.listen import Traps
from netmon.telemetry.metrics import Metrics
from tests.patience import PATIENCE_S
from tests.sources.taking import Taking
from tests.wire.peers import program
from tests.wire.test_usm_snmpd import AUTH, PASSWORD, PRIV, PRIVATE, made

pytestmark = pytest.mark.wire

SENDER = "8000000001020304"
OURS = bytes.fromhex("80007ed9050102030405060708")
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
EVERY = [made(auth, priv) for auth in AUTH for priv in (None, *PRIV)]


class Receiver:
    """A trap receiver that commits at once."""

    started_ns = -5_000_000_000

    def __init__(self, *users: User) -> None:
        self.taking = Taking(at_once=True)
        self.traps = Traps(TrapsConfig(listen=("127.0.0.1:0",)), intake=self.taking, clock=Clock(), metrics=Metrics())
        credentials = {
            user.name.decode(): Credential(user.name.decode(), version="v3", user=user)
            for user in users or (User(b"open"), *EVERY)
        }
        self.traps.load(
            TrapsConfig(listen=("127.0.0.1:0",)), credentials=credentials, elements=[Element("r1", ("127.0.0.1",))]
        )
        self.traps.take_version3(OwnEngine(OURS, 7, self.started_ns))

    @property
    def port(self) -> int:
        return int(self.traps.addresses[0].rpartition(":")[2])

    async def rejected(self) -> list[str]:
        """Wait until something was turned away; return the reasons."""
        async with asyncio.timeout(PATIENCE_S):
            while not (last := self.traps.rejections(RejectionsWanted()).last):
                await asyncio.sleep(0.01)
        return [one.reason for one in last]

    async def got(self, number: int) -> list[Trap]:
        return [one for one in await self.taking.count(number) if isinstance(one, Trap)]


@contextlib.asynccontextmanager
async def receiving(*users: User) -> AsyncIterator[Receiver]:
    receiver = Receiver(*users)
    running = asyncio.ensure_future(receiver.traps.run())
    await asyncio.sleep(0)
    try:
        yield receiver
    finally:
        running.cancel()
        await asyncio.wait([running])
        receiver.traps.close()
    assert receiver.traps.books().missing == 0


def send(folder: Path, port: int, user: User, *, inform: bool = False, more: tuple[str, ...] = ()) -> int:
    """Let net-snmp send a linkDown as a user; return its exit code, which of an inform says whether it was answered."""
    words = ["-v3", "-u", user.name.decode(), "-n", "vrf-a", "-t", "1", "-r", "60"]
    if user.auth:
        words += ["-a", AUTH[user.auth], "-A", PASSWORD]
    if user.priv:
        words += ["-x", PRIV[user.priv], "-X", PRIVATE]
    words += ["-l", user.level, *(() if inform else ("-e", f"0x{SENDER}")), *more]
    tool = program("snmpinform" if inform else "snmptrap")
    what = ["", LINK_DOWN, "1.3.6.1.2.1.2.2.1.1.3", "i", "3"]
    surroundings = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(folder)}
    done = subprocess.run([tool, *words, f"127.0.0.1:{port}", *what], capture_output=True, env=surroundings)
    return done.returncode


@pytest.mark.parametrize("inform", [False, True], ids=["trap", "inform"])
async def test_every_pair_of_protocols_is_taken(tmp_path: Path, inform: bool) -> None:
    users = [User(b"open"), *EVERY]
    async with receiving() as receiver:
        # A discovery may go unanswered: at most ten Reports a second go to one address.
        codes = [await asyncio.to_thread(send, tmp_path, receiver.port, user, inform=inform) for user in users]
        traps = await receiver.got(len(users))
    assert codes == [0] * len(users)
    assert [(trap.security_name, trap.level) for trap in traps] == [(u.name.decode(), u.level) for u in users]
    assert {(trap.version, trap.element, trap.trap_oid, trap.context) for trap in traps} == {
        ("v3", "r1", LINK_DOWN, "vrf-a")
    }
    assert {trap.engine_id for trap in traps} == {OURS.hex() if inform else SENDER}
    assert {trap.boots for trap in traps} == ({7} if inform else {1})
    assert all(bool(trap.origin_id) is inform for trap in traps)
    books = receiver.traps.books()
    assert (books.queued, books.rejected, books.shed) == (len(users), 0, 0)
    assert (books.discoveries >= len(users)) is inform


async def test_a_repeated_inform_is_one_observation(tmp_path: Path) -> None:
    """The first answer is lost, as on a bad line; net-snmp asks again with the same request."""
    user = made("sha256", "aes128")
    async with receiving() as receiver:
        receiver.taking._at_once = False
        sending = asyncio.create_task(asyncio.to_thread(send, tmp_path, receiver.port, user, inform=True))
        await receiver.got(1)
        async with asyncio.timeout(PATIENCE_S):
            while receiver.traps.books().duplicates == 0:
                await asyncio.sleep(0.01)
        receiver.taking.commit()
        assert await sending == 0
        assert len(await receiver.got(1)) == 1


WRONG = usm.master_key("sha256", b"another password")


@pytest.mark.parametrize(
    ("user", "more", "reason"),
    [
        (User(b"stranger", "sha256", WRONG), (), "unknown_user"),
        (made("sha256", "aes128"), ("-A", "another password"), "wrong_digest"),
        (made("sha256", "aes128"), ("-X", "another password"), "decryption_failed"),
        (User(b"sha256aes128", "sha256", WRONG), (), "unsupported_security_level"),
    ],
    ids=["user", "digest", "privacy", "level"],
)
@pytest.mark.parametrize("inform", [False, True], ids=["trap", "inform"])
async def test_what_is_wrong_is_counted_by_reason_and_an_inform_is_told(
    tmp_path: Path, user: User, more: tuple[str, ...], reason: str, inform: bool
) -> None:
    async with receiving() as receiver:
        code = await asyncio.to_thread(send, tmp_path, receiver.port, user, inform=inform, more=more)
        async with asyncio.timeout(PATIENCE_S):
            while not receiver.traps.rejections(RejectionsWanted()).last:
                await asyncio.sleep(0.01)
        assert {one.reason for one in receiver.traps.rejections(RejectionsWanted()).last} == {reason}
        assert receiver.taking.observations == []
    assert (code != 0) is inform


async def test_a_replayed_trap_is_turned_away(tmp_path: Path) -> None:
    user = made("sha256", None)
    async with receiving() as receiver:
        await asyncio.to_thread(send, tmp_path, receiver.port, user, more=("-Z", "9,5000"))
        await receiver.got(1)
        await asyncio.to_thread(send, tmp_path, receiver.port, user, more=("-Z", "9,4000"))
        await asyncio.to_thread(send, tmp_path, receiver.port, user, more=("-Z", "9,5001"))
        traps = await receiver.got(2)
        assert [one.reason for one in receiver.traps.rejections(RejectionsWanted()).last] == ["not_in_time_window"]
    assert [trap.engine_time for trap in traps] == [5000, 5001]


async def test_a_user_may_be_bound_to_where_it_sends_from(tmp_path: Path) -> None:
    user = made("sha256", "aes128")
    async with receiving() as receiver:
        elsewhere = Community(user.name.decode(), ("192.0.2.0/24",))
        credentials = {user.name.decode(): Credential(user.name.decode(), version="v3", user=user)}
        config = TrapsConfig(communities=(elsewhere,))
        receiver.traps.load(config, credentials=credentials, elements=())
        await asyncio.to_thread(send, tmp_path, receiver.port, user)
        async with asyncio.timeout(PATIENCE_S):
            while not receiver.traps.rejections(RejectionsWanted()).last:
                await asyncio.sleep(0.01)
        assert [one.reason for one in receiver.traps.rejections(RejectionsWanted()).last] == ["source_not_allowed"]
