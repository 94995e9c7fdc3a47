"""The store in one SQLite file: one writer thread, one transaction per batch, short reads (DESIGN section 6)."""
