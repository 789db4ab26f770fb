"""
Documents that the portal makes of what it knows: a version of the same document each time it says something new, and
none any more once it may say nothing.
"""

from datetime import datetime

from django.db import transaction

from disclosure.documents import acting, drafting, fingerprint, following, guard, publishing
from disclosure.enums import IN_WORK, DocumentStep, VersionState
from disclosure.models import Column, Document, DocumentVersion
from efficiency.access.models import User
from efficiency.facts import Account
from efficiency.organs.models import Organ
from efficiency.timing.due import local_day

MOST_TITLE, MOST_THEME = 200, 30
# Read by staff of a draft that somebody had written on when its source changed.
ANEW = "来源系统内容已更新，已另行生成新版本。"
# With these a person has taken a text into their own hands.
BY_HAND = (DocumentStep.DRAFT, DocumentStep.CHANGE)
# With these a person has decided that a text is not for the public, or not yet.
HELD = (DocumentStep.WITHDRAW, DocumentStep.DISCARD, DocumentStep.SEND_BACK, DocumentStep.KEEP)


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

    Without ``needs_approval`` it is public at once. With it, or where personal numbers stand in it, or where a person
    wrote on it or held it back and nothing of it was approved and published since, a person decides: its source needs
    no check, so it waits for the secrecy review. What somebody withdrew or threw away does not come back with the same
    words, and what somebody wrote is neither written over nor published: once the source says something else, it is put
    away and a new version waits.

    :param key: what tells the document from the others of its kind; the same key again is a new version of it
    :param by: the person whose step made the fact, if it was one
    :raises KeyError: ``column`` is a code that the catalogue does not have
    """
    document = _document(kind, key, account, organ, column, at)
    latest = document.versions.order_by("-number").first()
    if latest is not None:
        latest.document = document
        if not _ended_with_its_source(latest) and (says(latest, account) or _was_made_of(latest, account)):
            return None
    is_persons = _waits_for_a_person(document)
    version = _to_write_on(document, latest, at)
    _tell(version, account, at)
    version.state, version.publish_at = VersionState.SOURCE_CHECKED, None
    version.drafted_by, version.drafted_at, version.handed_in_at = None, at, at
    version.save()
    acting.note(version, DocumentStep.MAKE, by=by, at=at)
    if not (needs_approval or is_persons or guard.look(version)):
        publishing.publish(version, by=by, at=at)
    return version


def says(version: DocumentVersion, account: Account) -> bool:
    """Say whether the version says what ``account`` does."""
    told = (account.title[:MOST_TITLE], account.body, account.valid_until)
    return (version.title, version.body, version.valid_until) == told


def _tell(version: DocumentVersion, account: Account, at: datetime) -> None:
    """Let the version say what ``account`` says at ``at``."""
    version.title, version.body = account.title[:MOST_TITLE], account.body
    version.formed_on = min(account.formed_on or local_day(at), local_day(at))
    version.valid_until = account.valid_until


def _ended_with_its_source(version: DocumentVersion) -> bool:
    """Say whether the portal itself withdrew the version or put it away, as nothing stood behind it any more."""
    if version.state not in (VersionState.WITHDRAWN, VersionState.DISCARDED):
        return False
    steps = (DocumentStep.WITHDRAW, DocumentStep.DISCARD)
    return version.events.filter(action__in=steps, by__isnull=True).exists()


def _is_by_hand(version: DocumentVersion) -> bool:
    return version.events.filter(action__in=BY_HAND, by__isnull=False).exists()


def _was_made_of(version: DocumentVersion, account: Account) -> bool:
    """Say whether ``account`` is what the portal had made the version of, before somebody wrote on it."""
    made = version.events.filter(action=DocumentStep.MAKE).order_by("-pk").first()
    if made is None or not _is_by_hand(version):
        return False
    first = DocumentVersion(document=version.document, number=version.number)
    _tell(first, account, made.at)
    return fingerprint.sum_of(first, files=(), owed=()) == bytes(made.sha256)


def _waits_for_a_person(document: Document) -> bool:
    """
    Say whether a person took it into their hands or held it back, and none of it was approved and published since.

    However often the source changes meanwhile: what decides is the record, not what the newest version looks like.
    """
    by_people = document.events.filter(by__isnull=False)
    last = by_people.filter(action__in=(*BY_HAND, *HELD)).order_by("-pk").first()
    if last is None:
        return False
    approved = by_people.filter(action=DocumentStep.APPROVE, pk__gt=last.pk)
    return not approved.filter(version__published_at__isnull=False).exists()


def _to_write_on(document: Document, latest: DocumentVersion | None, at: datetime) -> DocumentVersion:
    """Return what waits if nobody wrote on it, else a new version; what somebody wrote is put away, with an event."""
    if latest is not None and latest.state in IN_WORK:
        if not _is_by_hand(latest):
            latest.revision += 1
            return latest
        _put_away(latest, at=at, reason=ANEW)
    return DocumentVersion(document=document, number=drafting.next_number(document))


def _put_away(version: DocumentVersion, *, at: datetime, reason: str) -> None:
    version.state, version.publish_at = VersionState.DISCARDED, None
    version.save(update_fields=["state", "publish_at"])
    acting.note(version, DocumentStep.DISCARD, by=None, at=at, text=reason)


@transaction.atomic
def withdraw_as_source(kind: str, key: str, /, *, at: datetime, reason: str) -> bool:
    """
    Take the document of ``kind`` and ``key`` from the public, as its source may say nothing any more.

    What of it is in work is put away, whoever wrote on it: also what was approved for a moment to come.
    Return whether there was anything of either.
    """
    pk = Document.objects.filter(source=kind, source_key=key).values_list("pk", flat=True).first()
    if pk is None:
        return False
    document = acting.lock(pk)
    waiting = document.versions.filter(state__in=IN_WORK).first()
    if waiting is not None:
        waiting.document = document
        _put_away(waiting, at=at, reason=reason)
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
