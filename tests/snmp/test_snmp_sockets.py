from pathlib import Path

from netmon.snmp.client import Client
from tests.snmp.test_snmp_client import clock_ms


async def test_sockets_have_a_receive_buffer_of_4_mib_where_this_host_gives_it():
    allowed = int(Path("/proc/sys/net/core/rmem_max").read_text())
    async with Client(clock_ms) as client:
        # Who may administer the network goes beyond what others are allowed (socket(7), SO_RCVBUFFORCE).
        assert client.receive_buffer in {4 << 20, min(allowed, 4 << 20)}
