"""What tests of fault accountability have in common."""

import pytest

from efficiency.access import counters


@pytest.fixture(autouse=True)
def limits_start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count for this test alone: accounts of another test have had the same keys, and taken files out."""
    alone = counters.Counters("")
    monkeypatch.setattr(counters, "shared", lambda: alone)
