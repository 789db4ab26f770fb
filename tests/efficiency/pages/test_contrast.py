"""The contrast of every pair of colours, computed from ``static/css/portal.css`` by WCAG 2.2."""

import re
from functools import cache

import pytest
from django.conf import settings

# (text, ground, least ratio): 4.5 for text, 3 for large figures, borders of controls and marks of charts.
TEXT, MARK = 4.5, 3.0
PAIRS = [
    ("ink", "surface", TEXT),
    ("ink", "surface-2", TEXT),
    ("ink", "brand-tint", TEXT),
    ("ink", "ok-bg", TEXT),
    ("ink", "warn-bg", TEXT),
    ("ink", "over-bg", TEXT),
    ("ink", "mute-bg", TEXT),
    ("ink-2", "surface", TEXT),
    ("ink-2", "surface-2", TEXT),
    ("ink-2", "mute-bg", TEXT),
    ("brand", "surface", TEXT),
    ("brand", "surface-2", TEXT),
    ("brand", "brand-tint", TEXT),
    ("brand-dark", "surface", TEXT),
    ("brand-dark", "brand-tint", TEXT),
    ("on-brand", "brand", TEXT),
    ("on-brand", "brand-dark", TEXT),
    ("line-strong", "surface", MARK),
    ("ok", "ok-bg", TEXT),
    ("ok", "surface", TEXT),
    ("warn", "warn-bg", TEXT),
    ("warn", "surface", TEXT),
    ("over", "over-bg", TEXT),
    ("over", "surface", TEXT),
    ("mute", "mute-bg", TEXT),
    ("card-y-ink", "card-y", TEXT),
    ("card-r-ink", "card-r", TEXT),
    ("focus-ink", "surface", MARK),
    ("focus-ink", "surface-2", MARK),
    *[(f"c{number}", "surface", MARK) for number in range(1, 7)],
]
LIGHT_ONLY = [
    ("focus", "brand", MARK),
    ("focus", "brand-dark", MARK),
    ("ink", "s1", TEXT),
    ("ink", "s2", TEXT),
    ("surface", "s3", MARK),  # bold and large only
    ("surface", "s4", TEXT),
    ("surface", "s5", TEXT),
]


@cache
def tokens(view: str) -> dict[str, str]:
    """Return the colours of a view, the high-contrast ones over the usual ones."""
    css = (settings.BASE_DIR / "static/css/portal.css").read_text()
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block(css, ":root")))
    if view == "contrast":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block(css, "html:has(> body.contrast)")))
    return found


def block(css: str, selector: str) -> str:
    """Return the declarations of the first rule with exactly this selector."""
    return re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", css, re.MULTILINE | re.DOTALL).group(1)


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rgb`` or ``#rrggbb``."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(first: str, second: str) -> float:
    """Return the contrast ratio of two colours."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_ratio_is_that_of_the_norm():
    assert ratio("#000", "#fff") == pytest.approx(21)
    assert ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
@pytest.mark.parametrize("view", ["light", "contrast"])
def test_pair_can_be_read(view, text, ground, least):
    colours = tokens(view)

    assert ratio(colours[text], colours[ground]) >= least


@pytest.mark.parametrize(("text", "ground", "least"), LIGHT_ONLY)
def test_pair_of_the_light_view_can_be_read(text, ground, least):
    colours = tokens("light")

    assert ratio(colours[text], colours[ground]) >= least


def test_high_contrast_sets_every_colour_of_text_and_tags():
    css = (settings.BASE_DIR / "static/css/portal.css").read_text()
    light = {name for name in re.findall(r"--([\w-]+): #", block(css, ":root")) if not re.fullmatch(r"s\d", name)}

    assert light == set(re.findall(r"--([\w-]+): #", block(css, "html:has(> body.contrast)")))


@pytest.mark.parametrize("path", sorted((settings.BASE_DIR / "static/css").glob("*.css")), ids=lambda path: path.name)
def test_no_size_is_smaller_than_the_smallest_and_nothing_shouts(path):
    css = path.read_text()

    assert not [size for size in re.findall(r"font-size: ([\d.]+)rem", css) if float(size) < 0.875]
    assert "!important" not in css
    assert "text-transform: uppercase" not in css
    assert not re.findall(r"url\((?!['\"]?data:)", css)
