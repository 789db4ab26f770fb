"""The foundation as a Django app."""

from functools import partial

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

# Loaded with Django: a task that is called finds the application whose broker it is for.
from efficiency import celery as celery


class EfficiencyConfig(AppConfig):
    """Organs and posts, time, deadlines, messages, access."""

    name = "efficiency"
    verbose_name = _("foundation")

    def ready(self) -> None:
        """Let the parts know of each other: what follows from what, who may what, what is said about it."""
        from efficiency import (
            absences,
            accounts,
            appointments,
            counterparts,
            handing_over,
            organ_facts,
            organ_lists,
            succession,
        )
        from efficiency.access import foundation, grants, mobile, persons, rotating
        from efficiency.access.may import may
        from efficiency.access.models import User
        from efficiency.audit import histories, logs, signals
        from efficiency.audit import invariants as audit_invariants
        from efficiency.audit.records import record
        from efficiency.chain import checking
        from efficiency.chain import foundation as chain_foundation
        from efficiency.chain import telling as chain_telling
        from efficiency.deadlines import calendar_change
        from efficiency.deadlines import ending as deadline_ending
        from efficiency.deadlines import invariants as deadline_invariants
        from efficiency.deadlines import messages as deadline_messages
        from efficiency.files import drafts
        from efficiency.keys import actions as keys
        from efficiency.keys import rows as key_rows
        from efficiency.letters import actions as letters
        from efficiency.letters import invariants as letter_invariants
        from efficiency.letters import rights as letter_rights
        from efficiency.letters.models import OwedLetters, ResponsibilityLetter
        from efficiency.organs import ending
        from efficiency.outbox import invariants as outbox_invariants
        from efficiency.pages import found
        from efficiency.risks import actions as risks
        from efficiency.risks import rights as risk_rights
        from efficiency.risks.models import RiskReview
        from efficiency.runtime import start_check
        from efficiency.timing import registry as calendar_registry
        from efficiency.timing import store as calendar_store

        # A set-up step, not a rule: without a calendar nothing can be promised, in a new database as in a test's.
        post_migrate.connect(calendar_store.seed_after_migrate, sender=self)
        calendar_registry.ask_permission_of(partial(may, fresh=True))
        calendar_registry.compare_persons_by(persons.is_same_person)
        calendar_registry.on_step(record)
        # After the tables have changed, the role that the portal runs as is given its rights on them.
        post_migrate.connect(grants.grant_after_migrate, sender=self)
        rotating.register(User, "mobile", bound_by="id", row_of=mobile.row_of)
        logs.configure()
        signals.watch()
        start_check.register()
        ending.register()
        deadline_ending.register()
        calendar_change.register()
        deadline_messages.register()
        audit_invariants.register()
        histories.register()
        outbox_invariants.register()
        deadline_invariants.register()
        chain_foundation.register_foundation()
        checking.register()
        chain_telling.register()
        foundation.register()
        accounts.register_messages()
        appointments.register_messages()
        appointments.on_end(absences.end_with)
        appointments.on_end(letters.end_with)
        appointments.on_end(handing_over.pass_on_with)
        handing_over.register_messages()
        handing_over.register(ResponsibilityLetter, why=handing_over.FOLLOWS)
        handing_over.register(RiskReview, why=handing_over.OF_ORGAN)
        handing_over.register(OwedLetters, why=handing_over.OF_ORGAN)
        for model in (ResponsibilityLetter, RiskReview, OwedLetters):
            succession.register_staying(model._meta.label_lower, succession.WITH_POST)
        organ_lists.register()
        organ_facts.register()
        found.register()
        drafts.register()
        letters.register()
        letter_rights.register()
        letter_invariants.register()
        risks.register()
        risk_rights.register()
        absences.register_messages()
        counterparts.register_messages()
        succession.register_messages()
        key_rows.register()
        keys.register_messages()
