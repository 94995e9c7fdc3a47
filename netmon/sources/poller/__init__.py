"""The poller: asks every element on time and brings what it answered as blocks (specs/snmp.md section 4)."""
