"""Words of fault accountability that more than one of its parts uses (docs/domain.md 9 and 10)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Colour(models.TextChoices):
    """Colours of a card (docs/domain.md 9.2)."""

    YELLOW = "yellow", pgettext_lazy("colour of a card", "yellow card")
    RED = "red", pgettext_lazy("colour of a card", "red card")
