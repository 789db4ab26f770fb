"""How somebody who lost the code of a case or a request was made sure of (docs/trust.md S-11)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PersonCheck(models.TextChoices):
    """How the office made sure that whoever lost a code is the one who filed."""

    DOCUMENT = "document", _("came in person and showed an identity document")
    CALL_BACK = "call_back", _("was called back on the telephone number given there and answered questions about it")
