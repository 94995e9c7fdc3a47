"""How long tests wait for what must come: on a machine ten times slower than usual, and on one that stands still."""

PATIENCE_S = 60.0
