"""The files that ``netmon init`` writes."""
