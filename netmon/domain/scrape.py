"""Scrapes of one agent: whom to ask, and what came, for whoever asked and nobody else (specs/snmp.md 6.3)."""

from typing import Any

import msgspec

from netmon.domain.inventory import Element
from netmon.domain.oid import Oid


class ScrapeTarget(msgspec.Struct, frozen=True):
    """An agent to scrape."""

    address: str
    """Numeric."""
    port: int
    element: Element | None = None
    """Of the inventory, where it is one of it."""


class Scraped(msgspec.Struct, frozen=True):
    """The cells of one module, in the order they came."""

    cells: dict[Oid, tuple[int, Any]]
    """Instance to BER tag and value."""
    sent: int
    """Requests, those sent again included."""
    resent: int


class ScrapeFailed(Exception):
    """A scrape came to nothing; ``reason`` is a counter label, the text is for people."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
