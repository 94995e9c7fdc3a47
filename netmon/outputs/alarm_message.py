"""An alarm as consumers get it by MQTT and webhook: JSON, schema ``netmon.alarm/1`` (specs/alarms.md section 7)."""

import msgspec

from netmon.domain.alarm import Alarm

SCHEMA = "netmon.alarm/1"

_INTERNAL = frozenset(("last_raise", "last_clear", "ever_shown", "revised", "clearable", "cause_seq"))
_FIELDS = tuple(name for name in Alarm.__struct_fields__ if name not in _INTERNAL)
_ENCODER = msgspec.json.Encoder()


def alarm_message(alarm: Alarm, change: str) -> bytes:
    """Return every field of section 1, times in UTC ms, absent values as null; ``seq`` is the alarm's version."""
    fields = {name: getattr(alarm, name) for name in _FIELDS}
    return _ENCODER.encode({"schema": SCHEMA, "change": change, "seq": alarm.version, **fields})
