"""
Who looked at how many complainants on a day, and why, for the auditor (docs/trust.md P-04).

A look at a case that concerns the auditor is not among them: nobody reads who looked at a complaint about themself.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.actions.identity import MANY_REVEALS
from complaints.models import Case, MailLook, Reveal
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.outbox import registry
from efficiency.outbox.models import Message, MessageGroup
from efficiency.outbox.registry import Filling

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

KIND = "complaints.looks_of_day"
# Acts that are a look, under the names of which a refused one is on record: of the action, or of its page.
LOOKING = (
    *("case.reveal", "case.identity", "case.open_original", "case.original", "case.find_by_contact", "case.find"),
    "incomingmail.open",
)


@dataclass(slots=True)
class Looker:
    """What one person did on the day."""

    user: User
    looks: int = 0
    # Of the looks, those at letters of the mailbox.
    letters: int = 0
    cases: set[int] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    @property
    def is_over(self) -> bool:
        """Whether these are more looks than one person has on a usual day."""
        return self.looks > MANY_REVEALS


def looks_for(user: "User | AnonymousUser") -> QuerySet[Reveal]:
    """Return the looks that ``user`` reads, as the auditor, who finds them by the case; none to everybody else."""
    if not may(user, "audit.see"):
        return Reveal.objects.none()
    return Reveal.objects.filter(case__in=Case.objects.headers_visible_to(user))


def letter_looks_for(user: "User | AnonymousUser") -> QuerySet[MailLook]:
    """Return the looks at letters of the mailbox that the auditor reads; none to everybody else."""
    if not may(user, "audit.see"):
        return MailLook.objects.none()
    known = Case.objects.headers_visible_to(user)
    found = MailLook.objects.filter(Q(mail__case__isnull=True) | Q(mail__case__in=known))
    return found.exclude(mail__named__contains=[user.pk])


def of_day(auditor: User, day: date) -> list[Looker]:
    """Return who looked on the local day, or was refused a look, the most first; as the auditor may know it now."""
    begin, end = _bounds(day)
    found: dict[int, Looker] = {}
    looks = looks_for(auditor).filter(at__gte=begin, at__lt=end).select_related("by").order_by("at", "id")
    for look in looks.iterator(1000):
        one = found.setdefault(look.by_id, Looker(look.by))
        one.looks += 1
        one.cases.add(look.case_id)
        one.reasons[look.category] += 1
    letters = letter_looks_for(auditor).filter(at__gte=begin, at__lt=end).select_related("by").order_by("at", "id")
    for letter in letters.iterator(1000):
        one = found.setdefault(letter.by_id, Looker(letter.by))
        one.looks += 1
        one.letters += 1
        one.reasons[letter.category] += 1
    refused = _refused(rows_of(AuditRecord, auditor), begin, end)
    for kept in refused.select_related("actor").order_by("at", "id").iterator(1000):
        found.setdefault(kept.actor_id, Looker(kept.actor)).refused += 1
    return sorted(found.values(), key=lambda one: (-one.looks, -one.refused, one.user.pk))


def counts_of_day(auditor: User, day: date) -> dict[str, int | str]:
    """Return the day in numbers, as a message holds it: no name and no reason (Z-15)."""
    lookers = of_day(auditor, day)
    return {
        "day_on": day.isoformat(),
        "count": sum(one.looks for one in lookers),
        "people": sum(bool(one.looks) for one in lookers),
        "over": sum(one.is_over for one in lookers),
        "refused": sum(one.refused for one in lookers),
    }


def days_with_looks(since: date, until: date) -> list[date]:
    """Return the local days from ``since`` to before ``until`` on which somebody looked, or was refused a look."""
    begin, end = _bounds(since)[0], _bounds(until)[0]
    looked = Reveal.objects.filter(at__gte=begin, at__lt=end).values_list("at", flat=True)
    letters = MailLook.objects.filter(at__gte=begin, at__lt=end).values_list("at", flat=True)
    refused = _refused(AuditRecord.objects.all(), begin, end).values_list("at", flat=True)
    return sorted({timezone.localdate(at) for at in chain(looked.iterator(), letters.iterator(), refused.iterator())})


def _refused(records: QuerySet[Any], begin: datetime, end: datetime) -> QuerySet[Any]:
    """Keep the refused tries to look from ``begin`` to before ``end``."""
    return records.filter(at__gte=begin, at__lt=end, action__in=LOOKING, outcome=Outcome.REFUSED, actor__isnull=False)


def _bounds(day: date) -> tuple[datetime, datetime]:
    begin = timezone.make_aware(datetime.combine(day, time.min))
    return begin, begin + timedelta(days=1)


# --- What the outbox asks -------------------------------------------------------------------------------------------


def register() -> None:
    """Make the texts known; called once, when the app is ready."""
    registry.register_kind(
        KIND,
        _("Looks at complainants on %(day_on)s: %(count)s"),
        _(
            "Members of staff who looked at complainants: %(people)s; of these, more often than on a usual day: "
            "%(over)s; refused tries: %(refused)s."
        ),
        group=MessageGroup.WORK,
        label=_("Looks at complainants of a day"),
        still_wanted=still_wanted,
        fill=fill,
    )


def still_wanted(ids: Collection[int]) -> set[int]:
    """Keep the messages whose reader is an auditor now (docs/trust.md Z-15)."""
    sent = list(Message.objects.filter(pk__in=ids))
    return {pk for pk, filling in fill(sent).items() if filling.path}


def fill(sent: Sequence[Message]) -> dict[int, Filling]:
    """Give each message the page of its day, which counts anew what its reader may know; no page to others."""
    readers = User.objects.filter(pk__in={message.recipient_id for message in sent})
    auditors = {reader.pk for reader in readers if may(reader, "audit.see")}
    return {
        message.pk: Filling(path=reverse("admin:complaints_reveal_day", args=[message.values["day_on"]]))
        if message.recipient_id in auditors
        else Filling()
        for message in sent
    }
