"""A simulated network on loopback addresses: agents that answer, count, fail by script and send traps."""
