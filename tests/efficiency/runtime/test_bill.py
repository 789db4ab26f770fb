"""What the portal is made of can be told, whole and from the lock files alone (docs/trust.md C-05)."""

import json
import re
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from efficiency.runtime.bill import bill

ROOT = Path(__file__).resolve().parents[3]


def test_C05_the_bill_names_every_package_of_both_lock_files_with_version_hash_and_licence():
    found = bill(ROOT)
    parts = {part["purl"]: part for part in found["components"]}

    pinned = re.findall(r"^[A-Za-z0-9._-]+(?:\[.*\])?==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"].keys() - {""}
    assert len(parts) == len(found["components"]) == len(pinned) + len(locked)
    assert all(part.get("hashes") or part["externalReferences"] for part in parts.values())
    django = next(part for purl, part in parts.items() if purl.startswith("pkg:pypi/django@"))
    assert django["licenses"] == [{"license": {"name": "BSD-3-Clause"}}]
    fonts = next(part for purl, part in parts.items() if purl.startswith("pkg:npm/%40expo-google-fonts/"))
    assert fonts["hashes"][0]["alg"] == "SHA-512"
    assert len(fonts["hashes"][0]["content"]) == 128


def test_C05_the_command_prints_the_same_bill_each_time():
    told = []
    for _time in range(2):
        call_command("sbom", stdout=(out := StringIO()))
        told.append(out.getvalue())

    assert told[0] == told[1]
    assert json.loads(told[0])["bomFormat"] == "CycloneDX"
