"""
What the portal is made of, from its lock files: a software bill of materials (CycloneDX; docs/trust.md C-05).

The same lock files give the same bytes: no moment and no name of a machine stands in it. What packages of Python
are licensed under is told by those that are installed.
"""

import base64
import json
import re
from importlib import metadata
from pathlib import Path
from typing import Any

# A line of requirements.txt, and the hashes below it.
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_LONG = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_MODULES = "node_modules/"


def bill(root: Path) -> dict[str, Any]:
    """
    Return the bill for the lock files in ``root``: packages of Python, then what browsers are sent.

    :raises OSError: a lock file is missing
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "efficiency-portal", "bom-ref": "efficiency-portal"}},
        "components": [
            *_of_python((root / "requirements.txt").read_text(encoding="utf-8")),
            *_of_browsers(json.loads((root / "package-lock.json").read_text(encoding="utf-8"))),
        ],
    }


def _of_python(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        if match := _PINNED.match(line):
            name, version = match.groups()
            plain = re.sub(r"[-_.]+", "-", name).lower()
            found.append(_component(name, version, f"pkg:pypi/{plain}@{version}", _licence(name)))
        elif (hashed := _HASH.search(line)) and found:
            files = found[-1].setdefault("externalReferences", [])
            url = f"https://pypi.org/project/{found[-1]['name']}/{found[-1]['version']}/"
            content = {"alg": "SHA-256", "content": hashed.group(1)}
            files.append({"type": "distribution", "url": url, "hashes": [content]})
    return found


def _of_browsers(lock: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for place, package in sorted(lock["packages"].items()):
        if not place:
            continue
        name = place.rpartition(_MODULES)[2]
        purl = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
        component = _component(name, package["version"], purl, package.get("license", ""))
        algorithm, _dash, digest = str(package.get("integrity", "")).partition("-")
        if algorithm in _LONG:
            component["hashes"] = [{"alg": _LONG[algorithm], "content": base64.b64decode(digest).hex()}]
        found.append(component)
    return found


def _component(name: str, version: str, purl: str, licence: str) -> dict[str, Any]:
    component: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if licence:
        component["licenses"] = [{"license": {"name": licence}}]
    return component


def _licence(name: str) -> str:
    """Return the licence that an installed package names; empty where it is not installed or names none."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    for field in ("License-Expression", "License"):
        named = (about.get_all(field) or [""])[0]
        if named and "\n" not in named:
            return str(named)
    kinds = [each.rpartition(" :: ")[2] for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
    return " AND ".join(kinds)
