"""The app of service commitments: cases and how they are handled."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# What is recorded of cases beside the steps of the table, some of it under the name of a page or a function.
RECORDED = {
    "download": _("fetch a file"),
    "declare_recusal_in_part": pgettext_lazy("action", "declare recusal"),
    "export": _("take out cases as a file"),
    "lift_hold": _("lift a hold on erasure"),
    "own_copy": _("complainant looks at their own data"),
    "draft": pgettext_lazy("action", "save draft of the reply"),
    "filed": _("look at the receipt of a case"),
    "find": _("find cases by telephone or e-mail"),
    "find_by_contact": _("find cases by telephone or e-mail"),
    "harmful_file": _("something harmful was found in a file"),
    "identity": _("look at the complainant"),
    "open_original": _("open a sealed original"),
    "original": _("open a sealed original"),
    "place_hold": _("place a hold on erasure"),
    "return_to_office": pgettext_lazy("action", "return to the office"),
    "reveal": _("look at the complainant"),
    "see": _("look at a case"),
}


class ComplaintsConfig(AppConfig):
    """Registers what the cases promise and who may see them."""

    name = "complaints"
    verbose_name = _("complaints and requests")

    def ready(self) -> None:
        """Tell the foundation what cases promise, who stands to them, who is told of them, and what must hold."""
        from complaints import deadlines, digest, guidance, invariants, looks, messages, relations
        from complaints.actions import drafting, recusal
        from complaints.models import (
            Assistance,
            Attachment,
            Case,
            CaseIdentity,
            FormDraft,
            KnowledgeEntry,
            ReplyTemplate,
            RetentionHold,
            Reveal,
        )
        from complaints.uploads import seal
        from complaints.views import filing, tracking
        from complaints.workflow import ACTIONS
        from efficiency import appointments
        from efficiency.access import rotating
        from efficiency.access.may import register_relation
        from efficiency.access.rows import register_rows
        from efficiency.audit.labels import register_label
        from efficiency.pages.views import gives_back

        register_relation(Case, relations.seats_to)
        # Of a case one may know the header alone; whoever shows text asks ``visible_to`` itself.
        register_rows(Case, Case.objects.headers_visible_to)
        register_relation(ReplyTemplate, guidance.seats_to)
        register_relation(KnowledgeEntry, guidance.seats_to)
        register_rows(ReplyTemplate, guidance.templates_of)
        register_rows(KnowledgeEntry, guidance.entries_of)
        register_rows(Reveal, looks.looks_for)
        register_rows(RetentionHold, RetentionHold.objects.visible_to)
        register_relation(Assistance, relations.seats_to_part)
        register_rows(Assistance, Assistance.objects.headers_visible_to)
        people = ("name", "phone", "email", "representatives")
        rotating.register(CaseIdentity, *people, bound_by="case_id", row_of=messages.identity_row)
        rotating.register(FormDraft, "content", bound_by="name", row_of=drafting.row_named)
        rotating.register(Attachment, seal.KEY_FIELD, "original_name", bound_by="storage_name", row_of=seal.row_named)
        deadlines.register_kinds()
        appointments.on_end(recusal.pass_on_with)
        messages.register()
        digest.register()
        looks.register()
        invariants.register()
        for name, step in ACTIONS.items():
            register_label(f"case.{name}", step.label)
        for name, label in RECORDED.items():
            register_label(f"case.{name}", label)
        register_label("retentionhold.lift", RECORDED["lift_hold"])
        register_label("part.see", _("look at the part of an assisting organ"))
        gives_back("complaints:new", filing.give_back)
        for name in ("track", *tracking.FORMS):
            gives_back(f"complaints:{name}", tracking.give_back)
