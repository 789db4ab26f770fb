"""
From a fact to its document, in the transaction in which the fact is announced (docs/architecture.md).

What may be told becomes the next version of the document of its source, public at once or after a person looked at it;
what may not, or no longer, is withdrawn.
"""

from datetime import datetime

import structlog

from disclosure.automatic import fulfilling
from disclosure.documents import actions
from disclosure.models import Column, Document
from efficiency import facts
from efficiency.facts import Account, Fact, FactKind

log = structlog.get_logger(__name__)

# Said in public of a document whose source may say nothing any more; the source's own reason may be for staff alone.
GONE = "来源系统已撤回该内容，不再公开。"


def on_fact(fact: Fact) -> None:
    """Let the document of the fact say what its account says now, or withdraw it where there is none."""
    kind = facts.kind_of(fact.kind)
    put(fact, kind.account(fact.subject))


def put(fact: Fact, account: Account | None) -> bool:
    """Do so with the account that is known already; return whether anything changed."""
    key = fact.key or str(fact.subject.pk)
    if account is None:
        return withdraw(fact.kind, key, at=fact.at)
    kind = facts.kind_of(fact.kind)
    column = column_of(kind)
    if column is None:
        return False
    version = actions.publish_as_source(
        kind.name,
        key,
        account,
        fact.organ,
        column,
        fact.at,
        by=fact.by,
        needs_approval=kind.needs_approval,
    )
    if version is None:
        _fulfil_as_it_is(kind.name, key, fact)
    return version is not None


def _fulfil_as_it_is(source: str, key: str, fact: Fact) -> None:
    """What is owed upon a fact that changes nothing of what everybody reads is kept by what they read already."""
    readable = Document.objects.readable().filter(source=source, source_key=key)
    document = readable.select_related("organ", "public_version").first()
    if document is not None:
        fulfilling.follow(document, fact.at)


def column_of(kind: FactKind) -> Column | None:
    """
    Return the heading of a kind of fact; None, which is logged, where the catalogue lacks it.

    No case or item waits for that: once the heading is there, its documents are caught up with.
    """
    column = Column.objects.filter(code=kind.column).first()
    if column is None:
        log.error("no_column_for_facts", kind=kind.name, column=kind.column)
    return column


def withdraw(kind: str, key: str, /, *, at: datetime) -> bool:
    """Withdraw the document of a source that may say nothing any more; return whether there was one."""
    return actions.withdraw_as_source(kind, key, at=at, reason=GONE)
