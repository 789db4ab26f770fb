"""How the deadline engine is doing, and which levels promises passed; read here, changed by the engine alone."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from efficiency.access.admin import ScopedAdmin
from efficiency.access.may import cells_of, may
from efficiency.access.rows import about, register_rows
from efficiency.admin.subjects import promised_models
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline, Escalation, Sweep
from efficiency.outbox import registry as subjects
from efficiency.pages import engine

GROUP = gettext_lazy("Engine and messages")
# How many promises that were set aside are shown with their error.
MOST_SET_ASIDE = 50
LEVELS = {
    1: (gettext_lazy("Reminder"), "tag-warn"),
    2: (gettext_lazy("Yellow: overdue"), "tag-over"),
    3: (gettext_lazy("Red: overdue for long"), "tag-over"),
    4: (gettext_lazy("To the head of the office"), "tag-over"),
}


def escalations_of(user: Any) -> QuerySet[Escalation]:
    """Return the escalations about what a person may know of; a recused person finds none (docs/trust.md Z-07)."""
    if not cells_of(user, "escalation.see"):
        return Escalation.objects.none()
    return Escalation.objects.filter(about(user, promised_models()))


def sweeps_of(user: Any) -> QuerySet[Sweep]:
    """Return all sweeps to those who may see how the engine is doing."""
    return Sweep.objects.all() if may(user, "engine.see") else Sweep.objects.none()


@admin.register(Sweep)
class SweepAdmin(ScopedAdmin):
    """Each look of the engine at all due promises: its proof of life."""

    group, position = GROUP, 60
    see = "engine.see"
    list_display = (
        "at",
        "finished_at",
        "rehearsal",
        "looked_at",
        "reminded",
        "found_overdue",
        "levels",
        "told",
    )
    fields = (
        "at",
        "started_at",
        "finished_at",
        "rehearsal",
        "looked_at",
        "reminded",
        "found_overdue",
        "levels",
        "told",
    )
    readonly_fields = fields
    list_filter = ("rehearsal",)
    ordering = ("-at", "-id")
    sortable_by = ()
    change_list_template = "admin/efficiency/sweep/change_list.html"

    @admin.display(description=gettext_lazy("looked at"))
    def looked_at(self, sweep: Sweep) -> int:
        """Return how many promises were looked at."""
        return sweep.checked

    @admin.display(description=gettext_lazy("reminders"))
    def reminded(self, sweep: Sweep) -> int:
        """Return how many reached the reminder."""
        return sweep.warned

    @admin.display(description=gettext_lazy("newly overdue"))
    def found_overdue(self, sweep: Sweep) -> int:
        """Return how many became overdue."""
        return sweep.overdue

    @admin.display(description=gettext_lazy("levels passed"))
    def levels(self, sweep: Sweep) -> int:
        """Return how many levels were passed."""
        return sweep.escalated

    @admin.display(description=gettext_lazy("messages written"))
    def told(self, sweep: Sweep) -> int:
        """Return how many messages were written."""
        return sweep.messages

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the sweeps below what is known of the engine now, and what it had to set aside."""
        self.only_for_viewers(request)
        set_aside = Deadline.objects.filter(quarantined_at__isnull=False).order_by("-quarantined_at", "-id")
        extra = {
            "engine": engine.health(at=timezone.now()),
            "set_aside": [
                {"kind": deadline.kind, "at": deadline.quarantined_at, "tries": deadline.attempts, "id": deadline.pk}
                for deadline in set_aside[:MOST_SET_ASIDE]
            ],
            **(extra_context or {}),
        }
        return super().changelist_view(request, extra)


class LevelFilter(admin.SimpleListFilter):
    """The four levels; they are known, so no question is asked for them."""

    title = gettext_lazy("level")
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Offer the levels."""
        return [(str(level), word) for level, (word, _look) in LEVELS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep the escalations of the chosen level."""
        levels = {str(level): level for level in LEVELS}
        chosen = levels.get(self.value() or "")
        return queryset.filter(level=chosen) if chosen else queryset


class EscalationList(ChangeList):
    """A page of escalations with the number and address of what each is about: one question for each type."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then the labels of its subjects."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        about = [(_type_of(row), row.object_id) for row in self.result_list]
        labels = subjects.labels_of(about)
        for row, each in zip(self.result_list, about, strict=True):
            row.label = labels.get(each, ("", ""))


def _type_of(escalation: Escalation) -> str:
    return f"{escalation.content_type.app_label}.{escalation.content_type.model}"


@admin.register(Escalation)
class EscalationAdmin(ScopedAdmin):
    """Levels that promises passed, each exactly once, with the moment of the threshold."""

    group, position = gettext_lazy("Cases"), 15
    see = "escalation.see"
    list_display = ("passed_at", "level_word", "about", "promise", "owed_by", "acknowledged")
    header_display = ("passed_at", "level_word", "number", "promise", "organ", "acknowledged")
    list_display_links = None
    list_select_related = ("organ", "post__organ", "responsible", "content_type", "acknowledgement__by")
    list_filter = (LevelFilter, "organ")
    ordering = ("-passed_at", "-id")
    sortable_by = ("passed_at",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Use the list that reads its labels at once."""
        return EscalationList

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave out post and person for those who see headers alone."""
        return self.list_display if self.sees_whole(request) else self.header_display

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """Lead nowhere: the line of the list says all there is."""
        from django.http import Http404

        raise Http404

    @admin.display(description=gettext_lazy("level"), ordering="level")
    def level_word(self, row: Escalation) -> SafeString:
        """Return the level as a word in its look."""
        word, look = LEVELS.get(row.level, (str(row.level), "tag-mute"))
        return format_html('<span class="tag {}">{}</span>', look, word)

    @admin.display(description=gettext_lazy("about"))
    def about(self, row: Any) -> SafeString | str:
        """Return the number of the subject, as a link to its page."""
        number, path = row.label
        return format_html('<a href="{}">{}</a>', path, number) if path else number or "–"

    @admin.display(description=gettext_lazy("about"))
    def number(self, row: Any) -> str:
        """Return the number alone: headers have no page."""
        return row.label[0] or "–"

    @admin.display(description=gettext_lazy("owed by"))
    def owed_by(self, row: Escalation) -> SafeString:
        """Return organ, post and person as they were when the level was passed."""
        nearer = " · ".join(str(each) for each in (row.post.name if row.post else "", row.responsible or "") if each)
        return format_html('{} <span class="help">{}</span>', row.organ, nearer)

    @admin.display(description=gettext_lazy("promise"))
    def promise(self, row: Escalation) -> str:
        """Return what was promised."""
        try:
            return str(registry.get(row.kind).label)
        except KeyError:
            return row.kind

    @admin.display(description=gettext_lazy("acknowledged by"))
    def acknowledged(self, row: Escalation) -> str:
        """Return who of the office has seen it."""
        acknowledgement = getattr(row, "acknowledgement", None)
        return str(acknowledgement.by) if acknowledgement else _("nobody yet")


register_rows(Sweep, sweeps_of)
register_rows(Escalation, escalations_of)
