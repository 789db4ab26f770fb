"""Documents that the portal makes of what it knows: a version of the same document each time it says something new."""

from datetime import datetime

from django.db import transaction

from disclosure.documents import acting, drafting, guard, publishing
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
    secrecy review.

    :param key: what tells the document from the others of its kind; the same key again is a new version of it
    :param by: the person whose step made the fact, if it was one
    :raises KeyError: ``column`` is a code that the catalogue does not have
    """
    document = _document(kind, key, account, organ, column, at)
    latest = document.versions.exclude(state=VersionState.DISCARDED).order_by("-number").first()
    if latest is not None and (latest.title, latest.body) == (account.title[:MOST_TITLE], account.body):
        return None
    version = latest if latest is not None and latest.state in IN_WORK else None
    if version is None:
        version = DocumentVersion(document=document, number=drafting.next_number(document))
    else:
        version.revision += 1
    version.document = document
    version.title, version.body = account.title[:MOST_TITLE], account.body
    version.formed_on = min(account.formed_on, local_day(at))
    version.state, version.publish_at = VersionState.SOURCE_CHECKED, None
    version.drafted_by, version.drafted_at, version.handed_in_at = None, at, at
    version.save()
    acting.note(version, DocumentStep.MAKE, by=by, at=at)
    was_withdrawn = latest is not None and latest.state == VersionState.WITHDRAWN
    if not (needs_approval or was_withdrawn or guard.look(version)):
        publishing.publish(version, by=by, at=at)
    return version


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
