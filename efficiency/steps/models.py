"""What every table of steps, and of the forms by which they were taken, has in common."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from efficiency.organs.models import Organ


class StepEvent(models.Model):
    """
    One step with a subject; append-only, which the concrete class says by its triggers.

    ``of`` names the field of the subject, which every concrete class has, with ``related_name="events"``; so has it
    what was said, as ``text`` or more than one. ``number`` counts the steps of a subject: it is the subject's version
    after the step.
    """

    of: ClassVar[str]

    number = models.PositiveIntegerField()
    action = models.CharField(_("step"), max_length=24)
    # Nobody where the portal did it, or somebody who has no account.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_organ = models.ForeignKey(Organ, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"))
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{getattr(self, f'{self.of}_id')} {self.action}"


class StepToken(models.Model):
    """
    The form by which a step was taken: sent again it is found (docs/trust.md S-10).

    Every concrete class has ``event``, one to one with the step, with ``related_name="token"``.
    """

    token_hash = models.BinaryField(max_length=32, unique=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"token of {self.event_id}"  # type: ignore[attr-defined]  # of the concrete class
