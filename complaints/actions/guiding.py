"""Templates of replies and knowledge are written by the office for its government, by a leader for the own organ."""

from django.db import transaction
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from complaints.guidance import shown_variables, unknown_variables
from complaints.models import KnowledgeEntry, ReplyTemplate
from complaints.refusals import Invalid, NotAllowed
from efficiency import checks
from efficiency.access.may import may
from efficiency.access.models import User

LONGEST_TEMPLATE = 5000


def template_text(text: str) -> str:
    """
    Return the text of a template without white space around it.

    :raises Invalid: it is empty or too long, or names a variable that there is not
    """
    written = checks.text("text", text, _("Please write the text of the template."), at_most=LONGEST_TEMPLATE)
    if unknown := unknown_variables(written):
        between = pgettext("between items of a list", ", ")
        raise Invalid(
            "text",
            _("There is no variable %(unknown)s. You can use %(known)s.")
            % {
                "unknown": between.join(f"{{{name}}}" for name in unknown),
                "known": between.join(shown_variables()),
            },
        )
    return written


@transaction.atomic
def save_template(template: ReplyTemplate, /, *, by: User) -> ReplyTemplate:
    """
    Keep a template, new or changed.

    :raises NotAllowed: ``by`` writes none for this organ
    :raises Invalid: as ``template_text``
    """
    _only_if_theirs(template, "template.edit", by, _("Templates for this organ are not yours to write."))
    template.text = template_text(template.text)
    template.save()
    return template


@transaction.atomic
def save_entry(entry: KnowledgeEntry, /, *, by: User) -> KnowledgeEntry:
    """
    Keep a knowledge entry, new or changed.

    :raises NotAllowed: ``by`` writes none for this organ
    :raises Invalid: answer or legal basis is missing or too long
    """
    _only_if_theirs(entry, "knowledge.edit", by, _("Entries for this organ are not yours to write."))
    entry.text = checks.text("text", entry.text, _("Please write the answer."))
    entry.source = checks.text("source", entry.source, _("Please name the rule that it rests on."), at_most=200)
    entry.save()
    return entry


def _only_if_theirs(row: ReplyTemplate | KnowledgeEntry, right: str, by: User, words: Lazy) -> None:
    """Let pass who may write for the organ of the row, and for that which it had before."""
    before = type(row)._default_manager.select_for_update().filter(pk=row.pk).first() if row.pk else None
    for each in (row, before):
        if each is not None and not may(by, right, each, fresh=True):
            raise NotAllowed(words)
