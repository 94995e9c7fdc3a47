"""The receiver of SNMP traps and informs (specs/snmp.md section 3)."""
