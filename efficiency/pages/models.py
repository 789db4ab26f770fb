"""Who stands behind the portal, as the footer and the fixed pages say it."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SiteIdentity(models.Model):
    """
    The facts about the site that the guide for government sites asks for (国办发〔2017〕47号): one row, number 1.

    Every field may be empty; an empty one is not shown, and nothing is invented for it.
    """

    office_name = models.CharField(_("name of the office"), max_length=80, blank=True)
    organiser = models.CharField(_("organiser 主办单位"), max_length=80, blank=True)
    operator = models.CharField(_("operator 承办单位"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=120, blank=True)
    telephone = models.CharField(
        _("complaint telephone"), max_length=40, blank=True, help_text=_("Shown in the footer and on every error page.")
    )
    office_hours = models.CharField(_("office hours"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail of the office"), blank=True)
    site_code = models.CharField(_("site code 网站标识码"), max_length=20, blank=True)
    icp_number = models.CharField(
        _("ICP number"),
        max_length=40,
        blank=True,
        help_text=_("The number of the body as the ministry's record site shows it."),
    )
    public_security_number = models.CharField(_("public-security record number"), max_length=40, blank=True)
    government_mark_url = models.URLField(_("address of the party-and-government site mark 党政机关"), blank=True)
    find_mistake_url = models.URLField(_("address of “find a mistake” 我为政府网站找错"), blank=True)
    about = models.TextField(
        _("about the office"), blank=True, help_text=_("Plain text below the general text of the page “About”.")
    )
    accessibility_checked_on = models.DateField(
        _("last accessibility check on"), null=True, blank=True, help_text=_("Shown in the accessibility statement.")
    )
    accessibility_gaps = models.TextField(
        _("known accessibility gaps"), blank=True, help_text=_("One a line; shown in the accessibility statement.")
    )
    mark = models.BinaryField(_("mark of the city"), blank=True, editable=False, default=b"")
    mark_digest = models.CharField(_("digest of the mark"), max_length=16, blank=True, editable=False)

    class Meta:
        verbose_name = _("site identity")
        verbose_name_plural = _("site identity")
        constraints = [
            models.CheckConstraint(
                name="site_identity_is_one",
                condition=Q(pk=1),
                violation_error_message=_("There is one site identity only."),
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the row under number 1."""
        self.pk = 1
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came

    def clean(self) -> None:
        """Refuse the suffix that record numbers of single sites carry: the body's number is asked for."""
        if re.search(r"-\d+$", self.icp_number):
            raise ValidationError({"icp_number": _("Please enter the number of the body, without “-1” at its end.")})

    @property
    def public_security_digits(self) -> str:
        """The digits of the public-security number, which its record site is asked by."""
        return "".join(character for character in self.public_security_number if character.isdigit())

    @property
    def accessibility_gap_list(self) -> list[str]:
        """The known gaps, one by one."""
        return [line.strip() for line in self.accessibility_gaps.splitlines() if line.strip()]
