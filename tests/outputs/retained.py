"""What a broker retains, as any consumer sees it."""

import json
import uuid
from typing import Any

import aiomqtt

ALARMS = "netmon/alarms/v1/"
STATUS = "netmon/status/v1/node-1"


async def retained(port: int, **login: Any) -> dict[str, Any]:
    """Return every retained message below ``netmon/`` by its topic."""
    found: dict[str, Any] = {}
    async with aiomqtt.Client("127.0.0.1", port, **login) as client:
        # The broker sends what it retains before what is published later.
        last = f"netmon/probe/{uuid.uuid4()}"
        await client.subscribe("netmon/#", qos=1)
        await client.publish(last, b"", qos=1)
        async for message in client.messages:
            if message.topic.matches(last):
                break
            if message.retain:
                assert message.qos == 1
                assert isinstance(message.payload, bytes)
                found[message.topic.value] = json.loads(message.payload)
    return found


async def alarms(port: int, **login: Any) -> dict[str, Any]:
    """Return the alarm states that are retained, by alarm id."""
    found = await retained(port, **login)
    return {topic.rpartition("/")[2]: state for topic, state in found.items() if topic.startswith(ALARMS)}
