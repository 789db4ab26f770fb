"""What helps whoever writes a reply: templates with variables, and what is known of a category."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.enums import Category, Kind
from efficiency.organs.models import Organ


class ReplyTemplate(models.Model):
    """Words to begin the findings of a reply with; they hold for the organ and all below it."""

    title = models.CharField(_("title"), max_length=80)
    organ = models.ForeignKey(
        Organ,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organ"),
        help_text=_("Offered in this organ and all below it."),
    )
    kind = models.CharField(
        _("kind"), max_length=14, choices=Kind, blank=True, help_text=_("Left empty: for every kind of case.")
    )
    category = models.CharField(
        _("category"), max_length=24, choices=Category, blank=True, help_text=_("Left empty: for every category.")
    )
    text = models.TextField(_("text"))
    until = models.DateField(
        _("not offered from"), null=True, blank=True, help_text=_("Left empty: offered until further notice.")
    )

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        constraints = [
            models.UniqueConstraint(
                name="reply_template_titled_once",
                fields=["organ", "title"],
                violation_error_message=_("The organ has a template of this title already."),
            ),
            models.CheckConstraint(name="reply_template_has_text", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.title


class KnowledgeEntry(models.Model):
    """A question that comes again, its answer and the rule it rests on; it holds for the organ and all below it."""

    title = models.CharField(_("question"), max_length=120)
    organ = models.ForeignKey(
        Organ,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organ"),
        help_text=_("Shown in this organ and all below it."),
    )
    category = models.CharField(
        _("category"), max_length=24, choices=Category, blank=True, help_text=_("Left empty: for every category.")
    )
    text = models.TextField(_("answer"))
    source = models.CharField(
        _("legal basis"), max_length=200, help_text=_("The rule with its article, and where it was published.")
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(
        _("no longer valid from"), null=True, blank=True, help_text=_("Left empty: valid until further notice.")
    )

    class Meta:
        verbose_name = _("knowledge entry")
        verbose_name_plural = _("knowledge entries")
        constraints = [
            models.UniqueConstraint(
                name="knowledge_asked_once",
                fields=["organ", "title", "valid_from"],
                violation_error_message=_("The organ has an entry of this question from this day on already."),
            ),
            models.CheckConstraint(
                name="knowledge_is_valid_for_some_time",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                violation_error_message=_("An entry ends after it begins."),
            ),
            models.CheckConstraint(
                name="knowledge_has_text_and_source",
                condition=~Q(text="") & ~Q(source=""),
                violation_error_message=_("An entry needs its answer and the rule it rests on."),
            ),
        ]
        indexes = [models.Index(fields=["category", "organ"], name="knowledge_of_category")]

    def __str__(self) -> str:
        return self.title
