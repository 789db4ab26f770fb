"""
The appraisal of a whole city over N promises: 300 organs, 5,000 posts and their holders, 60,000 values of indicators.

The figures come from the ledgers (promises, matters, evaluations, cards, publications, requests, notices, sanctions),
the rest from accepted reports. Measured are both appraisals, of the organs and of the posts: seconds, statements,
memory, what it takes to freeze them and to prove what was frozen; and each figure of all organs by itself. Beside one
of them stands a hand-written statement that counts the same and knows nothing of moments. ``python bench/appraisal.py
fill N`` and ``compute`` run in processes of their own.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import servers
from results import Result, below, beside, told
from sweep import processor_seconds

ORGANS, POSTS = 300, 5_000
# Indicators of an organ's plan and of a post's: 60,100 in all.
OF_ORGAN, OF_POST = 17, 11
YEAR = 2026
AS_OF = datetime(2027, 1, 20, tzinfo=UTC)
SECONDS, STATEMENTS = 30, 150
# What counts the same as the figure ``on_time_closing``, by the rows as they are now.
REFERENCE = """
SELECT organ_id, count(*) FILTER (WHERE met_at < overdue_at), count(*) FROM efficiency_deadline
 WHERE kind IN ('complaints.reply', 'complaints.rework')
   AND (met_at >= %(since)s AND met_at < %(until)s OR ended_at IS NULL AND overdue_at <= %(until)s)
 GROUP BY organ_id
"""


def run(scratch: servers.Scratch, sizes: list[int], *, turns: int) -> Iterator[Result]:
    """Measure the appraisal of the city over each of so many promises."""
    for size in sizes:
        with scratch.copy("appraisal") as database:
            filled = _step(database, "fill", str(size))
            yield told("appraisal: rows laid down", size, filled["rows"] / filled["seconds"], "rows/s")
            found = _step(database, "compute", str(turns))
        yield below("appraisal", size, found["seconds"], "s", SECONDS)
        yield told("appraisal processor", size, found["processor"], "s")
        yield below("appraisal statements", size, found["statements"], "", STATEMENTS)
        yield told("appraisal: values", size, found["values"], "")
        yield told("appraisal memory", size, found["peak"] / 1024, "MiB")
        yield told("appraisal freezing", size, found["freezing"], "s")
        yield told("appraisal proof", size, found["proof"], "s")
        for name, seconds in found["figures"].items():
            yield told(f"figure {name}", size, 1000 * seconds, "ms")
        closing = found["figures"]["on_time_closing"]
        yield beside("figure beside by hand", size, 1000 * closing, "ms", 1000 * found["reference"])


def _step(database: servers.Scratch, *arguments: str) -> dict[str, Any]:
    output = servers.run_program([*servers.PYTHON, "bench/appraisal.py", *arguments], database)
    return json.loads(output.splitlines()[-1])


# --- Laying down ------------------------------------------------------------------------------------------------------


class _Rows:
    """Lays rows of the portal's models down by INSERT … SELECT; what is not said has the model's own default."""

    def __init__(self) -> None:
        from django.db import connection

        self.connection, self.count = connection, 0

    def put(self, model: Any, source: str, /, **columns: str) -> None:
        """Insert a row of ``model`` for each row of ``source``; ``columns`` are SQL."""
        given = {field.column: columns.pop(field.column, None) for field in model._meta.concrete_fields}
        assert not columns, columns
        for field in model._meta.concrete_fields:
            if given[field.column] is None:
                given[field.column] = self._default(field)
        known = {column: value for column, value in given.items() if value is not None}
        names = ", ".join(f'"{column}"' for column in known)
        self.run(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(known.values())} FROM {source}")  # noqa: S608

    def run(self, statement: str) -> None:
        """Run one statement of ours."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            self.count += max(0, cursor.rowcount)

    @staticmethod
    def _default(field: Any) -> str | None:
        from django.db import models

        if field.primary_key or field.null or field.has_db_default():
            return None
        if field.has_default():
            value = field.get_default()
            if isinstance(value, bool):
                return "true" if value else "false"
            if isinstance(value, list):
                return "'{}'"
            return "'{}'::jsonb" if isinstance(value, dict) else f"'{value}'"
        if isinstance(field, models.BooleanField):
            return "false"
        return "''" if field.empty_strings_allowed else "0"


def _fill(size: int) -> dict[str, float]:
    """Lay the city down."""
    from django.db import connection, transaction

    began, rows = time.perf_counter(), _Rows()
    with transaction.atomic():
        # Every row is whole by the way it is made; nothing needs to be looked at again.
        rows.run("SET LOCAL session_replication_role = replica")
        _city(rows)
        _plans(rows)
        _promises(rows, size)
        _records(rows, size)
    seconds = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {"rows": rows.count, "seconds": seconds}


def _type(model: Any) -> str:
    from django.contrib.contenttypes.models import ContentType

    return str(ContentType.objects.get_for_model(model).pk)


# Keys of what is laid down, so that everything finds everything else by arithmetic.
GOVERNMENT, OFFICE, FIRST = 1_000_001, 1_000_002, 1_001_000
POST = f"({FIRST} + n % {POSTS})"
ORGAN = f"({FIRST} + n % {POSTS} % {ORGANS})"  # that of the post
# Which of many are late, open or revoked has nothing to do with whose they are.
CHANCE = "(hashint8(n) & 65535)"
_OF_YEAR = f"(timestamptz '{YEAR}-01-02 10:00+08' + ({CHANCE} % 340) * interval '1 day')"


def _series(count: int) -> str:
    return f"generate_series(0, {count - 1}) AS n"


def _city(rows: _Rows) -> None:
    from efficiency.access.models import User
    from efficiency.organs.models import Organ, Post, Tenure

    since = "date '2020-01-01'"
    rows.put(
        Organ,
        "(VALUES (0)) AS n (n)",
        id=str(GOVERNMENT),
        code="'BENCH'",
        name="'市人民政府'",
        kind="'government'",
        level="'city'",
        since=since,
    )
    office = {"code": "'BENCH-XN'", "name": "'市效能办'", "kind": "'efficiency_office'"}
    rows.put(
        Organ,
        "(VALUES (0)) AS n (n)",
        id=str(OFFICE),
        level="'city'",
        parent_id=str(GOVERNMENT),
        since=since,
        **office,
    )
    rows.put(
        Organ,
        _series(ORGANS),
        id=f"{FIRST} + n",
        code="'BENCH-' || n",
        name="'单位' || n",
        kind="'department'",
        level="'city'",
        parent_id=str(GOVERNMENT),
        since=since,
    )
    rows.put(
        Post,
        _series(POSTS),
        id=f"{FIRST} + n",
        organ_id=ORGAN,
        code="'BENCH-' || n",
        name="'岗位' || n",
        role="'clerk'",
        rank="'handler'",
        since=since,
    )
    rows.put(
        User,
        _series(POSTS + 2),
        id=f"{FIRST} + n",
        username="'bench.' || n",
        full_name="'人员' || n",
        is_active="true",
        date_joined="now()",
    )
    rows.put(
        Tenure,
        _series(POSTS),
        post_id=f"{FIRST} + n",
        user_id=f"{FIRST} + n",
        kind="'holder'",
        since=since,
    )


def _plans(rows: _Rows) -> None:
    """Plans in force with all their blocks, and the accepted report on each: of the organs, then of the posts."""
    from targets.models import (
        Block,
        Indicator,
        Milestone,
        MilestoneResult,
        Plan,
        Report,
        ReportValue,
        Revision,
        SurveyResult,
    )

    every = ORGANS + POSTS
    is_post = f"n >= {ORGANS}"
    organ = f"CASE WHEN {is_post} THEN {FIRST} + (n - {ORGANS}) % {ORGANS} ELSE {FIRST} + n END"
    post = f"CASE WHEN {is_post} THEN {FIRST} + n - {ORGANS} END"
    first, second = f"{FIRST + POSTS}", f"{FIRST + POSTS + 1}"
    march, after = f"timestamptz '{YEAR}-03-02 10:00+08'", f"timestamptz '{YEAR + 1}-01-08 10:00+08'"
    rows.put(
        Plan,
        _series(every),
        id=f"{FIRST} + n",
        organ_id=organ,
        post_id=post,
        year=str(YEAR),
        span="'year'",
        office_id=str(OFFICE),
        title="'目标责任书'",
        state="'in_force'",
        revision_id=f"{FIRST} + n",
        drafted_by_id=first,
        drafted_at=march,
        approved_by_id=second,
        approved_at=march,
        signed_at=march,
    )
    rows.put(
        Revision,
        _series(every),
        id=f"{FIRST} + n",
        plan_id=f"{FIRST} + n",
        state="'approved'",
        drafted_by_id=first,
        drafted_at=march,
        proposed_by_id=first,
        proposed_at=march,
        confirmed_by_id=second,
        confirmed_at=march,
        in_force_from=f"date '{YEAR}-03-02'",
    )
    blocks = "(VALUES (0, 'A', 50), (1, 'B', 15), (2, 'C', 10), (3, 'D', 10), (4, 'E', 15)) AS b (place, code, weight)"
    rows.put(
        Block,
        f"{_series(every)} CROSS JOIN {blocks} WHERE NOT ({is_post}) OR b.code IN ('A', 'B', 'E')",
        id=f"{FIRST} + 5 * n + b.place",
        revision_id=f"{FIRST} + n",
        code="b.code",
        name="b.code",
        weight=f"CASE WHEN {is_post} AND b.code = 'A' THEN 70 ELSE b.weight END",
        position="b.place",
    )
    asked = _indicators(is_post)
    rows.put(
        Indicator,
        f"{_series(every)} CROSS JOIN LATERAL ({asked}) AS i",
        id=f"{FIRST} + 20 * n + i.place",
        revision_id=f"{FIRST} + n",
        block_id=f"{FIRST} + 5 * n + i.block",
        key="i.key",
        name="i.key",
        kind="i.kind",
        part_of="i.part_of",
        unit="'%'",
        target="CASE WHEN i.kind = 'ratio' THEN 100 END",
        terms="""CASE WHEN i.kind = 'deadline' THEN '{"late": "0.5"}'::jsonb ELSE '{}'::jsonb END""",
        weight="i.weight",
        direction="i.direction",
        method="i.method",
        source="i.source",
        measure="i.measure",
        position="i.place",
    )
    rows.put(
        Report,
        _series(every),
        id=f"{FIRST} + n",
        number="'MB-' || n",
        plan_id=f"{FIRST} + n",
        revision_id=f"{FIRST} + n",
        organ_id=organ,
        post_id=post,
        office_id=str(OFFICE),
        span="'year'",
        since=f"date '{YEAR}-01-01'",
        until=f"date '{YEAR + 1}-01-01'",
        state="'accepted'",
        opened_at=march,
        owed_since=after,
        submitted_by_id=first,
        submitted_at=after,
        checked_by_id=second,
        checked_at=after,
        ended_at=after,
    )
    rows.put(
        ReportValue,
        f"targets_indicator AS i WHERE i.id >= {FIRST} AND i.source = 'reported'",
        id="i.id",
        report_id="i.revision_id",
        indicator_id="i.id",
        actual="CASE WHEN i.kind = 'ratio' THEN 70 + i.id % 45 END",
        finding="'proved'",
        entered_at=after,
    )
    rows.put(
        Milestone,
        f"targets_indicator AS i WHERE i.id >= {FIRST} AND i.kind = 'deadline'",
        id="i.id",
        indicator_id="i.id",
        position="1",
        name="'办结'",
        due_on=f"date '{YEAR}-09-30'",
    )
    rows.put(
        MilestoneResult,
        f"targets_indicator AS i WHERE i.id >= {FIRST} AND i.kind = 'deadline' AND i.id % 10 <> 0",
        value_id="i.id",
        milestone_id="i.id",
        done_on=f"date '{YEAR}-09-01' + (i.id % 40)::int",
    )
    rows.put(
        SurveyResult,
        _series(ORGANS),
        organ_id=f"{FIRST} + n",
        year=str(YEAR),
        span="'year'",
        score="80 + n % 20",
        answers="400",
        source="'群众评议'",
        entered_by_id=first,
        entered_at=after,
        confirmed_by_id=second,
        confirmed_at=after,
    )


# Block, measure, weight of what is computed: of an organ as docs/domain.md 8.1 has it, with a third of block A computed
# besides; of a post what its holder answers for.
COMPUTED_OF_ORGAN = (
    (0, "kept_rate", 10),
    (0, "early_rate", 10),
    (0, "target_rate", 10),
    (1, "on_time_acceptance", 30),
    (1, "on_time_closing", 50),
    (1, "rework_rate", 20),
    (2, "disclosure_completeness", 70),
    (2, "requests_on_time", 30),
    (3, "monitoring", 100),
    (4, "survey", 60),
    (4, "satisfaction", 40),
)
COMPUTED_OF_POST = (
    (1, "on_time_closing", 60),
    (1, "kept_rate", 40),
    (4, "satisfaction", 60),
    (4, "cards_yellow", 40),
)
DIRECTIONS = {"rework_rate": "lower", "cards_yellow": "lower"}


def _indicators(is_post: str) -> str:
    """
    Return the statement of the indicators of a plan: those reported in block A, then what is computed.

    Of the reported ones the last four are what has to be done by a day, and a composite with its two parts.
    """
    listed = []
    for computed, in_all, condition in (
        (COMPUTED_OF_ORGAN, OF_ORGAN, f"NOT ({is_post})"),
        (COMPUTED_OF_POST, OF_POST, is_post),
    ):
        rest = 100 - sum(weight for block, _name, weight in computed if block == 0)
        plain = in_all - len(computed) - 4
        each, whole = rest / (plain + 2), f"I{plain + 2}"
        usual = ("ratio", "", "reported", "")
        lines: list[tuple[int, str, float, tuple[str, str, str, str]]] = [
            *[(0, "", each, usual)] * plain,
            (0, "", each, ("deadline", "deadline", "reported", "")),
            (0, "", each, ("composite", "composite", "parts", "")),
            (0, "", 60, ("ratio", "", "reported", whole)),
            (0, "", 40, ("ratio", "", "reported", whole)),
            *((block, measure, weight, ("ratio", "", "computed", "")) for block, measure, weight in computed),
        ]
        for place, (block, measure, weight, (kind, method, source, part_of)) in enumerate(lines):
            direction = DIRECTIONS.get(measure, "higher")
            listed.append(
                f"SELECT {place} AS place, {block} AS block, 'I{place + 1}' AS key, '{measure}' AS measure,"
                f" {weight:.6f}::numeric AS weight, '{direction}' AS direction,"
                f" '{method or f'{direction}_better'}' AS method, '{kind}' AS kind, '{source}' AS source,"
                f" '{part_of}' AS part_of WHERE {condition}"
            )
    return " UNION ALL ".join(listed)


def _promises(rows: _Rows, size: int) -> None:
    """
    A million promises as they lie in the ledger: acceptance and reply of a third as many cases, matters, requests.

    Nineteen of twenty are met, one of those late; of the rest most are overdue.
    """
    from complaints.models import Case, Evaluation, Matter, Reply
    from disclosure.models import InformationRequest
    from efficiency.deadlines.models import DueDateChange, Escalation

    cases, matters = size * 35 // 100, size * 28 // 100
    rows.put(
        Case,
        _series(cases),
        id=f"{FIRST} + n",
        number="'BENCH' || n",
        kind="'complaint'",
        category="CASE WHEN n % 500 = 0 THEN 'arbitrary_fees' ELSE 'delay' END",
        channel="'web'",
        organ_id=ORGAN,
        office_id=str(OFFICE),
        handling_organ_id=ORGAN,
        title="'施工许可迟迟不批'",
        description="'上月递交的申请至今没有答复。'",
        state="'closed'",
        received_at=_OF_YEAR,
        accepted_at=_OF_YEAR,
        replied_at=f"{_OF_YEAR} + interval '9 days'",
        outcome="CASE WHEN n % 3 = 0 THEN 'upheld' ELSE 'not_upheld' END",
        code_hash="''::bytea",
    )
    rows.put(
        Matter,
        _series(matters),
        id=f"{FIRST} + n",
        organ_id=ORGAN,
        external_id="'BJ' || n",
        item_id="1",
        version_id="1",
        state="'finished'",
        accepted_at=_OF_YEAR,
        finished_at=f"{_OF_YEAR} + interval '9 days'",
        outcome="'granted'",
        first_reported_at=_OF_YEAR,
        last_reported_at=f"{_OF_YEAR} + interval '9 days'",
    )
    for kind, model, count, organ, post in (
        ("complaints.accept", Case, cases, str(OFFICE), "NULL"),
        ("complaints.reply", Case, cases, ORGAN, POST),
        ("complaints.matter", Matter, matters, ORGAN, POST),
        ("requests.answer", InformationRequest, size * 2 // 100, ORGAN, POST),
    ):
        _promises_of(rows, kind, _type(model), count, organ, post)
    rows.put(
        Escalation,
        "efficiency_deadline WHERE state = 'open' OR met_at >= overdue_at",
        deadline_id="id",
        level="2",
        passed_at="overdue_at",
        found_at="overdue_at",
        kind="kind",
        content_type_id="content_type_id",
        object_id="object_id",
        organ_id="organ_id",
        post_id="post_id",
    )
    rows.put(
        DueDateChange,
        "efficiency_deadline WHERE id % 100 = 0",
        deadline_id="id",
        cause="'calendar'",
        changed_at=f"CASE WHEN id % 200 = 0 THEN started_at ELSE timestamptz '{YEAR + 1}-02-01' END",
        due_before="due_at - interval '1 day'",
        due_after="due_at",
    )
    rows.put(
        Reply,
        "efficiency_deadline AS d WHERE d.kind = 'complaints.reply' AND d.met_at IS NOT NULL",
        id="d.object_id",
        case_id="d.object_id",
        state="'sent'",
        outcome="CASE WHEN d.object_id % 3 = 0 THEN 'upheld' ELSE 'not_upheld' END",
        drafted_by_id=str(FIRST),
        drafted_at="d.met_at",
        decided_by_id=str(FIRST + 1),
        decided_at="d.met_at",
    )
    rows.put(
        Evaluation,
        "complaints_reply AS r WHERE hashint8(r.case_id) & 7 < 3",
        case_id="r.case_id",
        reply_id="r.id",
        grade="1 + (hashint8(r.case_id + 1) & 255) % 7 % 5",
        at="r.decided_at + interval '1 day'",
    )


def _promises_of(rows: _Rows, kind: str, type_: str, count: int, organ: str, post: str) -> None:
    from efficiency.deadlines.models import Deadline

    day = f"date_trunc('day', {_OF_YEAR} AT TIME ZONE 'Asia/Shanghai')"
    due = f"({day} + interval '14 days' - interval '1 second') AT TIME ZONE 'Asia/Shanghai'"
    met = f"{_OF_YEAR} + (CASE WHEN {CHANCE} % 20 = 1 THEN 16 ELSE 5 + {CHANCE} % 9 END) * interval '1 day'"
    rows.put(
        Deadline,
        f"(SELECT n, {CHANCE} % 20 <> 0 AS is_met, {due} AS due, {met} AS met FROM {_series(count)}) AS p",  # noqa: S608
        kind=f"'{kind}'",
        promise="'citizen'",
        content_type_id=type_,
        object_id=f"{FIRST} + n",
        organ_id=organ,
        post_id=post,
        started_at=_OF_YEAR,
        limit_number="10",
        limit_unit="'wd'",
        red_after="3",
        fourth_after="8",
        warn_at="due - interval '1 day'",
        due_at="due",
        overdue_at="due + interval '1 second'",
        red_at="due + interval '5 days'",
        fourth_at="due + interval '12 days'",
        state="CASE WHEN is_met THEN 'met' ELSE 'open' END",
        met_at="CASE WHEN is_met THEN met END",
        ended_at="CASE WHEN is_met THEN met END",
        next_check_at="CASE WHEN NOT is_met THEN due + interval '1 second' END",
    )


def _records(rows: _Rows, size: int) -> None:
    """Cards, publications, sanctions: few beside the promises."""
    from accountability.models import Card, Sanction
    from disclosure.models import Column, Document, DocumentVersion, OwedPublication, PublicationDuty

    rows.put(
        Card,
        _series(size // 50),
        colour=f"CASE WHEN {CHANCE} % 7 = 0 THEN 'red' ELSE 'yellow' END",
        origin="'manual'",
        rule="'rude_service'",
        state=f"CASE WHEN {CHANCE} % 20 = 0 THEN 'revoked' ELSE 'accepted' END",
        organ_id=ORGAN,
        post_id=POST,
        person_id=POST,
        passed_at=_OF_YEAR,
        issued_at=_OF_YEAR,
        points=f"CASE WHEN {CHANCE} % 7 = 0 THEN 10 ELSE 5 END",
        proposed_by_id=str(FIRST + POSTS),
        confirmed_by_id=str(FIRST + POSTS + 1),
        revoked_at=f"CASE WHEN {CHANCE} % 20 = 0 THEN {_OF_YEAR} + interval '20 days' END",
        revoke_reason=f"CASE WHEN {CHANCE} % 20 = 0 THEN 'error' ELSE '' END",
    )
    rows.put(Column, "(VALUES (0)) AS n (n)", id=str(FIRST), code="'bench'", name="'测试栏目'")
    published = f"timestamptz '{YEAR}-02-01 10:00+08' + (n % 300) * interval '1 day'"
    rows.put(
        PublicationDuty,
        _series(ORGANS * 10),
        id=f"{FIRST} + n",
        organ_id=ORGAN,
        column_id=str(FIRST),
        title="'事项' || n",
        rhythm="'monthly'",
        legal_basis="'国令711号'",
        holds_from="date '2020-01-01'",
    )
    rows.put(
        Document,
        _series(ORGANS * 100),
        id=f"{FIRST} + n",
        organ_id=ORGAN,
        column_id=str(FIRST),
        index_number="'BENCH-' || n",
        created_at=published,
        published_at=published,
        public_version_id=f"{FIRST} + n",
    )
    rows.put(
        DocumentVersion,
        _series(ORGANS * 100),
        id=f"{FIRST} + n",
        document_id=f"{FIRST} + n",
        number="1",
        state="'published'",
        title="'公开文件'",
        formed_on=f"date '{YEAR}-01-05'",
        drafted_at=published,
        published_at=published,
    )
    rows.put(
        OwedPublication,
        _series(ORGANS * 110),
        duty_id=f"{FIRST} + n % {ORGANS * 10}",
        organ_id=ORGAN,
        key="n::text",
        title="'公开事项'",
        state=f"CASE WHEN n < {ORGANS * 100} THEN 'published' ELSE 'open' END",
        raised_at=f"timestamptz '{YEAR}-01-20 10:00+08'",
        due_on=f"date '{YEAR}-02-01' + n % 310",
        document_id=f"CASE WHEN n < {ORGANS * 100} THEN {FIRST} + n END",
        published_at=f"CASE WHEN n < {ORGANS * 100} THEN {published} END",
    )
    rows.put(
        Sanction,
        _series(500),
        against="'person'",
        organ_id=ORGAN,
        person_id=POST,
        fault_on=f"date '{YEAR}-05-05'",
        responsibility="'direct'",
        severity="'ordinary'",
        measure="'admonishment'",
        state="'in_force'",
        body="'efficiency_office'",
        proposed_by_id=str(FIRST + POSTS),
        proposed_at=f"timestamptz '{YEAR}-05-05'",
        decided_on=f"date '{YEAR}-05-06'",
        recorded_by_id=str(FIRST + POSTS + 1),
        recorded_at=f"timestamptz '{YEAR}-05-06'",
        from_on=f"date '{YEAR}-05-06'",
        to_on=f"date '{YEAR}-11-05'",
    )


# --- Measuring --------------------------------------------------------------------------------------------------------


def _compute(turns: int) -> dict[str, Any]:
    """Compute both appraisals, freeze and prove them, then ask for each figure of all organs so many times."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from efficiency.access.models import User
    from targets.appraisal import snapshots
    from targets.appraisal.computing import compute
    from targets.models import Appraisal, SheetLine

    by = User.objects.get(pk=FIRST + POSTS)
    given = {"year": YEAR, "span": "year", "office_id": OFFICE, "as_of": AS_OF, "opened_by": by, "opened_at": AS_OF}
    appraisals = [Appraisal.objects.create(subject=subject, **given) for subject in ("organ", "post")]
    server, before = connection.connection.get_backend_pid(), time.process_time()
    worked = processor_seconds(server)
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        sheets = [sheet for each in appraisals for sheet in compute(each, at=AS_OF)]
    found: dict[str, Any] = {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - before + processor_seconds(server) - worked,
        "statements": len(queries),
        "values": SheetLine.objects.count(),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    assert len(sheets) == ORGANS + POSTS
    assert all(sheet.computed_total is not None for sheet in sheets)
    # Every plan has a composite, which came to something by its parts, and something that was to be done by a day.
    for method in ("composite", "deadline"):
        assert SheetLine.objects.filter(method=method, points__gt=0).count() > ORGANS + POSTS // 2
    began = time.perf_counter()
    frozen = [snapshots.take(each, by=by, at=AS_OF) for each in appraisals]
    found["freezing"] = time.perf_counter() - began
    began = time.perf_counter()
    assert all(snapshots.differences(each) == [] for each in frozen)
    found["proof"] = time.perf_counter() - began
    return found | {"figures": _figures(turns), "reference": _reference(turns)}


def _figures(turns: int) -> Mapping[str, float]:
    """Return the seconds of each figure of all organs: the median of so many times."""
    from targets.measures import registry

    organs, found = range(FIRST, FIRST + ORGANS), {}
    for measure in registry.measures():
        times = []
        for _turn in range(turns):
            began = time.perf_counter()
            measure.of_organs(organs, date(YEAR, 1, 1), date(YEAR + 1, 1, 1), AS_OF)
            times.append(time.perf_counter() - began)
        found[measure.name] = statistics.median(times)
    return found


def _reference(turns: int) -> float:
    from django.db import connection

    times = []
    for _turn in range(turns):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(REFERENCE, {"since": f"{YEAR}-01-01 00:00+08", "until": f"{YEAR + 1}-01-01 00:00+08"})
            cursor.fetchall()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _main(step: str, number: str) -> None:
    import django

    django.setup()
    print(json.dumps(_fill(int(number)) if step == "fill" else _compute(int(number))))


if __name__ == "__main__":
    sys.path.insert(1, str(servers.ROOT))
    _main(*sys.argv[1:])
