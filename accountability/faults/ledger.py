"""Who may know of clauses and sanctions, and what the foundation is told of them, once Django is ready."""

from collections.abc import Iterable

from django.apps import apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from accountability.faults import clause_lists, clauses, disclosed, ledger_checks, ledger_messages
from accountability.models import Clause, Sanction
from efficiency.access.may import may, register_relation
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat
from efficiency.audit.labels import register_label

LABELS = {
    "clause.enter": _("enter a clause"),
    "clause.reword": _("word a clause anew"),
    "clause.end": _("end a clause"),
    "sanction.impose": _("let a sanction take effect"),
    "sanction.drop": _("withdraw a proposal to another body"),
    "sanction.answer": _("record what another body answered"),
    "sanction.revoke": _("revoke a sanction"),
    "sanction.enter_ruling": _("enter the ruling of another body on a sanction"),
    "sanction.confirm_ruling": _("confirm the ruling of another body on a sanction"),
    "sanction.return_ruling": _("send back the ruling of another body on a sanction"),
    "sanction.export": _("export sanctions"),
}


def seats_to(scope: Scope, sanction: Sanction) -> Iterable[Seat]:
    """Return the seats from which somebody stands to a sanction; the person whom it is against has none (Z-07)."""
    if sanction.person_id is not None and sanction.person_id in scope.account_ids:
        return []
    return [seat for seat in scope.seats if sanction.organ_id in seat.organ_ids]


def clause_seats(scope: Scope, _clause: Clause) -> Iterable[Seat]:
    """Return all seats: the catalogue is the same for all organs."""
    return scope.seats


def register() -> None:
    """Make rights, rows, words, checks, facts and the first clauses known; called once, when the app is ready."""
    # A set-up step, not a rule: the catalogue begins with the clauses that come along with the portal.
    post_migrate.connect(clauses.ensure_after_migrate, sender=apps.get_app_config("accountability"))
    register_relation(Sanction, seats_to)
    register_relation(Clause, clause_seats)
    # Of a sanction one may know the header alone; whoever shows more asks ``visible_to`` itself.
    register_rows(Sanction, Sanction.objects.headers_visible_to)
    register_rows(Clause, lambda user: Clause.objects.all() if may(user, "clause.see") else Clause.objects.none())
    for name, label in LABELS.items():
        register_label(name, label)
    clause_lists.register()
    disclosed.register()
    ledger_checks.register()
    ledger_messages.register()
