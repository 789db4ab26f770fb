"""
What was there before anybody listened, and what no fact announced: brought in line with what its sources say now.

A portal that is in use gets its documents so, after a release or a long standstill; a name that begins to be public on
a day is found in this way too. What says the same already is left alone, so it may run at any time, twice, or two at
once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import structlog
from django.db import IntegrityError

from disclosure.automatic import listening, many
from disclosure.documents.automatic import MOST_THEME, MOST_TITLE, says
from disclosure.enums import DocumentStep, VersionState
from disclosure.models import Column, Document, DocumentVersion
from efficiency import facts
from efficiency.facts import Account, Fact, FactKind
from efficiency.personal_numbers import find_numbers
from efficiency.timing.due import local_day

log = structlog.get_logger(__name__)

BATCH = 200


@dataclass(slots=True)
class CaughtUp:
    """What was done: documents made, given a new version, withdrawn, and those that said the same already."""

    made: int = 0
    changed: int = 0
    withdrawn: int = 0
    same: int = 0


def catch_up(*, at: datetime) -> CaughtUp:
    """
    Bring the documents of all kinds of facts in line with what stands at ``at``; a batch is a transaction.

    One that cannot be brought in line is logged and holds up no other.
    """
    done = CaughtUp()
    for kind in facts.kinds():
        column = listening.column_of(kind)
        if column is None:
            continue
        seen: set[str] = set()
        standing = iter(kind.standing(at))
        while batch := list(islice(standing, BATCH)):
            told = [(fact, account) for fact in batch if (account := kind.account(fact.subject)) is not None]
            seen.update(fact.key for fact, _account in told)
            _put(kind, column, told, done, at=at)
        _withdraw_others(kind, seen, done, at=at)
    return done


def _put(kind: FactKind, column: Column, told: Sequence[tuple[Fact, Account]], done: CaughtUp, *, at: datetime) -> None:
    there = _newest(kind.name, [fact.key for fact, _account in told])
    new = []
    for fact, account in told:
        version = there.get(fact.key)
        if version is None and not kind.needs_approval and not find_numbers(account.title, account.body):
            new.append((fact, account))
        elif version is not None and version.state != VersionState.WITHDRAWN and says(version, account):
            done.same += 1
        else:
            _one(fact, account, done, is_new=version is None)
    try:
        many.write([_whole(kind, column, fact, account, at) for fact, account in new])
        done.made += len(new)
    except IntegrityError:  # somebody made one of them meanwhile
        for fact, account in new:
            _one(fact, account, done, is_new=True)


def _one(fact: Fact, account: Account, done: CaughtUp, *, is_new: bool) -> None:
    try:
        has_changed = listening.put(fact, account)
    except Exception:
        log.exception("disclosure_not_caught_up", kind=fact.kind, key=fact.key)
        return
    done.made += has_changed and is_new
    done.changed += has_changed and not is_new
    done.same += not has_changed


def _newest(source: str, keys: Iterable[str]) -> dict[str, DocumentVersion]:
    """Return the newest version of each document of the source, by its key."""
    rows = DocumentVersion.objects.filter(document__source=source, document__source_key__in=list(keys))
    rows = rows.select_related("document").order_by("document_id", "-number").distinct("document_id")
    return {version.document.source_key: version for version in rows}


def _whole(kind: FactKind, column: Column, fact: Fact, account: Account, at: datetime) -> many.Whole:
    """Return the document as it would have been made of the fact, published at ``at``."""
    text = many.Text(
        title=account.title[:MOST_TITLE],
        body=account.body,
        formed_on=min(account.formed_on or local_day(at), local_day(at)),
        valid_until=account.valid_until,
        state=VersionState.PUBLISHED,
        published_at=at,
        steps=[many.Step(DocumentStep.MAKE, at), many.Step(DocumentStep.PUBLISH, at)],
    )
    return many.Whole(
        fact.organ, column, [text], account.theme[:MOST_THEME], kind.name, fact.key, source_path=account.path
    )


def _withdraw_others(kind: FactKind, seen: set[str], done: CaughtUp, *, at: datetime) -> None:
    """Withdraw what is public of the kind and stands no more; what has a last day runs out by itself."""
    readable = Document.objects.readable().filter(source=kind.name, public_version__valid_until__isnull=True)
    for key in _gone(readable.order_by("pk").values_list("source_key", flat=True), seen):
        done.withdrawn += listening.withdraw(kind.name, key, at=at)


def _gone(keys: Iterable[str], seen: set[str]) -> Iterator[str]:
    return (key for key in list(keys) if key not in seen)
