"""Observations into events, states, samples and judged counter pairs; a pure step."""
