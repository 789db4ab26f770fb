"""Papers are issued, opened, verified and revoked; what they say is taken once (docs/domain.md 10)."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accountability.models import Paper, PaperRevocation
from accountability.papers import registry
from accountability.papers.registry import Content, PaperKind, Section
from efficiency import checks, codes
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.files import store
from efficiency.refusals import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

FOLDER = "papers"


class NotAllowed(Refused):
    """The person may not do this with what they may see."""


def issue(kind: str, subject: models.Model, /, *, by: User, at: datetime) -> Paper:
    """
    Return the paper of a kind about ``subject`` that holds; make it at ``at`` if there is none.

    Rights are asked by the step that issues it. The content is taken now and never again; it is printed first, as that
    takes a second, and kept only where it still reads the same behind the lock of what ends such a paper. Safe to run
    twice and two at once.

    :raises KeyError: nobody registered the kind
    :raises Refused: there is nothing to hand out, or what it says changed while it was printed
    :raises FontsMissing: the fonts were not fetched
    :raises NoRoom: the file cannot be kept
    """
    found = registry.get(kind)
    # Counted before it is looked whether one holds: whoever issues meanwhile takes this number, and is found by it.
    edition = _of(kind, subject).count() + 1
    if (paper := valid_paper(kind, subject)) is not None:
        return paper
    content, public_title = _content(found, subject)
    code = new_code()
    pdf = printed(content, code)
    name = store.write(pdf, FOLDER)
    kept = as_stored(content)
    try:
        with transaction.atomic():
            if as_stored(_content(found, _locked(found, subject))[0]) != kept:
                raise Refused(_("What the paper says has changed in this moment. Please look at it again."))
            paper = Paper.objects.create(
                kind=kind,
                content_type=_type_of(subject),
                object_id=subject.pk,
                edition=edition,
                number=content.number,
                public_title=public_title,
                issuer=content.issuer,
                content=kept,
                content_sha256=content_print(kept),
                storage_name=name,
                size=len(pdf),
                sha256=hashlib.sha256(pdf).digest(),
                code=code,
                issued_at=at,
                issued_by=by,
            )
            record("paper.issue", actor=by, obj=paper, detail={"kind": kind}, at=at)
    except IntegrityError:
        # Somebody else has issued it in the same moment: theirs is the one that holds.
        store.remove([name])
        if (paper := valid_paper(kind, subject)) is None:
            raise
    except BaseException:
        store.remove([name])
        raise
    return paper


def revoke(paper: Paper, /, *, by: User | None, at: datetime, reason: str) -> PaperRevocation:
    """Say that a paper no longer holds; a second time changes nothing. Rights are asked by the step that does it."""
    return _revoked(paper, by=by, at=at, reason=reason)[0]


def take_back(paper: Paper, /, *, by: User, at: datetime, reason: str) -> PaperRevocation:
    """
    Revoke a paper by hand, as one of those who issue its kind: it was issued in error; a further edition may follow.

    :raises NotAllowed: ``by`` issues no such paper
    :raises Invalid: there is no reason
    :raises Refused: it was revoked before
    """
    words = checks.text("reason", reason, _("Please say why the paper no longer holds."), at_most=200)
    if not may_take_back(by, paper):
        record("paper.revoke", actor=by, obj=paper, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("This paper is not yours to revoke."))
    with transaction.atomic():
        revocation, is_new = _revoked(paper, by=by, at=at, reason=words)
        if not is_new:
            raise Refused(_("This paper was revoked before."))
        return revocation


def may_take_back(user: "User | AnonymousUser", paper: Paper) -> bool:
    """Say whether ``user`` may revoke a paper by hand: whoever may issue one like it."""
    kind, subject = registry.find(paper.kind), paper.subject
    return kind is not None and subject is not None and may_issue(user, kind, subject)


def revoke_all(subject: models.Model, /, *, by: User | None, at: datetime, reason: str, kind: str = "") -> int:
    """Revoke the papers about ``subject`` that hold, of one kind or of all, and return how many these were."""
    papers = Paper.objects.filter(content_type=_type_of(subject), object_id=subject.pk, revocation__isnull=True)
    waiting = list(papers.filter(kind=kind) if kind else papers)
    for paper in waiting:
        revoke(paper, by=by, at=at, reason=reason)
    return len(waiting)


def valid_paper(kind: str, subject: models.Model) -> Paper | None:
    """Return the paper of a kind about ``subject`` that holds, if there is one."""
    return _of(kind, subject).filter(revocation__isnull=True).order_by("-edition").first()


def may_issue(user: "User | AnonymousUser", kind: PaperKind, subject: models.Model) -> bool:
    """Say whether ``user`` may have the paper made."""
    return bool(kind.issuing) and may(user, kind.issuing, subject, fresh=True) and kind.is_open_to(user, subject)


def may_open(user: "User | AnonymousUser", paper: Paper) -> bool:
    """Say whether ``user`` may read the paper: who may not know its subject, or may know its header alone, may not."""
    kind = registry.find(paper.kind)
    subject = paper.subject
    return kind is not None and subject is not None and kind.is_open_to(user, subject)


def opened(paper: Paper, /, *, by: User, at: datetime) -> bytes:
    """
    Return the bytes of a paper, after it is on record that ``by`` took them (docs/trust.md L-01).

    :raises NotAllowed: ``by`` may not read it
    :raises FileUnavailable: the storage does not give it, or other bytes
    """
    if not may_open(by, paper):
        record("paper.open", actor=by, obj=paper, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("This paper is not yours to open."))
    record("paper.open", actor=by, obj=paper, at=at)
    return store.read(paper.storage_name, paper.sha256)


def verified(code: str) -> Paper | None:
    """Return the paper with a code, typed in any way; None for every code that belongs to none."""
    typed = codes.normalise(code)
    if len(typed) != codes.CODE_LENGTH:
        return None
    return Paper.objects.select_related("revocation").filter(code=typed).first()


def new_code() -> str:
    """Return a fresh code of 80 bits, in the alphabet of secret codes."""
    return "".join(secrets.choice(codes.ALPHABET) for _place in range(codes.CODE_LENGTH))


def printed(content: Content, code: str) -> bytes:
    """
    Return the bytes of a paper; the same content and code give the same bytes.

    :raises FontsMissing: the fonts were not fetched
    """
    # What prints takes a second to be loaded, and most processes never print.
    from accountability.papers import printing

    return printing.as_pdf(content, code=code, address=address())


def address() -> str:
    """Return the full address of the page of verification, as it stands on papers."""
    return str(settings.PORTAL_URL).rstrip("/") + reverse("accountability:verify")


def as_stored(content: Content) -> dict[str, Any]:
    """Return content as it is stored."""
    return {
        "number": content.number,
        "title": content.title,
        "addressee": content.addressee,
        "issuer": content.issuer,
        "issued_on": content.issued_on.isoformat(),
        "public_title": content.public_title,
        "sections": [
            {
                "heading": section.heading,
                "rows": [list(row) for row in section.rows],
                "paragraphs": list(section.paragraphs),
            }
            for section in content.sections
        ],
    }


def as_content(stored: Mapping[str, Any]) -> Content:
    """Return what is stored as content."""
    return Content(
        number=stored["number"],
        title=stored["title"],
        addressee=stored["addressee"],
        issuer=stored["issuer"],
        issued_on=date.fromisoformat(stored["issued_on"]),
        public_title=stored["public_title"],
        sections=tuple(
            Section(
                heading=section["heading"],
                rows=tuple((label, value) for label, value in section["rows"]),
                paragraphs=tuple(section["paragraphs"]),
            )
            for section in stored["sections"]
        ),
    )


def in_eights(sha256: bytes | memoryview) -> list[str]:
    """Return a hash in hex in pieces of eight, between which a line may break."""
    text = bytes(sha256).hex()
    return [text[place : place + 8] for place in range(0, len(text), 8)]


def content_print(stored: Mapping[str, Any]) -> bytes:
    """Return the hash of content as it is stored, whatever the order of its keys."""
    text = json.dumps(stored, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _content(kind: PaperKind, subject: models.Model) -> tuple[Content, str]:
    """Return how the paper reads now, in the portal's own language, and its title for everybody."""
    with translation.override(settings.LANGUAGE_CODE):
        content = kind.content(subject)
        return content, content.public_title or str(kind.label)


def _locked(kind: PaperKind, subject: models.Model) -> models.Model:
    """Lock what every step locks that ends a paper about the subject, and return the subject as it stands then."""
    guard = kind.guard(subject) if kind.guard else subject
    rows = type(guard)._base_manager.select_for_update(of=("self",), no_key=True)
    rows.get(pk=guard.pk)
    return type(subject)._base_manager.get(pk=subject.pk)


def _revoked(paper: Paper, *, by: User | None, at: datetime, reason: str) -> tuple[PaperRevocation, bool]:
    """Return the one revocation of a paper and whether it is new; no row is locked, for papers are of record (L-02)."""
    revocation, is_new = PaperRevocation.objects.get_or_create(
        paper=paper, defaults={"by": by, "at": at, "reason": reason[:200]}
    )
    if is_new:
        record("paper.revoke", actor=by, obj=paper, at=at)
    return revocation, is_new


def _of(kind: str, subject: models.Model) -> models.QuerySet[Paper]:
    return Paper.objects.filter(kind=kind, content_type=_type_of(subject), object_id=subject.pk)


def _type_of(subject: models.Model) -> ContentType:
    return ContentType.objects.get_for_model(subject)
