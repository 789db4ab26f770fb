"""That the rollups are the recount: looked at on demand, and by ``verify`` for some subjects each time (I-18)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import Violations, count_sql, register_invariant
from supervision.figures import definitions, rollups, streams
from supervision.figures.asking import By, Question, figures, recount
from supervision.models import SubjectKind
from supervision.models.figures import Level
from targets.measures.registry import Figure

WAYS = (By.NOTHING, By.ORGAN, By.KIND, By.CATEGORY, By.CHANNEL)
# So many subjects of a kind are looked at by ``verify``: the newest ones, and as many from anywhere.
LOOKED_AT = 500
_NEWEST = "SELECT id FROM ({subjects}) AS known ORDER BY id DESC LIMIT %(most)s"
_ANYWHERE = """
SELECT subject_id FROM supervision_figuresubject
 WHERE kind = %(kind)s AND subject_id >= (SELECT floor(random() * max(subject_id)) FROM supervision_figuresubject
                                           WHERE kind = %(kind)s)
 ORDER BY subject_id LIMIT %(most)s
"""
# Of the subjects those that the rollups were told of and have not looked at yet, or will look at now.
_NOTED = """
SELECT unnest(ids) FROM supervision_figurechange WHERE kind = %(kind)s
 UNION ALL
SELECT subject_id FROM supervision_figuresubject
 WHERE kind = %(kind)s AND subject_id = ANY(%(ids)s) AND recheck_at <= now()
 UNION ALL
SELECT unnest(%(ids)s::bigint[]) WHERE EXISTS (SELECT FROM supervision_figurechange WHERE kind = 'calendar')
"""
# Each entry counts once in the cells of all and once in those of the organs.
LEVELS_DIFFER = f"""
SELECT count(*) FROM (
    SELECT stream, placed, effective FROM supervision_figurecell
     WHERE level IN ({Level.ALL:d}, {Level.ORGAN:d}) GROUP BY 1, 2, 3
    HAVING sum(CASE level WHEN {Level.ALL:d} THEN amount ELSE -amount END) <> 0) AS apart
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that the rollups have otherwise than its sources: of which key, and both."""

    figure: str
    by: str
    key: Any
    kept: Figure
    counted: Figure


def differences(since: date, until: date, *, at: datetime) -> Iterator[Difference]:
    """
    Compare every figure of a period in the rollups with the recount: as a whole, by organ, kind, category and channel.

    :param at: as of when; the rollups are brought up to date with it by the caller
    """
    question = Question(since, until)
    names = tuple(each.name for each in definitions.definitions())
    empty = recount(names, replace(question, until=since), at=at)[None]
    for by in WAYS:
        kept, counted = (ask(names, question, by=by, at=at) for ask in (figures, recount))
        for key in sorted({*kept, *counted}, key=str):
            one, other = kept.get(key, empty), counted.get(key, empty)
            for name in names:
                if one[name] != other[name]:
                    yield Difference(name, by.value, key, one[name], other[name])


def shares_wrong() -> Violations:
    """
    Count subjects whose share in the rollups is not what they add: the newest of each kind, and some of the others.

    What the rollups were told of and have not looked at yet is left out: whoever changes a case is not kept waiting.
    """
    at = rollups.as_of()
    if at is None:
        return Violations(0)
    found = [f"{kind} {pk}" for kind in streams.STATEMENTS for pk in _wrong(kind, at)]
    return Violations(len(found), found[0] if found else "")


def _wrong(kind: SubjectKind, at: datetime) -> list[int]:
    asked = streams.values() | {"kind": kind.value, "most": LOOKED_AT}
    ids: set[int] = set()
    with connection.cursor() as cursor:
        for statement in (_NEWEST.format(subjects=streams.SUBJECTS[kind]), _ANYWHERE):
            cursor.execute(statement, asked)
            ids.update(row[0] for row in cursor.fetchall())
    # Looked at twice: meanwhile the worker may have taken note and change away together.
    for _twice in range(2):
        ids = set(rollups.wrong(kind, sorted(ids), at=at)) if ids else ids
        if not ids:
            break
        with connection.cursor() as cursor:
            cursor.execute(_NOTED, {"kind": kind.value, "ids": sorted(ids)})
            ids -= {row[0] for row in cursor.fetchall()}
    return sorted(ids)


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-18", _("Figures have of each subject what it adds."), shares_wrong)
    register_invariant("I-18", _("Figures of all organs are those of the organs together."), count_sql(LEVELS_DIFFER))
