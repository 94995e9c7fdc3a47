"""netmon: network fault and performance monitoring with proven usage."""

__version__ = "0.1.0"
