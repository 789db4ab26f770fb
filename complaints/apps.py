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

# What is recorded of service items and their versions.
RECORDED_OF_ITEMS = {
    "itemversion.publish": _("publish a promise"),
    "itemversion.discard": _("throw a draft of a promise away"),
    "serviceitem.withdraw": _("take a service item off the list"),
    "serviceitem.import": _("take in service items from a workbook"),
    "serviceitem.export": _("take out service items as a file"),
}


class ComplaintsConfig(AppConfig):
    """Registers what the cases promise and who may see them."""

    name = "complaints"
    verbose_name = _("complaints and requests")

    def ready(self) -> None:
        """Tell the foundation what cases promise, who stands to them, who is told of them, and what must hold."""
        from complaints import (
            deadlines,
            digest,
            disclosed,
            ending,
            found,
            guidance,
            invariants,
            looks,
            messages,
            relations,
            sealed,
        )
        from complaints.actions import drafting, erasing, mailing, recusal, succeeding
        from complaints.commitments import access as items
        from complaints.commitments import disclosed as disclosed_items
        from complaints.commitments import invariants as of_promises
        from complaints.commitments import open_data
        from complaints.commitments import organ_page as promises_of_organs
        from complaints.mailbox import figures
        from complaints.matters import invariants as matter_invariants
        from complaints.matters import promises as matter_promises
        from complaints.matters import relations as matter_relations
        from complaints.matters import succeeding as matter_succeeding
        from complaints.models import (
            Assistance,
            Attachment,
            Case,
            CaseIdentity,
            FormDraft,
            IncomingMail,
            KnowledgeEntry,
            MailLook,
            Matter,
            ReplyTemplate,
            RetentionHold,
            Reveal,
        )
        from complaints.uploads import attaching
        from complaints.uploads import checking as scanned_files
        from complaints.views import filing, tracking
        from complaints.workflow import ACTIONS
        from efficiency import erasure_ledger, handing_over
        from efficiency.access import rotating
        from efficiency.access.may import register_relation
        from efficiency.access.rows import register_rows
        from efficiency.audit.labels import register_label
        from efficiency.files import checking, seal
        from efficiency.pages import menu
        from efficiency.pages.health import register_figures
        from efficiency.pages.views import gives_back

        register_relation(Case, relations.seats_to)
        # Of a case one may know the header alone; whoever shows text asks ``visible_to`` itself.
        register_rows(Case, Case.objects.headers_visible_to)
        register_relation(ReplyTemplate, guidance.seats_to)
        register_relation(KnowledgeEntry, guidance.seats_to)
        register_rows(ReplyTemplate, guidance.templates_of)
        register_rows(KnowledgeEntry, guidance.entries_of)
        register_rows(Reveal, looks.looks_for)
        register_rows(MailLook, looks.letter_looks_for)
        register_rows(IncomingMail, IncomingMail.objects.visible_to)
        register_rows(RetentionHold, RetentionHold.objects.visible_to)
        register_relation(Assistance, relations.seats_to_part)
        register_rows(Assistance, Assistance.objects.headers_visible_to)
        items.register()
        disclosed.register()
        disclosed_items.register()
        open_data.register()
        people = ("name", "phone", "email", "representatives")
        rotating.register(CaseIdentity, *people, bound_by="case_id", row_of=messages.identity_row)
        rotating.register(FormDraft, "content", bound_by="name", row_of=drafting.row_named)
        rotating.register(Attachment, seal.KEY_FIELD, "original_name", bound_by="storage_name", row_of=seal.row_named)
        menu.register(menu.PUBLIC, "promises", pgettext_lazy("menu", "Promises"), to="complaints:commitments", order=40)
        rotating.register(
            IncomingMail, seal.KEY_FIELD, mailing.ENVELOPE, bound_by="seal_name", row_of=mailing.sealed_as
        )
        register_figures(figures.figures)
        erasure_ledger.register("", replay=erasing.replay_erasures, complete=erasing.list_erasures)
        deadlines.register_kinds()
        matter_promises.register()
        matter_relations.register()
        matter_invariants.register()
        matter_succeeding.register()
        handing_over.register(Case, pass_on=recusal.pass_on_with)
        handing_over.register(Assistance, why=handing_over.OF_ORGAN)
        handing_over.register(Matter, why=handing_over.OF_ORGAN)
        messages.register()
        digest.register()
        looks.register()
        found.register()
        ending.register()
        succeeding.register()
        invariants.register()
        sealed.register()
        scanned_files.register()
        register_figures(checking.figures)
        attaching.register()
        of_promises.register()
        promises_of_organs.register()
        for name, step in ACTIONS.items():
            register_label(f"case.{name}", step.label)
        for name, label in RECORDED.items():
            register_label(f"case.{name}", label)
        register_label("matter.upload", _("hand in a file of reports of matters"))
        register_label("retentionhold.lift", RECORDED["lift_hold"])
        for name, label in RECORDED_OF_ITEMS.items():
            register_label(name, label)
        register_label("incomingmail.open", _("look at a letter of the mailbox"))
        register_label("incomingmail.try_again", _("read a letter of the mailbox again"))
        register_label("incomingmail.settle", _("settle a letter of the mailbox"))
        register_label("part.see", _("look at the part of an assisting organ"))
        gives_back("complaints:new", filing.give_back)
        for name in ("track", *tracking.FORMS):
            gives_back(f"complaints:{name}", tracking.give_back)
