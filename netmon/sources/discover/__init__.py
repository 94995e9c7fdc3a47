"""Onboarding: which elements are in a network range (specs/snmp.md 5.5)."""
