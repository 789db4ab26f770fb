"""
The appraisal of a whole city: 300 organs and 5,000 posts with 60,000 indicators, over so many promises of the year.

In a process of its own on a copy of the database: ``python bench/appraisal.py fill N`` lays the year down, ``compute``
computes both appraisals, freezes them and proves them, and prints the seconds and the statements of each.
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import results
import servers
from results import Result

ORGANS, POSTS = 300, 5_000
# Reported by an organ and by a post, beside what is computed: 300 × 20 + 5,000 × 11 = 61,000 in all.
REPORTED, OF_POST = 10, 9
YEAR = 2026
MOST_SECONDS = 30
COMPUTED = {
    "B": ("on_time_acceptance", "on_time_closing", "rework_rate"),
    "C": ("disclosure_completeness", "requests_on_time"),
    "D": ("monitoring",),
    "E": ("survey", "satisfaction", "kept_rate", "target_rate"),
}
WEIGHTS, WEIGHTS_OF_POST = {"A": 50, "B": 15, "C": 10, "D": 10, "E": 15}, {"A": 80, "B": 20}
OF_POSTS = ("on_time_closing", "cards_yellow")
AT = datetime(YEAR, 3, 3, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
AS_OF = datetime(YEAR + 1, 1, 25, 10, tzinfo=ZoneInfo("Asia/Shanghai"))

# Promises over the year, evenly over organs and posts; one in twenty late, one in fifty rework.
PROMISES = """
INSERT INTO efficiency_deadline (kind, variant, promise, content_type_id, object_id, generation, organ_id, post_id,
       started_at, limit_number, limit_unit, red_after, fourth_after, warn_at, due_at, overdue_at, red_at, fourth_at,
       provisional, state, suspended_days, extension_count, met_at, ended_at, level, attempts, last_error)
SELECT CASE WHEN n %% 50 = 0 THEN 'complaints.rework' WHEN n %% 2 = 0 THEN 'complaints.accept'
            ELSE 'complaints.reply' END,
       '', 'citizen', %(type)s, n, 1, p.organ_id, p.id, at, 15, 'wd', 5, 10, at + interval '18 days',
       at + interval '20 days', at + interval '20 days 1 second', at + interval '27 days', at + interval '34 days',
       false, 'met', 0, 0, met, met, 0, 0, ''
  FROM generate_series(1, %(number)s) AS n
  JOIN (SELECT id, organ_id, row_number() OVER (ORDER BY id) - 1 AS place FROM efficiency_post) AS p
    ON p.place = n %% %(posts)s
 CROSS JOIN LATERAL (SELECT timestamptz '2026-01-05 01:00Z' + (n %% 330) * interval '1 day' AS at) AS began
 CROSS JOIN LATERAL (SELECT at + CASE WHEN n %% 20 = 0 THEN interval '22 days' ELSE interval '9 days' END AS met
       ) AS kept
"""
IN_FORCE = """
UPDATE targets_plan AS p SET state = 'in_force', revision_id = r.id, approved_by_id = r.confirmed_by_id,
       approved_at = %(at)s, signed_at = %(at)s
  FROM targets_revision AS r WHERE r.plan_id = p.id
"""


def run(scratch: servers.Scratch, sizes: list[int]) -> Iterator[Result]:
    """Measure the appraisal of the city over each number of promises."""
    for size in sizes:
        with scratch.copy("appraisal") as database:
            for step in ("fill", "compute"):
                output = servers.run_program([*servers.PYTHON, "bench/appraisal.py", step, str(size)], database)
        found = json.loads(output.splitlines()[-1])
        yield results.below("appraisal", size, found["computing"], "s", MOST_SECONDS)
        yield results.told("appraisal lines", size, found["lines"], "lines")
        yield results.told("appraisal statements", size, found["statements"], "statements")
        yield results.told("appraisal freezing", size, found["freezing"], "s")
        yield results.told("appraisal proof", size, found["proof"], "s")


def _fill(size: int) -> dict[str, int]:
    """Lay organs, posts, plans, accepted reports and promises down."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    from complaints.models import Case
    from efficiency.access.models import User
    from efficiency.organs.models import Organ, OrganKind, Post, Role, Tenure

    city = Organ.objects.create(code="B", name="市政府", kind=OrganKind.GOVERNMENT, level="city")
    office = Organ.objects.create(
        code="B-XN", name="效能办", kind=OrganKind.EFFICIENCY_OFFICE, level="city", parent=city
    )
    organs = Organ.objects.bulk_create(
        Organ(code=f"B-{n}", name=f"第{n}局", kind=OrganKind.DEPARTMENT, level="city", parent=city)
        for n in range(ORGANS)
    )
    users = User.objects.bulk_create(
        [User(username=f"b{n}", full_name=f"人员{n}") for n in range(POSTS + 2)], batch_size=2000
    )
    posts = Post.objects.bulk_create(
        [Post(organ=organs[n % ORGANS], code=f"B-{n}-P", name=f"岗位{n}", role=Role.CLERK) for n in range(POSTS)],
        batch_size=2000,
    )
    Tenure.objects.bulk_create(
        [Tenure(user=user, post=post, since=date(2020, 1, 1)) for user, post in zip(users[2:], posts, strict=True)],
        batch_size=2000,
    )
    _plans(office, [(organ, None) for organ in organs] + [(post.organ, post) for post in posts], users)
    with connection.cursor() as cursor:
        case = ContentType.objects.get_for_model(Case).pk
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(PROMISES, {"type": case, "number": size, "posts": POSTS})
        cursor.execute("ANALYZE")
    return {"promises": size}


def _plans(office: Any, whose: list[tuple[Any, Any]], users: list[Any]) -> None:
    from django.db import connection

    from targets.models import Block, Indicator, Plan, Report, ReportValue, Revision

    by, approver = users[:2]
    plans = Plan.objects.bulk_create(
        [
            Plan(organ=organ, post=post, year=YEAR, office=office, title="目标计划", drafted_by=by, drafted_at=AT)
            for organ, post in whose
        ],
        batch_size=2000,
    )
    revisions = Revision.objects.bulk_create(
        [
            Revision(
                plan=plan,
                state="approved",
                drafted_by=by,
                drafted_at=AT,
                proposed_by=by,
                proposed_at=AT,
                confirmed_by=approver,
                confirmed_at=AT,
                in_force_from=date(YEAR, 1, 1),
            )
            for plan in plans
        ],
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE, {"at": AT})
    blocks = Block.objects.bulk_create(
        [
            Block(revision=revision, code=code, name=code, weight=weight)
            for plan, revision in zip(plans, revisions, strict=True)
            for code, weight in (WEIGHTS if plan.post_id is None else WEIGHTS_OF_POST).items()
        ],
        batch_size=5000,
    )
    of_organs = {plan.pk for plan in plans if plan.post_id is None}
    plan_of = {revision.pk: revision.plan_id for revision in revisions}
    rows = [row for block in blocks for row in _indicators(block, is_organ=plan_of[block.revision_id] in of_organs)]
    indicators = Indicator.objects.bulk_create(rows, batch_size=5000)
    reports = Report.objects.bulk_create(
        [
            Report(
                number=f"B{plan.pk}",
                plan=plan,
                revision=revision,
                organ_id=plan.organ_id,
                post_id=plan.post_id,
                office=office,
                span="year",
                since=date(YEAR, 1, 1),
                until=date(YEAR + 1, 1, 1),
                state="accepted",
                opened_at=AT,
                owed_since=AT,
                submitted_by=by,
                submitted_at=AT,
                checked_by=approver,
                checked_at=AT,
                ended_at=AT,
            )
            for plan, revision in zip(plans, revisions, strict=True)
        ],
        batch_size=2000,
    )
    report_of = {report.revision_id: report for report in reports}
    ReportValue.objects.bulk_create(
        [
            ReportValue(
                report=report_of[each.revision_id],
                indicator=each,
                actual=Decimal(60 + number % 45),
                entered_at=AT,
                finding="proved",
            )
            for number, each in enumerate(indicators)
            if each.source == "reported"
        ],
        batch_size=5000,
    )


def _indicators(block: Any, *, is_organ: bool) -> Iterator[Any]:
    from targets.models import Indicator

    if block.code == "A":
        names: tuple[str, ...] = ("",) * (REPORTED if is_organ else OF_POST)
    else:
        names = COMPUTED[block.code] if is_organ else OF_POSTS
    for number, measure in enumerate(names):
        yield Indicator(
            revision_id=block.revision_id,
            block=block,
            key=f"{block.code}{number}",
            name="指标",
            kind="ratio",
            unit="%",
            target=Decimal(100),
            weight=(Decimal(100) / len(names)).quantize(Decimal("0.000001")),
            method="higher_better",
            source="computed" if measure else "reported",
            measure=measure,
            position=number,
        )


def _compute(_size: int) -> dict[str, float]:
    """Compute the appraisals of organs and of posts, freeze both, and prove both."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from efficiency.access.models import User
    from efficiency.organs.models import Organ
    from targets.appraisal import computing, snapshots
    from targets.models import Appraisal, SheetLine

    by = User.objects.order_by("pk").first()
    office = Organ.objects.get(code="B-XN")
    appraisals = [
        Appraisal.objects.create(
            year=YEAR, span="year", subject=subject, office=office, as_of=AS_OF, opened_by=by, opened_at=AS_OF
        )
        for subject in ("organ", "post")
    ]
    found: dict[str, float] = {}
    with CaptureQueriesContext(connection) as asked:
        began = time.perf_counter()
        for appraisal in appraisals:
            computing.compute(appraisal, at=AS_OF)
        found["computing"] = time.perf_counter() - began
    found["statements"] = len(asked)
    found["lines"] = SheetLine.objects.count()
    began = time.perf_counter()
    frozen = [snapshots.take(appraisal, by=by, at=AS_OF) for appraisal in appraisals]
    found["freezing"] = time.perf_counter() - began
    began = time.perf_counter()
    assert [snapshots.differences(each) for each in frozen] == [[], []]
    found["proof"] = time.perf_counter() - began
    return found


if __name__ == "__main__":
    from pathlib import Path

    sys.path.insert(1, str(Path(__file__).resolve().parent.parent))
    import django

    django.setup()
    print(json.dumps({"fill": _fill, "compute": _compute}[sys.argv[1]](int(sys.argv[2]))))
