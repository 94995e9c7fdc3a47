"""What billing or operations can do about usage that is not simply measured, by its reason."""

NOT_READ, ESTIMATED = "not_read", "estimated_split"
"""Reasons of an interval: a part of it no reading proves; a gap in polling reaches past an end of it."""

ADVICE = {
    "agent_restart": "Nothing, if the restart was planned. Else see the alarms of the element; if its counters go on, "
    "set counters_survive_agent_restart.",
    "clock_anomaly": "Check the time of this host and of the element (NTP).",
    "conflicting_sample": "Look for a second poller or a proxy that answers for the element.",
    "counter_discontinuity": "Nothing, if a card was changed or counters were cleared. Else ask operations why.",
    "counter_regress": "Ask operations for a cleared counter or a fault of the element; the octets are not proven.",
    "gap_bridged": "Agree with the customer how to bill it: it came later than late_horizon, and adjusts nothing.",
    "gap_too_long": "The counters of the exception tell what passed; agree with the customer how to bill it.",
    "implausible_rate": "Compare with ifHighSpeed; where the element tells a wrong speed, set speed_override_bps.",
    "interface_renumbered": "Nothing: the port was found again by its name.",
    "late_sample": "Nothing: a reading came after its time; the readings around it tell the same octets.",
    "nack_checksum": "Let billing take the file again and verify it; netmon usage redeliver puts it back.",
    "nack_duplicate": "Load by id: a record comes once, a file that is delivered again brings the same ids.",
    "nack_other": "Read what billing wrote beside it, in the audit.",
    "nack_out_of_period": "Agree with billing how it books what comes late; the record stays as it is.",
    "nack_schema": "Compare with the form of the record (docs/reference/usage-feed.md).",
    "nack_unknown_service": "Tell billing of the service, or correct it in the inventory: that adjusts the records.",
    "overflow": "Split the port: one interval of it is more than a JSON number holds.",
    "series_ambiguous": "Give the ports of the element names of their own, or choose one by basis.",
    "series_missing": "Correct the name in the inventory, or end the member by valid_to.",
    "width_change": "Nothing, if the element was changed. Else see that it is always read with one version of SNMP.",
    "wrap_ambiguous": "Poll faster, or let the element give 64-bit counters (SNMPv2c or v3).",
    ESTIMATED: "Bill the sum over the gap, which is exact; only its place in time is an estimate.",
    NOT_READ: "See whether element and netmon were up; bill the lower bound, or agree on an estimate elsewhere.",
}
"""Reasons of exceptions as docs/reference/reasons.md explains them, and two of intervals."""

_OTHERS = "See the reasons in the reference."


def advice(reason: str) -> str:
    """Return what to do about a reason, in one sentence or two."""
    return ADVICE.get(reason, _OTHERS)
