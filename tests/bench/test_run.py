"""The benchmarks run from end to end at a tiny size; what they measure there says nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADS = ["name", "n", "value", "unit", "reference", "ratio", "target", "ok"]


@pytest.mark.portal
@pytest.mark.xdist_group("servers")
def test_each_result_is_one_line_of_the_same_shape_beside_its_reference():
    done = subprocess.run(  # noqa: S603 - our own program
        [
            *(sys.executable, "bench/run.py", "sweep", "filing", "tracking"),
            *("--n=60", "--requests=16", "--rounds=1", "--stored=0"),
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )

    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [line["name"] for line in lines] == [
        *("generate_cases", "tracking", "tracking p95", "empty page", "plain page"),
        *("filing", "filing p95", "sweep", "sweep processor", "sweep memory"),
    ], done.stderr[-3000:]
    for line in lines:
        assert list(line) == HEADS
        assert line["n"] == 60
        assert line["value"] > 0
    by_name = {line["name"]: line for line in lines}
    for name, target in (("filing", ">= 0.4 x"), ("tracking", ">= 0.4 x"), ("sweep", "<= 3 x")):
        line = by_name[name]
        assert line["ratio"] == pytest.approx(line["value"] / line["reference"], rel=0.01)
        assert line["target"] == target
    # Missed targets are an answer, not an accident.
    assert done.returncode == (0 if all(line["ok"] is not False for line in lines) else 1)
    assert "name" in done.stdout.splitlines()[len(lines) + 1]


def test_an_entry_that_is_not_known_is_refused():
    done = subprocess.run(
        [sys.executable, "bench/run.py", "speed"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 2
    assert "unknown: speed" in done.stderr
