"""
Is everything as it was sealed? The checks of ``manage.py verify`` (docs/trust.md I-11).

Each goes through its tables in ranges of keys, so that memory stays the same however much there is, and remembers the
first place in the chain that is broken. Hashes of rows are made anew by the database, the chain itself by Python.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import Violations, register_invariant
from efficiency.chain import canonical, lag, registry
from efficiency.chain.registry import Sealed
from efficiency.deadlines import clock

SEALS_AT_A_TIME = 20_000
ROWS_AT_A_TIME = 50_000
# The sealer comes once a minute.
SEALED_WITHIN = 300.0

SEALS = f"""
SELECT s.number, s.kind, s.row_id, encode(s.content, 'hex'), encode(s.texts, 'hex'),
       coalesce({canonical.moment("s.kept_until")}, ''), {canonical.moment("s.sealed_at")}, s.chain
  FROM efficiency_seal AS s WHERE s.number > %s ORDER BY s.number LIMIT %s
"""  # noqa: S608 - our own expressions
HEADS = "SELECT h.number, h.hash, h.day FROM efficiency_chainhead AS h ORDER BY h.number, h.day"


@dataclass(slots=True)
class _Found:
    """How many violations there are, and the first place of the chain with one, in words."""

    count: int = 0
    place: int | None = None
    first: str = ""

    def add(self, place: int, what: str, count: int = 1) -> None:
        """Count; remember it if no place before it is broken."""
        self.count += count
        if self.place is None or place < self.place:
            self.place, self.first = place, what

    def as_violations(self) -> Violations:
        """Return what ``verify`` reports."""
        return Violations(self.count, self.first)


@dataclass(slots=True)
class _Chain:
    """The chain as it is recomputed, seal by seal."""

    found: _Found = field(default_factory=_Found)
    number: int = 0
    chain: bytes = canonical.BEGINNING

    def go_on(self, seals: Iterable[tuple]) -> None:
        for number, kind, row_id, content, texts, kept_until, sealed_at, kept in seals:
            place = f"{number}: {kind} {row_id}"
            if number != self.number + 1:
                self.found.add(self.number + 1, f"{self.number + 1}: seals are missing before {place}")
            chain = bytes(kept)
            if canonical.link(self.chain, number, kind, row_id, content, texts, kept_until, sealed_at) != chain:
                self.found.add(number, f"{place}: the seal does not follow from the one before")
            # From what is there on, so that whatever else is broken is found as well.
            self.number, self.chain = number, chain


def register() -> None:
    """Add the checks to ``verify``; called once, when the app is ready."""
    register_invariant("I-11", _("The chain of seals is whole, and the heads of the days are in it."), chain)
    register_invariant("I-11", _("Every row is what it was when it was sealed."), rows)
    register_invariant("I-11", _("Everything of record has a seal within five minutes."), unsealed)


def chain() -> Violations:
    """Count what is wrong with numbers, hashes and heads of the chain."""
    state = _Chain()
    kinds = {sealed.name for sealed in registry.kinds()}
    with connection.cursor() as cursor:
        cursor.execute(HEADS)
        kept_heads = cursor.fetchall()
    waiting = iter(kept_heads)
    head = next(waiting, None)
    for seals in _in_batches():
        state.go_on(seals)
        for number, kind, row_id, *_rest, hash_ in seals:
            if kind not in kinds:
                state.found.add(number, f"{number}: {kind} {row_id}: nobody knows this kind of row")
            while head is not None and head[0] <= number:
                if head[0] != number or bytes(head[1]) != bytes(hash_):
                    state.found.add(head[0], f"{head[0]}: the head of {head[2]} is not in the chain")
                head = next(waiting, None)
    while head is not None:
        state.found.add(head[0], f"{head[0]}: the head of {head[2]} is not in the chain")
        head = next(waiting, None)
    return state.found.as_violations()


def rows() -> Violations:
    """Count the sealed rows that are gone or are not what they were."""
    found = _Found()
    for sealed in registry.kinds():
        for low, high in _ranges(sealed):
            with connection.cursor() as cursor:
                cursor.execute(_changed(sealed), {"low": low, "high": high})
                count, first, row_id, is_gone = cursor.fetchone()
            if count:
                what = "the row is gone" if is_gone else "the row is not what it was"
                found.add(first, f"{first}: {sealed.name} {row_id}: {what}", count)
    return found.as_violations()


def unsealed() -> Violations:
    """
    Count the rows without a seal that should have one: those put in where all had been sealed, and all that there are
    once the sealer has not looked for five minutes.
    """
    at = clock.read().at
    found = _Found()
    marks = lag.marks()
    for place, sealed in enumerate(registry.kinds()):
        below, looked_at = marks.get(sealed.name, (0, None))
        is_late = lag.seconds_since(looked_at, at) > SEALED_WITHIN
        with connection.cursor() as cursor:
            cursor.execute(_without_seal(sealed, is_late=is_late), {"below": below})
            count, row_id = cursor.fetchone()
        if count:
            found.add(place, f"{sealed.name} {row_id}: the row has no seal", count)
    return found.as_violations()


def _in_batches() -> Iterator[list[tuple]]:
    after = -(1 << 62)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(SEALS, [after, SEALS_AT_A_TIME])
            seals = cursor.fetchall()
        if not seals:
            return
        after = seals[-1][0]
        yield seals


def _ranges(sealed: Sealed) -> Iterator[tuple[int, int]]:
    """Yield ranges of the sealed keys of a kind: above the first number, up to the second."""
    low = -(1 << 62)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT max(row_id) FROM (SELECT row_id FROM efficiency_seal WHERE kind = %s AND row_id > %s"
                " ORDER BY row_id LIMIT %s) AS next",
                [sealed.name, low, ROWS_AT_A_TIME],
            )
            high = cursor.fetchone()[0]
        if high is None:
            return
        yield low, high
        low = high


def _changed(sealed: Sealed) -> str:
    return f"""
WITH broken AS (
    SELECT s.number, s.row_id, t.{canonical.key(sealed)} IS NULL AS is_gone
      FROM efficiency_seal AS s
      LEFT JOIN {canonical.table(sealed)} AS t ON t.{canonical.key(sealed)} = s.row_id AND {canonical.condition(sealed)}
      LEFT JOIN efficiency_sealsalt AS z ON z.number = s.number
     WHERE s.kind = '{sealed.name}' AND s.row_id > %(low)s AND s.row_id <= %(high)s
       AND NOT CASE WHEN t.{canonical.key(sealed)} IS NULL THEN coalesce(s.kept_until <= now(), false)
                    ELSE {canonical.content(sealed)} = s.content AND {canonical.texts_agree(sealed)} END
)
SELECT count(*) OVER (), number, row_id, is_gone FROM broken
 UNION ALL SELECT 0, 0, 0, false
 ORDER BY 1 DESC, 2 LIMIT 1
"""  # noqa: S608 - our own names


def _without_seal(sealed: Sealed, *, is_late: bool) -> str:
    below = "" if is_late else f"AND t.{canonical.key(sealed)} <= %(below)s"
    return f"""
SELECT count(*), min(t.{canonical.key(sealed)}) FROM {canonical.table(sealed)} AS t
 WHERE {canonical.condition(sealed)} {below}
   AND NOT EXISTS (SELECT FROM efficiency_seal AS s
                    WHERE s.kind = '{sealed.name}' AND s.row_id = t.{canonical.key(sealed)})
"""  # noqa: S608 - our own names
