"""
Documents that the portal makes of what it knows: a version of the same document each time it says something new, and
none any more once it may say nothing.
"""

from datetime import datetime

from django.db import transaction

from disclosure.documents import acting, drafting, following, guard, publishing
from disclosure.enums import IN_WORK, DocumentStep, VersionState
from disclosure.models import Column, Document, DocumentVersion
from efficiency.access.models import User
from efficiency.facts import Account
from efficiency.organs.models import Organ
from efficiency.timing.due import local_day

MOST_TITLE, MOST_THEME = 200, 30


@transaction.atomic
def publish_as_source(
    kind: str,
    key: str,
    account: Account,
    organ: Organ,
    column: Column | str,
    at: datetime,
    by: User | None = None,
    needs_approval: bool = False,
) -> DocumentVersion | None:
    """
    Have the document of ``kind`` and ``key`` say what ``account`` says; None where it says that already.

    Without ``needs_approval`` it is public at once. With it, or where personal numbers stand in it, or where somebody
    withdrew what the portal had published before, a person decides: its source needs no check, so it waits for the
    secrecy review. What somebody withdrew or threw away does not come back with the same words.

    :param key: what tells the document from the others of its kind; the same key again is a new version of it
    :param by: the person whose step made the fact, if it was one
    :raises KeyError: ``column`` is a code that the catalogue does not have
    """
    document = _document(kind, key, account, organ, column, at)
    latest = document.versions.order_by("-number").first()
    was_withdrawn = latest is not None and _was_withdrawn_by_person(latest)
    has_ended = latest is not None and latest.state == VersionState.WITHDRAWN and not was_withdrawn
    if latest is not None and not has_ended and says(latest, account):
        return None
    version = latest if latest is not None and latest.state in IN_WORK else None
    if version is None:
        version = DocumentVersion(document=document, number=drafting.next_number(document))
    else:
        version.revision += 1
    version.document = document
    version.title, version.body = account.title[:MOST_TITLE], account.body
    version.formed_on = min(account.formed_on or local_day(at), local_day(at))
    version.valid_until = account.valid_until
    version.state, version.publish_at = VersionState.SOURCE_CHECKED, None
    version.drafted_by, version.drafted_at, version.handed_in_at = None, at, at
    version.save()
    acting.note(version, DocumentStep.MAKE, by=by, at=at)
    if not (needs_approval or was_withdrawn or guard.look(version)):
        publishing.publish(version, by=by, at=at)
    return version


def says(version: DocumentVersion, account: Account) -> bool:
    """Say whether the version says what ``account`` does."""
    told = (account.title[:MOST_TITLE], account.body, account.valid_until)
    return (version.title, version.body, version.valid_until) == told


def _was_withdrawn_by_person(version: DocumentVersion) -> bool:
    if version.state != VersionState.WITHDRAWN:
        return False
    return version.events.filter(action=DocumentStep.WITHDRAW, by__isnull=False).exists()


@transaction.atomic
def withdraw_as_source(kind: str, key: str, /, *, at: datetime, reason: str) -> bool:
    """
    Take the document of ``kind`` and ``key`` from the public, as its source may say nothing any more.

    What waits of it for a person is thrown away. Return whether there was anything of either.
    """
    pk = Document.objects.filter(source=kind, source_key=key).values_list("pk", flat=True).first()
    if pk is None:
        return False
    document = acting.lock(pk)
    waiting = document.versions.filter(state__in=IN_WORK, drafted_by__isnull=True).first()
    if waiting is not None:
        waiting.document = document
        waiting.state, waiting.publish_at = VersionState.DISCARDED, None
        waiting.save(update_fields=["state", "publish_at"])
        acting.note(waiting, DocumentStep.DISCARD, by=None, at=at, text=reason)
    current = document.public_version
    if current is None or not current.is_public:
        return waiting is not None
    current.document = document
    current.state, current.ended_at, current.withdrawal_reason = VersionState.WITHDRAWN, at, reason
    current.save(update_fields=["state", "ended_at", "withdrawal_reason"])
    acting.note(current, DocumentStep.WITHDRAW, by=None, at=at, text=reason)
    following.tell(document, at)
    return True


def _document(kind: str, key: str, account: Account, organ: Organ, column: Column | str, at: datetime) -> Document:
    """Return the document of a source, locked; made where there is none, and only once if two make it at once."""
    if isinstance(column, str):
        found = Column.objects.filter(code=column).first()
        if found is None:
            raise KeyError(column)
        column = found
    made = Document(
        organ=organ,
        column=column,
        theme=account.theme[:MOST_THEME],
        source=kind,
        source_key=key,
        source_path=account.path,
        created_at=at,
    )
    Document.objects.bulk_create([made], ignore_conflicts=True)
    document = acting.lock(Document.objects.values_list("pk", flat=True).get(source=kind, source_key=key))
    if (document.theme, document.source_path) != (made.theme, made.source_path):
        document.theme, document.source_path = made.theme, made.source_path
        document.save(update_fields=["theme", "source_path"])
    return document
