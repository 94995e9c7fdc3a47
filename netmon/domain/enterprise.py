"""Who made an agent, by the enterprise number in its sysObjectID (IANA, Private Enterprise Numbers)."""

_PREFIX = "1.3.6.1.4.1."
_VENDORS = {
    "9": "Cisco",
    "11": "HP",
    "42": "Sun",
    "43": "3Com",
    "94": "Nokia",
    "119": "NEC",
    "193": "Ericsson",
    "311": "Microsoft",
    "318": "APC",
    "534": "Eaton",
    "637": "Alcatel-Lucent",
    "674": "Dell",
    "1271": "Ciena",
    "1588": "Brocade",
    "1916": "Extreme Networks",
    "1991": "Foundry",
    "2011": "Huawei",
    "2352": "Redback",
    "2544": "ADVA",
    "2636": "Juniper",
    "3375": "F5",
    "3902": "ZTE",
    "4526": "NETGEAR",
    "6027": "Force10",
    "6141": "Ciena",
    "6527": "Nokia",
    "6876": "VMware",
    "7483": "Nokia",
    "7779": "Infoblox",
    "8072": "Net-SNMP",
    "8741": "SonicWall",
    "12356": "Fortinet",
    "14179": "Cisco",
    "14823": "Aruba",
    "14988": "MikroTik",
    "17163": "Riverbed",
    "25461": "Palo Alto Networks",
    "25506": "H3C",
    "30065": "Arista",
    "41112": "Ubiquiti",
}


def vendor(sys_object_id: str) -> str:
    """Return the name of a vendor, empty where it is not known."""
    if not sys_object_id.startswith(_PREFIX):
        return ""
    return _VENDORS.get(sys_object_id[len(_PREFIX) :].partition(".")[0], "")
