"""What snmp_exporter makes of the cells that a module reads: series with labels and values (specs/snmp.md 6.2)."""
