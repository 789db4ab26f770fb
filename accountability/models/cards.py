"""Warning cards (docs/domain.md 9)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.enums import Colour
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ, Post


class Card(models.Model):
    """A yellow or red card of an organ and of who answered for it at the moment of the threshold."""

    colour = models.CharField(_("colour"), max_length=6, choices=Colour)
    deadline = models.ForeignKey(
        Deadline, on_delete=models.PROTECT, null=True, related_name="cards", verbose_name=_("promise")
    )
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="cards", verbose_name=_("organ"))
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="cards", verbose_name=_("post"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="cards", verbose_name=_("person")
    )
    passed_at = models.DateTimeField(_("moment of the threshold"))

    class Meta:
        verbose_name = pgettext_lazy("accountability", "card")
        verbose_name_plural = pgettext_lazy("accountability", "cards")

    def __str__(self) -> str:
        return f"{self.colour} #{self.pk}"
