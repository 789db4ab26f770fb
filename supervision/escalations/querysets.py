"""Which escalations a member of the office may know of: those of subjects that the member may know of."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.text import capfirst

from accountability.models import Card, Correction, FaultCase, Respondent
from complaints.models import Assistance, Case, Matter
from disclosure.models import InformationRequest, OwedPublication
from efficiency.access.rows import rows_of
from efficiency.access.scope import Scope, scope_of
from efficiency.deadlines.models import Escalation
from efficiency.kept_questions import those_within
from efficiency.letters.models import OwedLetters, ResponsibilityLetter
from efficiency.organs.models import Role
from efficiency.outbox import registry as subjects
from efficiency.risks.models import RiskReview
from supervision.models import (
    Bulletin,
    GatheringDuty,
    Inspection,
    Observation,
    PilotMilestone,
    ReceptionDay,
    SampleSheet,
    Survey,
    Visit,
)
from targets.models import Plan, Report, Sheet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User


# What else promises are about and has neither case nor person: shown by number and title, with the way to its page.
OTHERS: tuple[type[Model], ...] = (
    OwedPublication,
    InformationRequest,
    Card,
    Correction,
    RiskReview,
    OwedLetters,
    Plan,
    Report,
    Sheet,
    Inspection,
    Visit,
    SampleSheet,
    Observation,
    GatheringDuty,
    Survey,
    ReceptionDay,
    PilotMilestone,
    Bulletin,
)
# What is known by the case: whose it is stands there, and so does who is recused from it.
OF_CASES: tuple[type[Model], ...] = (Case, Assistance)
# What is to be published, and what was asked for, is about nobody: no one is recused from it.
ABOUT_NOBODY = (OwedPublication, InformationRequest)
# The same, but known by header to more people than may read the whole: these alone know what broke.
READ_WHOLE: tuple[type[Model], ...] = (FaultCase, Respondent)
# All that promises are about of which the pages of the office know.
SUBJECTS: tuple[type[Model], ...] = (Case, Assistance, Matter, ResponsibilityLetter, *OTHERS, *READ_WHOLE)


@dataclass(frozen=True, slots=True)
class Other:
    """What a promise is about that is neither case, matter nor letter, as pages name it."""

    kind: str
    number: str
    title: str
    path: str


def escalations_visible_to(
    user: "User | AnonymousUser", *, among: QuerySet[Escalation] | None = None, fresh: bool = False
) -> QuerySet[Escalation]:
    """
    Keep the escalations, of all or ``among`` some, of which ``user`` may know as office or inspector: what organs in
    reach of such a seat owe.

    What the user reads from the seat of another organ is nothing of the office's, and absent here: nobody oversees what
    they owe with their own organ. A case that concerns the user is absent as it is everywhere (docs/trust.md Z-07), and
    so are the user's own cards and corrections, whatever else a post of the user's owes or the user answers for, from
    whichever account, and a responsibility letter that is the user's own or that the user did not sign in time; a
    subject that this layer does not know would be absent too, so a test asks for all that promises have. What is to be
    published is about nobody, so nobody is recused from it. ``fresh`` reads the rights again, which an action does
    inside its transaction.

    It is asked first what the rows are about: a statement that knows of all that promises can be about is planned four
    times as long as it runs.
    """
    scope = scope_of(user, fresh=fresh)
    if not scope.seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR):
        return Escalation.objects.none()
    rows = Escalation.objects.all() if among is None else among
    present = set(rows.order_by().values_list("content_type_id", flat=True).distinct())
    models = [model for model in SUBJECTS if ContentType.objects.get_for_model(model).pk in present]
    return rows.filter(about_known(user, models))


def about_known(user: "User | AnonymousUser", models: Collection[type[Model]] = SUBJECTS) -> Q:
    """
    Return the condition that a promise, or a level of one, is about something of which the office's ``user`` may know.

    For rows with ``content_type``, ``object_id``, ``organ``, ``post`` and ``responsible``; that ``user`` has a seat of
    the office was asked before.

    :param models: what the rows are about, where that is known: every further one makes the question longer
    """
    scope = scope_of(user)
    in_reach = Q(organ_id__in=scope.organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR))
    own = Q(post_id__isnull=False, post_id__in=scope.own_post_ids)
    own |= Q(responsible_id__isnull=False, responsible_id__in=scope.account_ids)
    found = Q(pk__in=[])
    for model in models:
        known = _known_to_office(model, user, scope).filter(pk=OuterRef("object_id"))
        one = Q(Exists(known), content_type=ContentType.objects.get_for_model(model))
        if model not in OF_CASES:
            one &= in_reach
        if model not in (*OF_CASES, *READ_WHOLE, *ABOUT_NOBODY):
            one &= ~own
        found |= one
    return found


def _known_to_office(model: type[Model], user: "User | AnonymousUser", scope: Scope) -> QuerySet[Any]:
    """Return the rows of one of ``SUBJECTS`` of which somebody may know from a seat of the office."""
    if model is Case:
        return Case.objects.visible_to_office(user)
    if model is Assistance:
        return Assistance.objects.filter(case__in=Case.objects.visible_to_office(user))
    if model is Matter:
        return Matter.objects.all().visible_to(user)
    if model is ResponsibilityLetter:
        return rows_of(model, user).exclude(holder_id__in=scope.account_ids)
    if model is FaultCase:
        return FaultCase.objects.visible_to(user)
    if model is Respondent:
        return Respondent.objects.filter(case__in=FaultCase.objects.visible_to(user).values("pk"))
    return rows_of(model, user).exclude(_own(model, scope))


def by_model(rows: Iterable[Any]) -> dict[type[Model], list[Any]]:
    """Return rows with a generic reference by the model of what they are about."""
    found: dict[type[Model], list[Any]] = {}
    for each in rows:
        model = ContentType.objects.get_for_id(each.content_type_id).model_class()
        if model is not None:
            found.setdefault(model, []).append(each)
    return found


def known_among(rows: Sequence[Any], user: "User | AnonymousUser") -> list[Any]:
    """
    Return those of a few promises, or levels of some, of which the office's ``user`` may know, in their order.

    The answer of ``about_known``, asked about nothing but what these are about: for few rows that costs far less.
    """
    models = [model for model in by_model(rows) if model in SUBJECTS]
    if not models:
        return []
    found = type(rows[0])._default_manager.filter(about_known(user, models), pk__in=[each.pk for each in rows])
    known = set(found.values_list("pk", flat=True))
    return [each for each in rows if each.pk in known]


def unreadable(user: "User | AnonymousUser") -> list[int]:
    """
    Return the promises that run, by key, about fault cases of which the office's ``user`` may not know.

    The rest of ``about_known``, of what is known whole alone. Who may know of a fault case is a long question, which
    Django takes longer to put together than PostgreSQL to answer: it follows from the scope, and is kept by that. It is
    asked of the cases of these few promises, once for those about the case and about its respondents.
    """
    scope = scope_of(user)
    types = [ContentType.objects.get_for_model(model).pk for model in READ_WHOLE]
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING, [*types, *types])
        running = cursor.fetchall()
    cases = sorted({case_id for _pk, _organ_id, case_id in running if case_id is not None})
    readable = those_within(user, FaultCase.objects.visible_to, cases)
    in_reach = scope.organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
    return [pk for pk, organ_id, case_id in running if organ_id not in in_reach or case_id not in readable]


# Promises about fault cases and their respondents, with whose they are and the case.
_RUNNING = """
SELECT promise.id, promise.organ_id,
       CASE WHEN promise.content_type_id = %s THEN promise.object_id ELSE respondent.case_id END
  FROM efficiency_deadline AS promise
  LEFT JOIN accountability_respondent AS respondent
    ON promise.content_type_id = %s AND respondent.id = promise.object_id
 WHERE promise.content_type_id IN (%s, %s) AND promise.state IN ('open', 'suspended')
 ORDER BY promise.id
"""


def _own(model: type[Model], scope: Scope) -> Q:
    """Return the condition of what the person got themselves, or answers for on a post that they hold or held."""
    of_post = Q(post_id__isnull=False, post_id__in=scope.own_post_ids)
    if model is Card:
        return of_post | Q(person_id__isnull=False, person_id__in=scope.account_ids)
    return of_post if model is Correction else Q(pk__in=[])


def about_cases(escalations: QuerySet[Escalation], cases: QuerySet[Case]) -> QuerySet[Escalation]:
    """Keep the escalations about ``cases`` or about parts of assisting organs in them."""
    of_case = Q(content_type=ContentType.objects.get_for_model(Case), object_id__in=cases.values("pk"))
    parts = Assistance.objects.filter(case__in=cases).values("pk")
    return escalations.filter(
        of_case | Q(content_type=ContentType.objects.get_for_model(Assistance), object_id__in=parts)
    )


def cases_of(escalations: Iterable[Escalation]) -> dict[int, Case]:
    """
    Return the case that each escalation has to do with, by the id of the escalation; two questions at most.

    What is about a matter or a letter has to do with no case (``matters_of``, ``letters_of``).
    """
    case_type, part_type = (ContentType.objects.get_for_model(model).pk for model in (Case, Assistance))
    found = [each for each in escalations if each.content_type_id in (case_type, part_type)]
    part_ids = [each.object_id for each in found if each.content_type_id == part_type]
    parts = dict(Assistance.objects.filter(pk__in=part_ids).values_list("pk", "case_id")) if part_ids else {}
    case_ids = {
        each.pk: parts[each.object_id] if each.content_type_id == part_type else each.object_id for each in found
    }
    cases = Case.objects.select_related("organ", "handling_organ", "office").in_bulk(set(case_ids.values()))
    return {pk: cases[case_id] for pk, case_id in case_ids.items()}


def matters_of(escalations: Iterable[Escalation]) -> dict[int, Matter]:
    """Return the matter that each escalation is about, by the id of the escalation; one question at most."""
    matter_type = ContentType.objects.get_for_model(Matter).pk
    about = {each.pk: each.object_id for each in escalations if each.content_type_id == matter_type}
    matters = Matter.objects.select_related("item").in_bulk(set(about.values())) if about else {}
    return {pk: matters[matter_id] for pk, matter_id in about.items()}


def letters_of(escalations: Iterable[Escalation]) -> dict[int, ResponsibilityLetter]:
    """Return the letter that each escalation is about, by the id of the escalation; one question at most."""
    letter_type = ContentType.objects.get_for_model(ResponsibilityLetter).pk
    about = {each.pk: each.object_id for each in escalations if each.content_type_id == letter_type}
    found = ResponsibilityLetter.objects.select_related("post__organ", "holder")
    letters = found.in_bulk(set(about.values())) if about else {}
    return {pk: letters[letter_id] for pk, letter_id in about.items()}


def others_of(escalations: Iterable[Escalation]) -> dict[int, Other]:
    """Return what else each escalation is about, by the id of the escalation; two questions at most for each kind."""
    given = list(escalations)
    found: dict[int, Other] = {}
    for model in (*OTHERS, *READ_WHOLE):
        type_ = ContentType.objects.get_for_model(model).pk
        about = {each.pk: each.object_id for each in given if each.content_type_id == type_}
        known = subjects.subject(model._meta.label_lower)
        if not about or known is None:
            continue
        labels, there = known.label(set(about.values())), model._default_manager.in_bulk(set(about.values()))
        kind = capfirst(str(model._meta.verbose_name))
        for pk, key in about.items():
            number, path = labels[key]
            # A respondent is known by the number of the case: names are masked for some who read it.
            title = number if model in READ_WHOLE else str(there[key])
            found[pk] = Other(kind, number, title, path)
    return found


def highest(escalations: QuerySet[Escalation]) -> QuerySet[Escalation]:
    """Keep for each promise the escalation of its highest level: one row for each broken promise."""
    higher = Escalation.objects.filter(deadline=OuterRef("deadline"), level__gt=OuterRef("level"))
    return escalations.filter(~Exists(higher), level__gte=2)
