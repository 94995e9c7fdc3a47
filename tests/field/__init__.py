"""netmon against a folder of recordings, traps, definitions, MIBs and vectors: ``make field DATA=dir``."""
