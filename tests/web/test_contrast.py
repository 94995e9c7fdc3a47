"""Contrast of the colors of the dashboard in both themes, computed from its tokens (specs/dashboard.md 9, 10)."""

import re
from pathlib import Path

import pytest

import netmon.web

CSS = (Path(netmon.web.__file__).parent / "static" / "netmon.css").read_text()
THEMES = ("light", "dark")
GROUNDS = ("bg", "surface", "raised")
SEVERITIES = ("critical", "major", "minor", "warning", "indeterminate", "cleared")
_PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
TOKENS = {name: dict(zip(THEMES, colors, strict=True)) for name, *colors in _PAIR.findall(CSS)}


def luminance(color: str) -> float:
    """Return the relative luminance (WCAG 2.2, section 5)."""
    linear = []
    for at in (1, 3, 5):
        part = int(color[at : at + 2], 16) / 255
        linear.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str, theme: str) -> float:
    """Return the contrast of two tokens."""
    light, dark = sorted((luminance(TOKENS[name][theme]) for name in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("text", ["text", "text-2", "text-3"])
def test_text_is_readable_on_every_ground(text: str, theme: str) -> None:
    grounds = (*GROUNDS, "hover", "sel")
    found = {ground: round(contrast(text, ground, theme), 2) for ground in grounds}
    assert all(value >= 4.5 for value in found.values()), found


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("shape", [*SEVERITIES, "control", "focus", "accent", "chart", "chart-2"])
def test_shapes_and_borders_of_controls_are_seen_on_the_surface(shape: str, theme: str) -> None:
    assert contrast(shape, "surface", theme) >= 3, contrast(shape, "surface", theme)


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_in_the_bands(theme: str) -> None:
    for ground in ("amber-bg", "critical-bg", "major-bg"):
        assert contrast("text", ground, theme) >= 4.5


def test_black_on_white_is_21() -> None:
    assert round((luminance("#ffffff") + 0.05) / (luminance("#000000") + 0.05), 1) == 21
