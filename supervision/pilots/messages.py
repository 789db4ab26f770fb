"""Who is told of what in a pilot programme; a message names its subject and nothing else (docs/trust.md Z-15)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.organs.models import Organ, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from efficiency.steps.models import StepEvent
from supervision.models import Participant, PilotMilestone, Programme

DECISION, WORK, PROGRESS = MessageGroup.DECISION, MessageGroup.WORK, MessageGroup.PROGRESS
# fmt: off
KINDS = (
    ("draft", _("A pilot programme waits for the second person"),
     _("A pilot programme was drafted and waits for a second person to begin it: %(number)s."), DECISION),
    ("start", _("A pilot programme has begun"),
     _("Your organ takes part in a pilot programme that has begun: %(number)s. What is owed stands there."), WORK),
    ("end", _("A pilot programme has ended"),
     _("A pilot programme in which your organ took part has ended: %(number)s."), PROGRESS),
    ("file", _("Handed in: %(number)s"), _("A pilot organ has handed in %(number)s. Please look at it."), DECISION),
    ("receive", _("On record: %(number)s"), _("What your organ handed in is on record: %(number)s."), PROGRESS),
    ("send_back", _("Sent back: %(number)s"),
     _("What your organ handed in was sent back, with reasons: %(number)s. Please hand it in again in time."), WORK),
    ("follow", _("To be put right: %(number)s"),
     _("Something was found that your organ has to put right: %(number)s."), WORK),
    ("check", _("Your organ was checked"), _("The office recorded a check of your organ: %(number)s."), PROGRESS),
    ("assess", _("An assessment waits for the second person"),
     _("The assessment of a pilot organ waits for a second person: %(number)s."), DECISION),
    ("refuse", _("An assessment was sent back"),
     _("The assessment that you proposed was sent back: %(number)s."), WORK),
    ("propose_withdrawal", _("A withdrawal waits for the second person"),
     _("The withdrawal of a pilot organ waits for a second person: %(number)s."), DECISION),
    ("keep", _("A withdrawal was not confirmed"),
     _("The withdrawal that you proposed was not confirmed: %(number)s."), WORK),
    ("withdraw", _("Your organ takes part no longer"),
     _("Your organ was withdrawn from a pilot programme: %(number)s. Nothing more is owed."), PROGRESS),
    ("confirm", _("Your organ was assessed"), _("The office assessed your organ: %(number)s."), PROGRESS),
)
# fmt: on


def register() -> None:
    """Make texts and subjects known to the outbox; called once, when the app is ready."""
    for name, subject, body, group in KINDS:
        registry.register_kind(f"pilots.{name}", subject, body, group=group)
    for model in (Programme, Participant, PilotMilestone):
        registry.register_subject(model, _labels_of(model), _may_know(model))


def tell(kind: str, subject: models.Model, to: Iterable[int], *, cause: str, event: StepEvent) -> None:
    """Write the messages of a step, with it; nobody is told of their own act."""
    found = [pk for pk in dict.fromkeys(to) if pk != event.actor_id]
    if found:
        outbox.post(cause, kind, to=found, subject=subject, at=event.at)


def officers_of(office: Organ, on: date) -> list[int]:
    """Return who works in an office on the day."""
    return _holders(Q(post__organ=office, post__role=Role.OFFICE_OFFICER), on)


def leaders_of_organ(organ: Organ, on: date) -> list[int]:
    """Return the leaders of an organ on the day."""
    return _holders(Q(post__organ=organ, post__role=Role.ORGAN_LEADER), on)


def leaders_of(programme: Programme, on: date) -> list[int]:
    """Return the leaders of all organs that take part, on the day."""
    organs = programme.participants.values("organ_id")
    return _holders(Q(post__organ_id__in=organs, post__role=Role.ORGAN_LEADER), on)


def _holders(posts: Q, on: date) -> list[int]:
    held = Tenure.objects.running(on).filter(posts, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


def _labels_of(model: type[models.Model]) -> Callable[[Collection[int]], Mapping[int, tuple[str, str]]]:
    page = f"admin:supervision_{model._meta.model_name}_change"

    def labels(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
        rows: Any = model._default_manager.filter(pk__in=ids)
        if model is PilotMilestone:
            rows = rows.select_related("participant__organ")
        elif model is Participant:
            rows = rows.select_related("organ", "programme")
        return {row.pk: (_called(row), reverse(page, args=[row.pk])) for row in rows}

    return labels


def _called(row: Any) -> str:
    if isinstance(row, PilotMilestone):
        return pgettext("pilot task", "%(organ)s: %(title)s") % {"organ": row.participant.organ, "title": row.title}
    return str(row)


def _may_know(model: type[models.Model]) -> Callable[[Collection[int], Collection[int]], set[tuple[int, int]]]:
    def known(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
        found: set[tuple[int, int]] = set()
        for user in User.objects.filter(pk__in=user_ids, is_active=True):
            rows = rows_of(model, user).filter(pk__in=ids)
            found.update((user.pk, pk) for pk in rows.values_list("pk", flat=True))
        return found

    return known
