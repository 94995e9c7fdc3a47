"""Judged counter pairs into usage records; a pure step, integers only (specs/usage.md)."""
