"""An alarm as TMF642 shows it."""

import msgspec

from netmon.alarms.tmf642 import ATTRIBUTES, resource
from netmon.domain.alarm import Alarm, Comment

BASE = "https://noc.example/tmf-api/alarmManagement/v4"
ID = "f0948e9d-52a7-594c-80b5-e90ba1f32489"
ALARM = Alarm(
    alarm_id=ID,
    version=7,
    object="r1/if:xe-0/0/1",
    element="r1",
    type="link-alarm",
    qualifier="",
    state="active",
    severity="major",
    original_severity="major",
    event_type="communicationsAlarm",
    probable_cause="lossOfSignal",
    text="xe-0/0/1 on r1 is down",
    rule="link-down",
    rule_rev="9f2c",
    cause_seq=5120347,
    raised=1_795_000_000_120,
    changed=1_795_000_003_120,
    reported=1_795_000_003_120,
    chain_start=1_795_000_000_120,
    count=2,
    last_raise=(1_795_000_001_000, 5120340),
    object_type="interface",
)
MANDATORY = {
    "id",
    "href",
    "alarmRaisedTime",
    "alarmType",
    "alarmedObject",
    "perceivedSeverity",
    "probableCause",
    "sourceSystemId",
    "state",
}


def test_fields_of_a_raised_alarm() -> None:
    shown = resource(ALARM, BASE, node_id="netmon-1")
    assert set(shown) >= MANDATORY
    assert shown["href"] == f"{BASE}/alarm/{ID}"
    assert shown["externalAlarmId"] == "r1/if:xe-0/0/1|link-alarm|"
    assert shown["alarmRaisedTime"] == "2026-11-18T11:06:40.120Z"
    assert shown["alarmedObject"] == {
        "id": "r1/if:xe-0/0/1",
        "href": "https://noc.example/api/v1/elements/r1/objects?object=r1%2Fif%3Axe-0%2F0%2F1",
    }
    assert (shown["state"], shown["ackState"], shown["sourceSystemId"]) == ("raised", "unacknowledged", "netmon-1")
    assert (shown["@type"], shown["version"], shown["changeSeq"]) == ("NetmonAlarm", 7, 7)
    assert "alarmClearedTime" not in shown


def test_state_is_updated_after_the_first_change_and_then_cleared() -> None:
    revised = msgspec.structs.replace(ALARM, severity="critical", revised=True)
    assert resource(revised, BASE, node_id="n")["state"] == "updated"
    cleared = msgspec.structs.replace(revised, state="cleared", severity="cleared", cleared=1_795_000_009_999)
    shown = resource(cleared, BASE, node_id="n")
    assert (shown["state"], shown["perceivedSeverity"]) == ("cleared", "cleared")
    assert shown["alarmClearedTime"] == "2026-11-18T11:06:49.999Z"


def test_every_attribute_for_filters_is_shown_by_some_alarm() -> None:
    full = msgspec.structs.replace(
        ALARM,
        qualifier="q",
        ack=True,
        ack_user="ann",
        ack_system="noc",
        cleared=1,
        clear_user="ann",
        clear_system="noc",
        clear_reason="operator",
        specific_problem="s",
        repair="replace",
        service_affecting=True,
        comments=(Comment(1, "ann", "noc", "text"),),
        parents=("p",),
        children=("c",),
        hidden_by=("shelf:ann",),
        shelved_until=5,
        owner="bob",
        flags=("flapping", "stale", "planned"),
    )
    shown = resource(full, BASE, node_id="n", services=("vpn-7",))
    found = set()
    for name, value in shown.items():
        nested = value[0] if isinstance(value, list) and isinstance(value[0], dict) else value
        found |= {f"{name}.{inner}" for inner in nested} if isinstance(nested, dict) else {name}
    assert set(ATTRIBUTES) <= found
    assert found - set(ATTRIBUTES) == {
        "@type",
        "@baseType",
        "parentAlarm.href",
        "correlatedAlarm.href",
        "affectedService.href",
    }
