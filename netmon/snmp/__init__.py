"""SNMP as a protocol, without policy: bytes in, messages out (RFC 3416, 3417, 3584); only ``client`` owns sockets."""
