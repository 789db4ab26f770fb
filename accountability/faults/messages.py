"""Who is told of a step with a fault case; a message names it by its number and nothing else (docs/trust.md Z-15)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from enum import Enum

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Model, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.faults import access
from accountability.faults.enums import AccessKind, RespondentKind
from accountability.models import Clue, FaultCase, FaultEvent, Respondent
from efficiency.access.models import User
from efficiency.organs.models import Rank, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup

CONCERNED, SERVED, MANY = "faults.concerned", "faults.served", "faults.received"
MANY_LOOKS, LOOKS_OF_DAY = "faults.many_looks", "faults.looks_of_day"


class Told(Enum):
    """Who may be told of a step."""

    OFFICERS = "officers"  # everybody of the office in charge, before the opening
    HEADS = "heads"  # those who confirm
    RULERS = "rulers"  # the officers of the office above, where it rules on an appeal
    INQUIRERS = "inquirers"  # investigators and whoever is on the list
    RESPONDENTS = "respondents"  # whom the case is about, on their own page


# fmt: off
KINDS = (
    ("faults.receive", _("New clue %(number)s"),
     _("Clue %(number)s has come in. Please decide within five working days whether a fault case is opened."),
     MessageGroup.WORK),
    ("faults.go_on", _("Clue %(number)s goes on"),
     _("The appeal against the card of clue %(number)s was not granted. The time for the decision begins anew."),
     MessageGroup.WORK),
    ("faults.fall_away", _("Clue %(number)s fell away"),
     _("The card of clue %(number)s was revoked. Nothing is left to do."), MessageGroup.PROGRESS),
    ("faults.note_card", _("The card of fault case %(number)s was revoked"),
     _("A card on which fault case %(number)s rests was revoked. Please look whether the case still stands."),
     MessageGroup.WORK),
    ("faults.source_fell", _("What fault case %(number)s came from does not hold"),
     _("A finding from which fault case %(number)s came fell in a review. Please look whether the case still stands."),
     MessageGroup.WORK),
    ("faults.note_ruling", _("Another body ruled on its sanction in fault case %(number)s"),
     _("The body that imposed a sanction in fault case %(number)s has ruled on it again. The ledger says what holds."),
     MessageGroup.PROGRESS),
    ("faults.propose_opening", _("Opening %(number)s waits for a second person"),
     _("It is proposed to open fault case %(number)s. A second person has to confirm it."), MessageGroup.DECISION),
    ("faults.propose_declining", _("Declining %(number)s waits for a second person"),
     _("It is proposed to decline clue %(number)s. A second person has to confirm it."), MessageGroup.DECISION),
    ("faults.confirm_opening", _("Fault case %(number)s is opened"),
     _("Fault case %(number)s is opened. Please appoint at least two investigators."), MessageGroup.WORK),
    ("faults.confirm_declining", _("Clue %(number)s was declined"),
     _("Clue %(number)s was declined; a second person has confirmed it."), MessageGroup.PROGRESS),
    ("faults.return_proposal", _("A proposal in %(number)s was sent back"),
     _("A proposal in fault case %(number)s was sent back with a remark."), MessageGroup.WORK),
    ("faults.appoint", _("You may inquire in fault case %(number)s"),
     _("Investigators were appointed in fault case %(number)s. If it concerns you, please say so at once."),
     MessageGroup.WORK),
    ("faults.declare_recusal", _("Somebody declared a recusal in fault case %(number)s"),
     _("Somebody who took part in fault case %(number)s declared a recusal and reads it no more. Please look who goes "
       "on with it."), MessageGroup.WORK),
    ("faults.ask_extension", _("More time is asked for in fault case %(number)s"),
     _("More time is asked for in fault case %(number)s, and waits for your decision."), MessageGroup.DECISION),
    ("faults.extend", _("More time in fault case %(number)s"),
     _("More time was given in fault case %(number)s, once."), MessageGroup.PROGRESS),
    ("faults.lapse_extension", _("No more time in fault case %(number)s"),
     _("The time asked for in fault case %(number)s was not decided on before the old date, which stays."),
     MessageGroup.PROGRESS),
    ("faults.ask_suspension", _("Suspending fault case %(number)s waits for a second person"),
     _("It is proposed to suspend fault case %(number)s, and waits for your decision."), MessageGroup.DECISION),
    ("faults.suspend", _("Fault case %(number)s is suspended"),
     _("The clock of fault case %(number)s stands still."), MessageGroup.PROGRESS),
    ("faults.look_again", _("Fault case %(number)s still has to wait"),
     _("It was looked at whether fault case %(number)s still has to wait: it has."), MessageGroup.PROGRESS),
    ("faults.ask_resumption", _("Going on with fault case %(number)s waits for a second person"),
     _("It is proposed to go on with the suspended fault case %(number)s, and waits for your decision."),
     MessageGroup.DECISION),
    ("faults.resume", _("Fault case %(number)s goes on"),
     _("The clock of fault case %(number)s runs again."), MessageGroup.WORK),
    ("faults.state", _("A statement came in fault case %(number)s"),
     _("A respondent has made a statement in fault case %(number)s, or waived it."), MessageGroup.WORK),
    ("faults.lapse_defence", _("The time for statements in fault case %(number)s is over"),
     _("Nobody has time for a statement in fault case %(number)s any more. Please propose a decision."),
     MessageGroup.WORK),
    ("faults.propose_decision", _("A decision in fault case %(number)s waits for a second person"),
     _("A decision in fault case %(number)s is proposed and waits for your confirmation."), MessageGroup.DECISION),
    ("faults.confirm_decision", _("Fault case %(number)s is decided"),
     _("Fault case %(number)s is decided. Please serve the decision within five working days."), MessageGroup.WORK),
    ("faults.serve", _("Fault case %(number)s: a decision was served"),
     _("A decision in fault case %(number)s was served. Its execution is to be reported within fifteen working days."),
     MessageGroup.WORK),
    ("faults.report_execution", _("Execution reported in fault case %(number)s"),
     _("The execution of a decision was reported in fault case %(number)s."), MessageGroup.PROGRESS),
    ("faults.appeal", _("An appeal in fault case %(number)s"),
     _("A respondent appeals in fault case %(number)s. It is ruled on by somebody who did not decide."),
     MessageGroup.DECISION),
    ("faults.propose_ruling", _("A ruling in fault case %(number)s waits for a second person"),
     _("A ruling on an appeal in fault case %(number)s is proposed and waits for your confirmation."),
     MessageGroup.DECISION),
    ("faults.confirm_ruling", _("An appeal in fault case %(number)s was ruled on"),
     _("An appeal in fault case %(number)s was ruled on."), MessageGroup.PROGRESS),
    ("faults.ask_ruling_time", _("More time for a ruling is asked for in fault case %(number)s"),
     _("More time for the ruling in fault case %(number)s is asked for. A second person has to confirm it."),
     MessageGroup.DECISION),
    ("faults.extend_ruling", _("More time for a ruling in fault case %(number)s"),
     _("More time was given for the ruling in fault case %(number)s, once."), MessageGroup.PROGRESS),
    ("faults.close", _("Fault case %(number)s is closed"),
     _("Fault case %(number)s is closed."), MessageGroup.PROGRESS),
    (CONCERNED, _("A notice for you in %(number)s"),
     _("There is a notice for you under number %(number)s. Please read it on your own page; it says by when you can "
       "answer."), MessageGroup.DECISION),
    (SERVED, _("A fault notice for you"),
     _("A fault notice was issued to you under number %(number)s. Please read it on your own page."),
     MessageGroup.DECISION),
)
# fmt: on
# What is entered from paper is told as if it had been made on the page.
SAME_AS = {"enter_appeal": "faults.appeal"}
NAMES = frozenset(name for name, *_texts in KINDS)


def register() -> None:
    """Make texts and subjects known to the outbox; called once, when the app is ready."""
    for name, subject, body, group in KINDS:
        registry.register_kind(name, subject, body, group=group)
    registry.register_kind(
        MANY,
        _("New clues: %(count)s"),
        _("%(count)s red cards have made clues. Please decide on each within five working days."),
        group=MessageGroup.WORK,
        path=lambda: reverse("admin:accountability_faultcase_changelist"),
    )
    registry.register_kind(
        MANY_LOOKS,
        _("Many names in fault cases were looked at"),
        _("One member of staff has looked at the names in fault cases more than %(count)s times on %(day_on)s."),
        group=MessageGroup.ESCALATION,
        path=lambda: reverse("admin:accountability_faultlook_changelist"),
    )
    registry.register_kind(
        LOOKS_OF_DAY,
        _("Looks at names in fault cases on %(day_on)s: %(count)s"),
        _("Members of staff who looked at names in fault cases: %(people)s. Who looked, and why, stands in the list."),
        group=MessageGroup.WORK,
        label=_("Looks at names in fault cases of a day"),
        path=lambda: reverse("admin:accountability_faultlook_changelist"),
    )
    registry.register_subject(FaultCase, labels_of, may_know)
    registry.register_subject(Respondent, labels_of_respondents, may_know_respondents)


def tell(event: FaultEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    case, cause = event.case, f"fault-event:{event.pk}"
    to: list[int] = []
    for audience in told:
        if audience is not Told.RESPONDENTS:
            to += people_of(case, audience, timezone.localdate(event.at))
    kind = SAME_AS.get(event.action, f"faults.{event.action}")
    to = [user_id for user_id in dict.fromkeys(to) if user_id != event.actor_id]
    if to and kind in NAMES:
        outbox.post(cause, kind, to=to, subject=case, at=event.at)


def tell_of_clues(cases: Collection[FaultCase], /, *, at: datetime) -> None:
    """Tell the officers of each office once that so many clues came in: one write for each office."""
    on = timezone.localdate(at)
    by_office: dict[int, list[FaultCase]] = {}
    for case in cases:
        by_office.setdefault(case.office_id, []).append(case)
    for found in by_office.values():
        if to := people_of(found[0], Told.OFFICERS, on):
            outbox.post(f"fault-clues:{found[0].pk}", MANY, to=to, values={"count": len(found)}, at=at)


def tell_of_fallen(source: Model, /, *, at: datetime) -> None:
    """Tell the officers of each case that came from ``source``, and runs, that a review let this fall."""
    type_ = ContentType.objects.get_for_model(source)
    for clue in Clue.objects.filter(content_type=type_, object_id=source.pk, case__ended_at=None).select_related(
        "case"
    ):
        if to := people_of(clue.case, Told.OFFICERS, timezone.localdate(at)):
            outbox.post(f"clue-fell:{clue.pk}", "faults.source_fell", to=to, subject=clue.case, at=at)


def tell_respondent(respondent: Respondent, cause: str, /, *, at: datetime, kind: str = CONCERNED) -> None:
    """Tell whoever answers, or leads the organ that does, that there is something to read on their own page."""
    on = timezone.localdate(at)
    to = [respondent.person_id] if respondent.person_id else []
    if respondent.kind == RespondentKind.ORGAN:
        to = _holders([respondent.organ_id], [Role.ORGAN_LEADER], on)
    if to:
        outbox.post(cause, kind, to=to, subject=respondent, at=at)


def tell_organ(respondent: Respondent, cause: str, /, *, at: datetime) -> None:
    """Tell the leaders of the organ of a respondent, who may report on them, that the execution is theirs to report."""
    holders = _holders([respondent.organ_id], [Role.ORGAN_LEADER], timezone.localdate(at))
    rows = Respondent.objects.filter(pk=respondent.pk)
    to = [user.pk for user in User.objects.filter(pk__in=holders).order_by("pk") if rows.owed_by(user).exists()]
    if to:
        outbox.post(cause, "faults.serve", to=to, subject=respondent, at=at)


def tell_of_many_looks(by: User, count: int, /, *, at: datetime) -> None:
    """Tell the auditors, once a day, that somebody looked at names more than ``count`` times."""
    day = timezone.localdate(at)
    auditors = Tenure.objects.running(day).filter(post__role=Role.AUDITOR, user__is_active=True)
    outbox.post(
        f"fault-looks:{by.pk}:{day.isoformat()}",
        MANY_LOOKS,
        to=list(auditors.order_by("user_id").values_list("user_id", flat=True).distinct()),
        values={"count": count, "day_on": day.isoformat()},
        at=at,
    )


def people_of(case: FaultCase, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns; whether they may know of the case is asked again when a message goes out."""
    if audience is Told.OFFICERS:
        return _holders([case.office_id], [Role.OFFICE_OFFICER], on)
    if audience is Told.HEADS:
        return _holders([case.office_id], [Role.OFFICE_OFFICER], on, rank=Rank.APPROVER)
    if audience is Told.RULERS:
        return _holders(sorted(access.offices_ruling_above(case)), [Role.OFFICE_OFFICER], on)
    inquiring = case.investigators.filter(ended_at__isnull=True).values_list("person_id", flat=True)
    named = case.access.filter(kind=AccessKind.NAMED, ended_at__isnull=True).values_list("user_id", flat=True)
    return [*inquiring.order_by("pk"), *named.order_by("pk")]


def _holders(organ_ids: list[int], roles: list[Role], on: date, *, rank: str = "") -> list[int]:
    posts = {"post__rank": rank} if rank else {}
    tenures = Tenure.objects.running(on).filter(
        user_id=OuterRef("pk"), post__organ_id__in=organ_ids, post__role__in=roles, **posts
    )
    people = User.objects.filter(Exists(tenures), is_active=True)
    return list(people.order_by("pk").values_list("pk", flat=True))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each case."""
    return {
        pk: (number, reverse("admin:accountability_faultcase_change", args=[pk]))
        for pk, number in FaultCase.objects.filter(pk__in=ids).values_list("pk", "number")
    }


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, case) in which the person may know of the case at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        visible = FaultCase.objects.filter(pk__in=ids).headers_visible_to(user)
        known.update((user.pk, pk) for pk in visible.values_list("pk", flat=True))
    return known


def labels_of_respondents(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page: the concerned person's own, from which whoever reads the case is led on to it."""
    rows = Respondent.objects.filter(pk__in=ids).values_list("pk", "case__number")
    return {pk: (number, reverse("admin:fault_own", args=[pk])) for pk, number in rows}


def may_know_respondents(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """
    Return the pairs (user, respondent): themselves once they were told, or of a case that the person may know.

    Whoever leads an organ that has to report an execution knows of that one.
    """
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        rows = Respondent.objects.filter(pk__in=ids)
        cases = FaultCase.objects.headers_visible_to(user).values("pk")
        own = rows.speaking(user).told()
        known.update((user.pk, pk) for pk in rows.filter(case__in=cases).values_list("pk", flat=True))
        known.update((user.pk, pk) for pk in own.values_list("pk", flat=True))
        known.update((user.pk, pk) for pk in rows.owed_by(user).values_list("pk", flat=True))
    return known
