"""
What was there before anybody listened, and what no fact announced: brought in line with what its sources say now.

A portal that is in use gets its documents so, after a release or a long standstill; a name that begins to be public on
a day is found in this way too. What says the same already is left alone, so it may run at any time, twice, or two at
once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import structlog
from django.apps import apps
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from disclosure.automatic import listening, many
from disclosure.documents import guard
from disclosure.documents.automatic import MOST_THEME, MOST_TITLE, says
from disclosure.enums import IN_WORK, DocumentStep, VersionState
from disclosure.models import Column, Document, DocumentVersion
from efficiency import facts
from efficiency.facts import Account, Fact, FactKind
from efficiency.timing.due import local_day

log = structlog.get_logger(__name__)

BATCH = 200
# With the same words these come back where the portal itself had ended them, as their source was gone.
ENDED = (VersionState.WITHDRAWN, VersionState.DISCARDED)


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

    One that cannot be brought in line is logged and holds up no other, and so is a kind that cannot say what stands.
    Safe beside those who publish or take back meanwhile: what is renewed or withdrawn is read anew behind its lock.
    """
    done = CaughtUp()
    for kind in facts.kinds():
        column = listening.column_of(kind)
        if column is None:
            continue
        try:
            _catch_up_with(kind, column, done, at=at)
        except Exception:
            log.exception("disclosure_not_caught_up", kind=kind.name)
    return done


def _catch_up_with(kind: FactKind, column: Column, done: CaughtUp, *, at: datetime) -> None:
    # Asked before what stands: what is published meanwhile is not taken for something that stands no more.
    before = _could_be_gone(kind.name)
    seen: set[str] = set()
    standing = iter(kind.standing(at))
    while batch := list(islice(standing, BATCH)):
        told = []
        for fact in batch:
            try:
                account = kind.account(fact.subject)
            except Exception:
                log.exception("disclosure_not_caught_up", kind=fact.kind, key=_key(fact))
                seen.add(_key(fact))
                continue
            if account is not None:
                told.append((fact, account))
                seen.add(_key(fact))
        _put(kind, column, told, done, at=at)
    for key in before:
        if key not in seen:
            _one(kind, key, done, at=at)


def _put(kind: FactKind, column: Column, told: Sequence[tuple[Fact, Account]], done: CaughtUp, *, at: datetime) -> None:
    there = _newest(kind.name, [_key(fact) for fact, _account in told])
    new = []
    for fact, account in told:
        version = there.get(_key(fact))
        if version is None and not kind.needs_approval and not _holds_numbers(account):
            new.append((fact, account))
        elif version is not None and version.state not in ENDED and says(version, account):
            done.same += 1
        else:
            _one(kind, _key(fact), done, at=at, fact=fact)
    try:
        done.made += _many(kind, column, new, at)
    except Exception:  # somebody made one of them meanwhile, or held what was needed: each by itself then
        log.warning("disclosure_caught_up_one_by_one", kind=kind.name, exc_info=True)
        for fact, _account in new:
            _one(kind, _key(fact), done, at=at, fact=fact)


@transaction.atomic
def _many(kind: FactKind, column: Column, new: Sequence[tuple[Fact, Account]], at: datetime) -> int:
    """
    Write documents that are not there yet and return how many.

    What citizens said may be taken back at any moment: it is read anew, and held until it is written.
    """
    if kind.is_of_people:
        subjects = _subjects(kind).filter(pk__in=[fact.subject.pk for fact, _account in new]).order_by("pk")
        held = {subject.pk: subject for subject in subjects}
        again = [(fact, kind.account(held[fact.subject.pk])) for fact, _account in new if fact.subject.pk in held]
        new = [(fact, account) for fact, account in again if account is not None and not _holds_numbers(account)]
    many.write([_whole(kind, column, fact, account, at) for fact, account in new])
    return len(new)


def _one(kind: FactKind, key: str, done: CaughtUp, *, at: datetime, fact: Fact | None = None) -> None:
    """Bring one document in line with what its subject says now; without ``fact`` the subject is found by its key."""
    try:
        outcome = _in_line(kind, key, at, fact)
    except Exception:
        log.exception("disclosure_not_caught_up", kind=kind.name, key=key)
        return
    setattr(done, outcome, getattr(done, outcome) + 1)


@transaction.atomic
def _in_line(kind: FactKind, key: str, at: datetime, fact: Fact | None) -> str:
    """
    Do so, and return which of ``CaughtUp`` it is.

    The subject is locked before the document, in the order in which whoever changes it does, and read without what
    ``standing`` had read for all of them at once.
    """
    which = {kind.key_field: key} if fact is None else {"pk": fact.subject.pk}
    subject = _subjects(kind).filter(**which).order_by("-pk").first()
    rows = Document.objects.select_for_update(of=("self",), no_key=True).select_related("organ")
    document = rows.filter(source=kind.name, source_key=key).first()
    account = kind.account(subject) if subject is not None else None
    organ = fact.organ if fact is not None else document.organ if document is not None else None
    if subject is None or account is None or organ is None:
        return "withdrawn" if listening.withdraw(kind.name, key, at=at) else "same"
    if not listening.put(Fact(kind.name, subject, organ, at, key), account):
        return "same"
    return "made" if document is None else "changed"


def _subjects(kind: FactKind) -> QuerySet[Model]:
    """Return the subjects of a kind, to be locked as they are read."""
    return apps.get_model(kind.model)._default_manager.select_for_update(of=("self",), no_key=True)


def _key(fact: Fact) -> str:
    return fact.key or str(fact.subject.pk)


def _holds_numbers(account: Account) -> bool:
    return bool(guard.findings_in(DocumentVersion(title=account.title, body=account.body)))


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
        fact.organ, column, [text], account.theme[:MOST_THEME], kind.name, _key(fact), source_path=account.path
    )


def _could_be_gone(source: str) -> list[str]:
    """
    Return the keys of what would be withdrawn or put away if it stood no more: what is public, and what is in work.

    What has a last day runs out by itself.
    """
    in_work = DocumentVersion.objects.filter(document=OuterRef("pk"), state__in=IN_WORK)
    is_public = Q(public_version__state=VersionState.PUBLISHED, public_version__valid_until__isnull=True)
    rows = Document.objects.filter(is_public | Exists(in_work), source=source)
    return list(rows.order_by("pk").values_list("source_key", flat=True))
