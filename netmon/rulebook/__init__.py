"""Rules as the core uses them: checked, compiled, indexed; no I/O."""
