"""netmon's own metrics and log."""
