"""
Doubtful closings 虚假办结疑点 (docs/domain.md 4.8): why a closing is looked at again, and what was done about it.

Signals, never a judgement. The case keeps what was found when it was answered and evaluated (``complaints.doubts``);
that the complainant denies a contact which is on record as made is asked here, and so is whether a reply was nearly the
words of another case's (``likeness``).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.utils.translation import pgettext_lazy

from accountability.cards.enums import Rule
from accountability.models import Card
from complaints import doubts
from complaints.models import Case, CaseEvent, Evaluation
from complaints.querysets import DOUBTFUL
from supervision.foresight import likeness
from supervision.foresight.asking import Asked, begins, cut


class Reason(models.TextChoices):
    """Why a closing is doubtful."""

    SAME_REPLY = doubts.SAME_REPLY, pgettext_lazy("doubtful closing", "reply word for word as in another case")
    NEAR_REPLY = "near_reply", pgettext_lazy("doubtful closing", "reply nearly the words of another case's")
    LAST_HOUR = doubts.LAST_HOUR, pgettext_lazy("doubtful closing", "replied in the last hour")
    REPEATED = doubts.REPEATED, pgettext_lazy("doubtful closing", "complained of again within 30 days")
    UNSOLVED = doubts.UNSOLVED, pgettext_lazy("doubtful closing", "not solved, says the complainant")
    DENIED = "denied", pgettext_lazy("doubtful closing", "contact on record, denied by the complainant")


class Done(models.TextChoices):
    """What was done about a doubtful closing, the most serious last."""

    CALLED = "called", pgettext_lazy("doubtful closing", "follow-up call")
    REWORK = "rework", pgettext_lazy("doubtful closing", "handled again")
    CARD = "card", pgettext_lazy("doubtful closing", "card for a false report")


# What no case keeps: it is asked for, under these names.
ASKED = {Reason.NEAR_REPLY: "is_near", Reason.DENIED: "is_denied"}
# The steps of a case that follow from a doubt.
STEPS = {Done.CALLED: "record_follow_up", Done.REWORK: "order_rework"}


@dataclass(frozen=True, slots=True)
class Line:
    """A doubtful closing as the list shows it."""

    case: Case
    reasons: tuple[Reason, ...]
    done: tuple[Done, ...]


def doubtful(question: Asked, organs: Collection[int], *, at: datetime) -> QuerySet[Any]:
    """Return the cases answered in the period by these organs whose closing is doubtful; ``is_denied`` says of what."""
    wanted = {name: value for name in ("kind", "category", "channel") if (value := getattr(question, name))}
    answered = Case.objects.filter(
        handling_organ__in=organs, replied_at__gte=begins(question), replied_at__lt=cut(question, at), **wanted
    )
    if question.without:
        answered = answered.exclude(pk__in=question.without)
    # Each kind of sign is looked for where it is kept, so that nothing else answered in the period is looked at.
    signs = answered.filter(flags__overlap=DOUBTFUL).values("pk")
    denied = _denied().filter(case__replied_at__gte=begins(question)).values("case")
    signs = signs.union(denied, likeness.pairs().values("case"), all=True)
    found: QuerySet[Any] = answered.filter(pk__in=signs).annotate(
        is_denied=Exists(_denied().filter(case=OuterRef("pk"))),
        is_near=ExpressionWrapper(likeness.about(), output_field=BooleanField()),
    )
    return found.filter(Q(flags__overlap=DOUBTFUL) | Q(is_denied=True) | Q(is_near=True))


def _denied() -> QuerySet[Evaluation]:
    """Return the evaluations that deny a contact which is on record as made."""
    contact = CaseEvent.objects.filter(case=OuterRef("case"), action="record_contact", data__reached=True)
    return Evaluation.objects.filter(Exists(contact), contacted_in_time=False)


def of_reason(cases: QuerySet[Any], reason: str) -> QuerySet[Any]:
    """Keep the cases that are doubtful for one reason."""
    return cases.filter(_is(reason))


def _is(reason: str) -> Q:
    """Return the condition that a case of ``doubtful`` is so for a reason."""
    if reason in ASKED:
        return Q(**{ASKED[Reason(reason)]: True})
    return Q(flags__contains=[reason])


def with_done(cases: QuerySet[Any], *, at: datetime) -> QuerySet[Any]:
    """Add what was done about each until ``at``: ``is_called``, ``is_rework``, ``is_card``."""
    events = CaseEvent.objects.filter(case=OuterRef("pk"), at__gt=OuterRef("replied_at"), at__lt=at)
    ever = CaseEvent.objects.filter(case=OuterRef("pk"), at__lt=at)
    cards = Card.objects.standing().filter(
        rule=Rule.FALSE_MEETING,
        content_type__app_label="complaints",
        content_type__model="case",
        object_id=OuterRef("pk"),
    )
    return cases.annotate(
        is_called=Exists(events.filter(action=STEPS[Done.CALLED])),
        is_rework=Exists(ever.filter(action=STEPS[Done.REWORK])),
        is_card=Exists(cards),
    )


def lines(cases: Iterable[Any]) -> list[Line]:
    """Return cases of ``doubtful``, with what was done (``with_done``), as lines of the list."""
    return [
        Line(
            case,
            tuple(each for each in Reason if each in case.flags or (each in ASKED and getattr(case, ASKED[each]))),
            tuple(done for done in Done if getattr(case, f"is_{done.value}")),
        )
        for case in cases
    ]


def counted(cases: QuerySet[Any]) -> Mapping[Reason, int]:
    """Return how many of the cases are doubtful for each reason; one may have several. One statement."""
    figures: dict[str, Any] = {f"n_{each.value}": Count("pk", filter=_is(each.value)) for each in Reason}
    found = cases.order_by().aggregate(**figures)
    return {reason: found[f"n_{reason.value}"] for reason in Reason}
