"""Finds the rules an input speaks to and tells which conditions went on or off: inputs in, Edges out."""
