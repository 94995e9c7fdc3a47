"""The alarm book: the only owner of alarm state (specs/alarms.md, specs/rules.md 2.4)."""
