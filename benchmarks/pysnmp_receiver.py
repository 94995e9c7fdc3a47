"""A trap receiver made with pysnmp that writes a line per trap: ``python -m benchmarks.pysnmp_receiver PORT LOG``."""

import sys
from pathlib import Path
from typing import Any, TextIO

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import ntfrcv
from pysnmp.proto.rfc1902 import OctetString

from benchmarks.version3 import AUTH, ENGINE_ID, NAME, PRIV


def receive(port: int, out: TextIO) -> None:
    """Receive for ever."""
    snmp = engine.SnmpEngine()
    config.add_transport(snmp, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode(("127.0.0.1", port)))
    config.add_v1_system(snmp, "bench", "public")
    config.add_v3_user(
        snmp,
        NAME,
        config.USM_AUTH_HMAC192_SHA256,
        AUTH,
        config.USM_PRIV_CFB128_AES,
        PRIV,
        securityEngineId=OctetString(ENGINE_ID),
    )

    def log(_engine: Any, _reference: Any, _context_engine: Any, _context: Any, varbinds: Any, _user: Any) -> None:
        out.write("\t".join(f"{name} = {value.prettyPrint()}" for name, value in varbinds) + "\n")

    ntfrcv.NotificationReceiver(snmp, log)
    snmp.transport_dispatcher.job_started(1)
    snmp.open_dispatcher()


if __name__ == "__main__":
    with Path(sys.argv[2]).open("w", buffering=1) as log_file:
        receive(int(sys.argv[1]), log_file)
