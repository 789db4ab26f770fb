"""The benchmarks run from end to end at a tiny size; what they measure there says nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import template

ROOT = Path(__file__).resolve().parents[2]
HEADS = ["name", "n", "value", "unit", "reference", "ratio", "target", "ok"]


@pytest.mark.portal
@pytest.mark.xdist_group("servers")
@pytest.mark.usefixtures("django_db_setup")
def test_each_result_is_one_line_of_the_same_shape_beside_its_reference():
    given = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    # The tables of this run are as good as those that the benchmarks would make.
    if template.NAME in os.environ:
        given["BENCH_TEMPLATE"] = os.environ[template.NAME]
    done = subprocess.run(  # noqa: S603 - our own program
        [
            *(sys.executable, "bench/run.py"),
            *("sweep", "filing", "tracking", "queue", "search", "case_page", "bulletin", "disclosure"),
            *("--n=60", "--requests=16", "--rounds=1", "--stored=0"),
        ],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )

    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [line["name"] for line in lines] == [
        *("generate_cases", "queue", "queue p95"),
        *("search, 1 character", "search, 1 character p95", "search, 2 characters", "search, 2 characters p95"),
        *("search, 3 characters", "search, 3 characters p95", "case_page", "case_page p95"),
        *("tracking", "tracking p95", "empty page", "plain page"),
        *("filing", "filing p95", "sweep", "sweep processor", "sweep memory"),
        *("generate_cases", "bulletin", "bulletin: longest piece", "bulletin: pieces", "bulletin: freezing"),
        *("bulletin: one earlier bulletin compared", "bulletin: figures", "bulletin: corrections"),
        "generate_documents",
        *(f"disclosure search, {length} characters{end}" for length in (2, 3, 4) for end in ("", " p95")),
        *("disclosure list", "disclosure list p95", "disclosure document", "disclosure document p95"),
        *(
            f"disclosure statements, {length} characters, beside {way}"
            for length in (2, 3, 4)
            for way in ("ILIKE", "bare index")
        ),
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
    assert (by_name["bulletin"]["target"], by_name["bulletin"]["ok"]) == ("< 420 s", True)
    for name in ("queue p95", "search, 2 characters p95"):
        assert by_name[name]["target"] == "< 150 ms"
        assert by_name[name]["ok"] == (by_name[name]["value"] < 150)
    # Missed targets are an answer, not an accident.
    assert done.returncode == (0 if all(line["ok"] is not False for line in lines) else 1)
    assert "name" in done.stdout.splitlines()[len(lines) + 1]


def test_sizes_are_compared_by_how_long_one_waits():
    program = (
        "from results import below, told; import staff\n"
        "found = [below('queue p95', n, value, 'ms', 150) for n, value in ((1000, 40), (10000, 70), (100, 50))]\n"
        "for each in staff.growth([*found, told('case_page p95', 10000, 90, 'ms')]): print(each.as_json())"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "bench")))},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    (line,) = [json.loads(each) for each in done.stdout.splitlines()]
    assert (line["name"], line["n"], line["value"], line["reference"]) == ("queue p95, growth", 10000, 70, 50)
    assert (line["ratio"], line["target"], line["ok"]) == (1.4, "<= 1.5 x", True)


def test_an_entry_that_is_not_known_is_refused():
    done = subprocess.run(
        [sys.executable, "bench/run.py", "speed"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 2
    assert "unknown: speed" in done.stderr
