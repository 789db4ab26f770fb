"""Where the Chromium of this machine is; for the browser tests and for whoever takes pictures of the pages."""

import os
import shutil
from pathlib import Path

# The one without windows draws the same pages for two thirds of the work.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Headless and silent: nothing of the browser's own goes over the network.
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Return the Chromium to use: the one named by ``CHROMIUM``, else one of this machine, else None."""
    if named := os.environ.get("CHROMIUM"):
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((place for place in PLACES if Path(place).exists()), None)
