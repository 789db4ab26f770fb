"""The only door to cases: which of them a person may know of (docs/trust.md Z-01, Z-07, Z-08)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from complaints.enums import Category, Kind, NamedPerson, RecusalGround, State, Wording
from efficiency.access.scope import Scope, scope_of
from efficiency.holds import HoldQuerySet
from efficiency.organs.models import OrganKind, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

# A case is with an organ from its assignment on; before that it lies with the office alone.
STATES_WITH_ORGAN = (
    State.ASSIGNED,
    State.HANDLING,
    State.SUSPENDED,
    State.REPLIED,
    State.REPORTED,
    State.REWORKING,
    State.CLOSED,
    State.REVIEWING,
    State.FINAL_REVIEWING,
    State.ARCHIVED,
)
# Other organs can have a part in a case from its handling on until the reply, whoever leads it meanwhile.
STATES_WITH_PARTS = (State.SUBMITTED, State.ASSIGNED, State.HANDLING, State.SUSPENDED)
# While whoever handles the case may ask the complainant something.
ASKED_IN = (State.HANDLING, State.REWORKING)
# While the level above looks at what was decided before.
UNDER_REVIEW = (State.REVIEWING, State.FINAL_REVIEWING)
# Cases at rest, with nothing left to do.
ENDED = (State.ARCHIVED, State.REJECTED, State.REDIRECTED, State.WITHDRAWN, State.MERGED)

# A letter that was not read within this time is pointed out.
WAITS_TOO_LONG = timedelta(minutes=30)

# Flags of a closing that the office looks at again (docs/domain.md 4.8).
DOUBTFUL = ["same_reply", "last_hour", "repeated", "unsolved"]
# The flag of organs that passed a case to and fro (docs/domain.md 4.6).
PASSED_TO_AND_FRO = ["ping_pong"]

# Files that the citizen sent, or that were taken in for a caller.
FROM_CITIZEN = Q(event__actor_kind="citizen") | Q(event__action="file")

# Files of a reply that the organ before had in work; another organ answers now.
SET_ASIDE = Q(reply__isnull=False, reply__state="dropped")


def of_own_organs(scope: Scope) -> frozenset[int]:
    """Return the organs in which the person themself is clerk or leader, without those below."""
    return frozenset(seat.organ_id for seat in scope.seats_as(Role.CLERK, Role.ORGAN_LEADER))


@dataclass(frozen=True, slots=True)
class Place:
    """Where cases lie: with the office in charge of them, or with the organ that handles them."""

    organ_id: int
    is_office: bool

    @property
    def condition(self) -> Q:
        """The condition that a case lies there."""
        return Q(office_id=self.organ_id) if self.is_office else Q(handling_organ_id=self.organ_id)


class CaseQuerySet(models.QuerySet["Case"]):  # type: ignore[name-defined]  # Case is in models, above us
    """Cases by who may know of them, by what is due, by what they say."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep the cases whose text ``user`` may read; a case that concerns the user is never among them."""
        scope = scope_of(user)
        return self._not_concerning(scope).filter(self._with_office(scope) | self._with_organ(scope))

    def visible_at(self, user: "User | AnonymousUser", place: Place) -> Self:
        """
        Keep the visible cases of one place: ``visible_to`` there, without asking each case what the place answers.

        Most of what a question of the queues costs is that PostgreSQL thinks it over, once for each place and state.
        """
        scope = scope_of(user)
        here = self._not_concerning(scope).filter(place.condition)
        of_office = scope.organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        if place.organ_id in of_office:
            return here
        if place.is_office or of_office:
            return here.filter(self._with_office(scope) | self._with_organ(scope))
        return here.filter(self._with_organ(scope, frozenset({place.organ_id})))

    def headers_visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep the cases that ``user`` may know by number, organ, dates, state and outcome, without text or person."""
        scope = scope_of(user)
        header = Q(pk__in=[])
        if organ_ids := scope.organ_ids_as(Role.APPRAISAL_OFFICER, Role.AUDITOR):
            header = Q(office_id__in=organ_ids) | Q(handling_organ_id__in=organ_ids)
        return self._not_concerning(scope).filter(header | self._with_office(scope) | self._with_organ(scope))

    def not_concerning(self, user: "User | AnonymousUser") -> Self:
        """Leave out the cases that concern ``user``, wherever they lie: for what hangs on a case (Z-07)."""
        return self._not_concerning(scope_of(user))

    def not_concerning_to(self, scope: Scope) -> Self:
        """Leave out the cases that concern whose ``scope`` it is, as ``not_concerning``."""
        return self._not_concerning(scope)

    def keys_concerning(self, user: "User | AnonymousUser") -> tuple[int, ...]:
        """
        Return the keys of the cases that concern ``user``, a few: those that ``not_concerning`` leaves out.

        A sum counts without them, whatever else it counts: it would tell of the case otherwise (Z-07).
        """
        scope = scope_of(user)
        if scope.user_id is None:
            return ()
        cases = self.model._default_manager.order_by()
        recusals = self.model._meta.get_field("recusals").related_model
        recused = recusals._default_manager.in_force().filter(user__in=scope.account_ids)
        # Each asked by its own index; one condition for both would look at every case.
        keys = set(cases.filter(pk__in=recused.values("case")).values_list("pk", flat=True))
        if scope.own_posts:
            keys |= set(cases.filter(about_post__in=scope.own_post_ids).values_list("pk", flat=True))
        return tuple(sorted(keys))

    def passed_on_by(self, user: "User | AnonymousUser") -> Self:
        """
        Keep the cases that an organ of ``user`` had and has no longer: header and own steps are known there (Z-12).

        A door of its own, apart from every list that shows text. None that was taken from the organ because of what it
        is about (Z-08, Z-09), and none that the user knows otherwise.
        """
        scope = scope_of(user)
        organ_ids = of_own_organs(scope)
        if not organ_ids:
            return self.none()
        holdings = self.model._meta.get_field("holdings").related_model._default_manager
        had = holdings.filter(case=OuterRef("pk"), organ_id__in=organ_ids, until__isnull=False)
        known = self.model._default_manager.visible_to(user).filter(pk=OuterRef("pk"))
        taken = Q(named_person_state=NamedPerson.UNRESOLVED) | Q(about_post__is_head=True)
        taken |= Q(about_post__organ__kind=OrganKind.EFFICIENCY_OFFICE) | Q(about_organ__isnull=False)
        return self._not_concerning(scope).filter(Exists(had), ~Exists(known)).exclude(taken)

    def visible_to_office(self, user: "User | AnonymousUser") -> Self:
        """Keep the visible cases that ``user`` knows from the office or an inspector's seat, not from an organ's."""
        scope = scope_of(user)
        return self._not_concerning(scope).filter(self._with_office(scope))

    def hidden_from(self, user: "User | AnonymousUser") -> Q | None:
        """
        Return which of the cases ``user`` does not read as they were written; None where that is none of them.

        The answer of ``complaints.wording`` for lists: the office and inspectors read every original, the organ none
        that gives the complainant away, and the section of the person complained about none at all (P-06).
        """
        scope = scope_of(user)
        seats = scope.seats_as(Role.CLERK, Role.ORGAN_LEADER)
        if not seats:
            return None
        hidden = ~Q(wording=Wording.ORIGINAL)
        for seat in seats:
            if seat.section:
                hidden |= Q(about_post__organ_id=seat.organ_id, about_post__section=seat.section)
        if not scope.seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR):
            return hidden
        organ_ids = scope.organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        by_organ = Q(handling_organ__isnull=True) | ~Q(handling_organ_id__in=organ_ids)
        return hidden & by_organ & ~Q(office_id__in=organ_ids)

    def _with_office(self, scope: Scope) -> Q:
        organ_ids = scope.organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        if not organ_ids:
            return Q(pk__in=[])
        return Q(office_id__in=organ_ids) | Q(handling_organ_id__in=organ_ids)

    def _with_organ(self, scope: Scope, of: frozenset[int] | None = None) -> Q:
        # Own handling is the office's alone: a government's own clerks reach its efficiency office by the tree, but not
        # what an office handles, be it the one in charge or, after a review was asked for, the one below it.
        organ_ids = scope.organ_ids_as(Role.CLERK, Role.ORGAN_LEADER) - scope.office_ids
        if of is not None:
            organ_ids &= of
        if not organ_ids:
            return Q(pk__in=[])
        # A named person that the office has not resolved keeps the case with the office alone (Z-08).
        return Q(handling_organ_id__in=organ_ids, state__in=STATES_WITH_ORGAN) & ~Q(
            named_person_state=NamedPerson.UNRESOLVED
        )

    def _not_concerning(self, scope: Scope) -> Self:
        """Leave out what concerns the person: a post held now or ever, or a recusal, by any account (Z-07)."""
        if scope.user_id is None:
            return self.none()
        recusals = self.model._meta.get_field("recusals").related_model
        recused = recusals._default_manager.in_force().filter(case=OuterRef("pk"), user__in=scope.account_ids)
        rows = self.exclude(Exists(recused))
        if not scope.own_posts:
            return rows
        # A post once held counts whatever the dates: the time complained of may lie before the filing.
        return rows.filter(Q(about_post__isnull=True) | ~Q(about_post__in=scope.own_post_ids))

    def open(self) -> Self:
        """Keep the cases with something left to do."""
        return self.exclude(state__in=ENDED)

    def doubtful(self) -> Self:
        """Keep the cases whose closing is worth a second look (``complaints.doubts``); an index serves it."""
        return self.filter(flags__overlap=DOUBTFUL)

    def passed_to_and_fro(self) -> Self:
        """Keep the cases that came back to an organ which had passed them on; an index serves it."""
        return self.filter(flags__overlap=PASSED_TO_AND_FRO)

    def chased(self) -> Self:
        """Keep the open cases of which somebody was reminded, and in which nothing has been done since."""
        events = self.model._meta.get_field("events").related_model
        reminded = events.objects.filter(case=OuterRef("pk"), number=OuterRef("version"), action="chase")
        return self.open().filter(Exists(reminded))

    def by_urgency(self) -> Self:
        """Order by the next due date, a column that the deadlines keep up and an index serves."""
        return self.order_by(F("next_due_at").asc(nulls_last=True), "id")

    def matching(self, words: str, reader: "User | AnonymousUser") -> Self:
        """
        Keep the cases whose title, text or named person contains each of the words (``complaints.search``).

        Where ``reader`` reads a case in other words than the citizen's, only those are searched (docs/trust.md P-06).
        """
        from complaints.search import condition

        return self.filter(condition(words, self.hidden_from(reader)))


class RecusalQuerySet(models.QuerySet["Recusal"]):  # type: ignore[name-defined]  # Recusal is in models
    """Recusals by whether they hold: every question that keeps somebody from a case asks here (docs/trust.md Z-07)."""

    def in_force(self) -> Self:
        """
        Keep those that hold as the case stands.

        Whoever decided is kept out while that decision is under review; whose name was found until it is resolved.
        """
        return self.filter(
            ~Q(ground__in=[RecusalGround.FORMER_DECISION, RecusalGround.NAMED])
            | Q(ground=RecusalGround.FORMER_DECISION, case__state__in=UNDER_REVIEW)
            | Q(ground=RecusalGround.NAMED, case__named_person_state=NamedPerson.UNRESOLVED)
        )


class AttachmentQuerySet(models.QuerySet["Attachment"]):  # type: ignore[name-defined]  # Attachment is in models
    """Files by who may fetch them (docs/trust.md U-03)."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep the files of cases that ``user`` may read; what could not be cleaned is for the office alone."""
        cases = self._cases()
        for_office = Q(case__in=cases.visible_to_office(user))
        for_organ = Q(case__in=cases.visible_to(user), office_only=False) & ~SET_ASIDE
        # Whoever does not read what the citizen wrote does not open what the citizen sent either.
        if (hidden := cases.hidden_from(user)) is not None:
            for_organ &= ~FROM_CITIZEN | ~Q(case__in=cases.filter(hidden))
        return self.kept().filter(for_office | for_organ)

    def of_citizen(self) -> Self:
        """Keep what the citizen sent, as far as it could be cleaned and is still there."""
        return self.kept().filter(FROM_CITIZEN, office_only=False)

    def sent_with(self, replies: "models.QuerySet") -> Self:
        """Keep the files that went with these replies, as far as they are still there."""
        return self.kept().filter(reply__in=replies)

    def kept(self) -> Self:
        """Keep the files that are still there: of the others, erased in their time, the row alone is (P-10)."""
        return self.filter(erased_at__isnull=True)

    def _cases(self) -> CaseQuerySet:
        cases: CaseQuerySet = self.model._meta.get_field("case").related_model._default_manager.all()
        return cases


class RetentionHoldQuerySet(HoldQuerySet):
    """Holds on erasure by day and by who may know of them (docs/trust.md P-10)."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep those on cases of the office's seats and, to the auditor, on all that the auditor knows of."""
        cases: CaseQuerySet = self.model._meta.get_field("case").related_model._default_manager.all()
        known = Q(case__in=cases.visible_to_office(user))
        if scope_of(user).organ_ids_as(Role.AUDITOR):
            known |= Q(case__in=cases.headers_visible_to(user))
        return self.filter(known)


class PublicAnswerQuerySet(models.QuerySet["PublicAnswer"]):  # type: ignore[name-defined]  # PublicAnswer is in models
    """What is published of cases (docs/trust.md P-14)."""

    def public(self) -> Self:
        """
        Keep what everybody may read, the newest first.

        What answered several complainants is held back while the level above looks at it for one of them: it may not
        be the last word (docs/domain.md 4.11). No row is written for that, as the review leaves the leading case alone.
        """
        cases: CaseQuerySet = self.model._meta.get_field("case").related_model._default_manager.all()
        looked_at = cases.filter(leading_id=OuterRef("case_id"), state__in=UNDER_REVIEW)
        return self.filter(~Exists(looked_at), state="published").order_by("-decided_at", "-id")

    def live(self) -> Self:
        """Keep what waits for approval or is public."""
        return self.filter(state__in=self.model.LIVE)


class FiledRequestQuerySet(models.QuerySet["FiledRequest"]):  # type: ignore[name-defined]  # FiledRequest is in models
    """What applications filed, by what may be said of it to whoever knows its id (docs/trust.md Z-17)."""

    def told(self) -> Self:
        """
        Keep those whose state and dates may be told: never a complaint, nor what is about a person or integrity.

        The same holds of the earlier case that one was joined to, as its state is what is told then.
        """
        return self.filter(self._tells_nothing_of_conduct("case"), self._is_joined_to_none_that_does())

    def _is_joined_to_none_that_does(self) -> Q:
        return Q(case__leading__isnull=True) | self._tells_nothing_of_conduct("case__leading")

    def _tells_nothing_of_conduct(self, case: str) -> Q:
        recusals = self.model._meta.get_field("case").related_model._meta.get_field("recusals").related_model
        concerned = recusals._default_manager.filter(case=OuterRef(f"{case}_id"), ground=RecusalGround.PERSON_CONCERNED)
        values = {
            "kind__in": [Kind.REQUEST, Kind.CONSULTATION, Kind.SUGGESTION],
            "named_person": "",
            "named_person_state__in": [NamedPerson.NONE, NamedPerson.NOBODY],
            "about_post__isnull": True,
            "about_organ__isnull": True,
        }
        about_nobody = Q(**{f"{case}__{name}": value for name, value in values.items()})
        return about_nobody & ~Q(**{f"{case}__category": Category.INTEGRITY}) & Q(~Exists(concerned))


class AssistanceQuerySet(models.QuerySet["Assistance"]):  # type: ignore[name-defined]  # Assistance is in models
    """Parts of assisting organs by who may know of them (docs/trust.md Z-12)."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """
        Keep the parts of the user's own organ and, for office and inspectors, those of the cases in their scope.

        Who leads the case reads the parts on its page; whoever the case concerns finds none of them (Z-07).
        """
        return self._of(scope_of(user), Role.OFFICE_OFFICER, Role.INSPECTOR)

    def headers_visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep, besides, the parts of which ``user`` may know that they are promised, without what they say."""
        return self._of(scope_of(user), Role.OFFICE_OFFICER, Role.INSPECTOR, Role.APPRAISAL_OFFICER, Role.AUDITOR)

    def of_own_organs(self, user: "User | AnonymousUser") -> Self:
        """Keep the visible parts that are the work of the very organs in which ``user`` is clerk or leader."""
        organ_ids = {seat.organ_id for seat in scope_of(user).seats_as(Role.CLERK, Role.ORGAN_LEADER)}
        return self.visible_to(user).filter(organ_id__in=organ_ids)

    def open(self) -> Self:
        """Keep the parts that still wait for their answer."""
        return self.filter(state__in=self.model.OPEN)

    def _of(self, scope: Scope, *roles: Role) -> Self:
        cases: CaseQuerySet = self.model._meta.get_field("case").related_model._default_manager.all()
        in_reach = scope.organ_ids_as(*roles)
        with_office = Q(case__office_id__in=in_reach) | Q(case__handling_organ_id__in=in_reach)
        own = Q(pk__in=[])
        for seat in scope.seats_as(Role.CLERK, Role.ORGAN_LEADER):
            # What is about an organ as such, its head or deputy is absent there and below it (Z-09).
            at_organ = Q(case__about_organ_id__in=seat.above_ids)
            at_organ |= Q(case__about_post__is_head=True, case__about_post__organ_id__in=seat.above_ids)
            own |= Q(organ_id__in=seat.organ_ids) & ~at_organ
        about_office = Q(case__about_post__organ__kind=OrganKind.EFFICIENCY_OFFICE)
        about_office |= Q(case__about_organ__kind=OrganKind.EFFICIENCY_OFFICE)
        own &= ~Q(case__named_person_state=NamedPerson.UNRESOLVED) & ~about_office
        return self.filter(own | with_office, case__in=cases._not_concerning(scope))


class IncomingMailQuerySet(models.QuerySet["IncomingMail"]):  # type: ignore[name-defined]  # the model is above us
    """Letters of the complaint mailbox."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """
        Keep the letters of the offices in which ``user`` is an officer; none of a case that is absent for them.

        A letter goes with its case, whichever office has that now; one that was put aside concerns the case that it
        answers. One in which the name of the viewer was found is absent for them; what could not be read may be about
        anybody: only the office can find out whom (docs/mail.md).
        """
        offices = {seat.organ_id for seat in scope_of(user).seats_as(Role.OFFICE_OFFICER)}
        cases: CaseQuerySet = self.model._meta.get_field("case").related_model._default_manager.all()
        visible = cases.headers_visible_to(user).values("pk")
        of_none = Q(possible_case__isnull=True) | Q(possible_case__in=visible)
        waits = Q(case__isnull=True, office__in=offices) & of_none
        found = self.filter(waits | Q(case__office__in=offices, case__in=visible))
        return found.exclude(named__contains=[user.pk]) if offices else found

    def late(self, at: datetime) -> Self:
        """Keep the letters that should have been read long before ``at``."""
        return self.filter(state="waiting", stored_at__lte=at - WAITS_TOO_LONG)
