"""netmon beside its peers in one run, as ratios: absolute times say little on a shared machine."""
