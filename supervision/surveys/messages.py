"""Who is told of a step with a survey; a message names it by its number and nothing else (docs/trust.md Z-15)."""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from efficiency.access.models import User
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from supervision.models import Survey, SurveyEvent


class Told(Enum):
    """Who may be told of a step."""

    OFFICERS = "officers"
    DRAFTER = "drafter"
    COUNTER = "counter"


# fmt: off
KINDS = (
    ("draft", _("%(number)s was drafted"),
     _("A survey was drafted: %(number)s. It opens once a second person of the office has looked at it."),
     MessageGroup.DECISION),
    ("open", _("%(number)s was opened"),
     _("Your survey was opened: %(number)s. What it asks does not change any more."), MessageGroup.PROGRESS),
    ("end", _("%(number)s has ended"),
     _("A survey has ended: %(number)s. Its results are to be counted and published in time."), MessageGroup.WORK),
    ("count", _("%(number)s was counted"),
     _("The results of a survey were put up: %(number)s. They wait for the approval of a second person."),
     MessageGroup.DECISION),
    ("send_back", _("The results of %(number)s were sent back"),
     _("The results that you put up were sent back: %(number)s. The reason stands on its page."),
     MessageGroup.DECISION),
    ("publish", _("The results of %(number)s are published"),
     _("The results of a survey are published: %(number)s."), MessageGroup.PROGRESS),
)
# fmt: on


def register() -> None:
    """Make texts and subject known to the outbox; called once, when the app is ready."""
    for action, subject, body, group in KINDS:
        registry.register_kind(f"surveys.{action}", subject, body, group=group)
    registry.register_subject(Survey, labels_of, may_know)


def tell(event: SurveyEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    found = dict.fromkeys(pk for audience in told for pk in _people(event, audience))
    to = [pk for pk in found if pk != event.actor_id]
    if to:
        cause = f"survey-event:{event.pk}"
        outbox.post(cause, f"surveys.{event.action}", to=to, subject=event.survey, at=event.at)


def _people(event: SurveyEvent, audience: Told) -> list[int]:
    survey = event.survey
    if audience is Told.DRAFTER:
        return [survey.drafted_by_id]
    if audience is Told.COUNTER:
        last = survey.events.filter(action="count").order_by("-number").first()
        return [last.actor_id] if last and last.actor_id else []
    held = Tenure.objects.running(timezone.localdate(event.at)).filter(
        post__organ_id=survey.office_id, post__role=Role.OFFICE_OFFICER, user__is_active=True
    )
    return sorted(set(held.values_list("user_id", flat=True)))


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return how each survey is called in a message, and its page for staff."""
    words = pgettext("opinion survey", "survey no. %(key)d")
    return {pk: (words % {"key": pk}, reverse("admin:supervision_survey_change", args=[pk])) for pk in ids}


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, survey) in which the person may know of it at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        visible = Survey.objects.filter(pk__in=ids).headers_visible_to(user)
        known.update((user.pk, pk) for pk in visible.values_list("pk", flat=True))
    return known
