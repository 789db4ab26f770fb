"""
Who is competent for a case, and who is told: holders of posts by organ and role, without those it concerns.

"Competent" is decided by ``may`` when somebody acts; these are the questions the other way round, from case to people.
"""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from complaints import holds
from complaints.models import Case, Recusal, Reply
from efficiency.access import persons
from efficiency.access.may import ACTING, Cell, cells_of, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import Organ, OrganKind, Rank, Role, Tenure, TenureKind

# The steps in which somebody writes the words of a reply.
WRITING_STEPS = ("save_draft", "add_reply_files", "remove_reply_file", "propose_reply")
# Who belongs to a section of an organ, as what is complained of may be theirs.
OF_SECTION = (Role.CLERK, Role.ORGAN_LEADER)


def works_in_section(case: Case, scope: Scope) -> bool:
    """
    Say whether somebody works in the section of the post that the case is about.

    They learn what the office wrote for them, handle nothing and are told of nobody (docs/domain.md 4.3).
    """
    own = {(seat.organ_id, seat.section) for seat in scope.seats_as(*OF_SECTION) if seat.section}
    return bool(own) and case.about_post is not None and (case.about_post.organ_id, case.about_post.section) in own


def seats_that_may_look(case: Case, user: User) -> list[Seat]:
    """
    Return the seats from which ``user`` may learn who complained: of the office, and by consent of the handling organ.

    The section complained about never may (docs/domain.md 4.3).
    """
    consents = case.consent and not works_in_section(case, scope_of(user))
    return [
        seat
        for seat, cell in seats_for(user, "case.reveal", case)
        if cell is Cell.REASON or (cell is Cell.CONSENT and consents)
    ]


def without_concerned(case: Case, users: "QuerySet[User]") -> "QuerySet[User]":
    """Leave out whom the case concerns: holders, present or past, of its post, and the recused (docs/trust.md Z-07)."""
    users = users.exclude(Exists(Recusal.objects.in_force().filter(case_id=case.pk, user_id=OuterRef("pk"))))
    if case.about_post_id is not None:
        users = users.exclude(Exists(Tenure.objects.filter(post_id=case.about_post_id, user_id=OuterRef("pk"))))
    return users


def holders(organ_id: int, roles: Iterable[Role], on: date, *, rank: Rank | None = None) -> "QuerySet[User]":
    """Return the active persons with a post of one of ``roles`` (and of ``rank``) in the organ on ``on``."""
    tenures = Tenure.objects.running(on).filter(
        user_id=OuterRef("pk"), post__organ_id=organ_id, post__role__in=list(roles)
    )
    if rank is not None:
        tenures = tenures.filter(post__rank=rank)
    return User.objects.filter(Exists(tenures), is_active=True)


def officers(case: Case, on: date, *, rank: Rank | None = None) -> list[int]:
    """Return the ids of the officers of the office in charge, in order."""
    return _ids(without_concerned(case, holders(case.office_id, [Role.OFFICE_OFFICER], on, rank=rank)))


def staff_of_holder(case: Case, on: date, *roles: Role) -> list[int]:
    """
    Return the ids of clerks and leaders (or of ``roles``) of the organ that holds the case.

    An organ without any of them is answered for by the nearest organ above it that has some. In own handling these are
    the officers.
    """
    if case.is_own_handling or case.handling_organ is None:
        return officers(case, on)
    if case.handling_organ.kind == OrganKind.EFFICIENCY_OFFICE:  # that below the one which reviews
        return _ids(without_concerned(case, holders(case.handling_organ.pk, [Role.OFFICE_OFFICER], on)))
    return staff_of(case, case.handling_organ, on, *roles)


def staff_of(case: Case, organ: Organ, on: date, *roles: Role) -> list[int]:
    """Return the same for any ``organ`` that has to do with the case, without whom the case concerns."""
    nearest: Organ | None = organ
    while nearest is not None:
        there = without_concerned(case, holders(nearest.pk, roles or (Role.CLERK, Role.ORGAN_LEADER), on))
        found = _ids(without_section(case, there, on))
        if found:
            return found
        nearest = nearest.parent
    return []


def without_section(
    case: Case, users: "QuerySet[User]", on: date, roles: Collection[Role] = OF_SECTION
) -> "QuerySet[User]":
    """Leave out who works on ``on`` in the section of the post that the case is about (docs/domain.md 4.3)."""
    post = case.about_post
    if post is None or not post.section:
        return users
    there = Tenure.objects.running(on).filter(
        user_id=OuterRef("pk"), post__organ_id=post.organ_id, post__section=post.section, post__role__in=roles
    )
    return users.exclude(Exists(there))


def handlers(case: Case, on: date) -> "QuerySet[User]":
    """
    Return who could handle the case: the clerks of the organ that has it, in own handling the officers.

    The section complained about handles nothing. An organ without a clerk leaves that to the nearest organ above it
    that has one.
    """
    if case.is_own_handling:
        return without_concerned(case, holders(case.office_id, [Role.OFFICE_OFFICER], on))
    organ: Organ | None = case.handling_organ
    while organ is not None:
        found = without_section(case, without_concerned(case, holders(organ.pk, [Role.CLERK], on)), on)
        if organ.parent is None or found.exists():
            return found
        organ = organ.parent
    return User.objects.none()


def colleagues(cases: Collection[Case], on: date) -> "QuerySet[User]":
    """Return who handles cases where these lie: what a form offers; each case says for itself who may have it."""
    organs = {case.handling_organ_id for case in cases if not case.is_own_handling}
    offices = {case.office_id for case in cases if case.is_own_handling}
    there = Q(post__organ_id__in=organs, post__role=Role.CLERK)
    there |= Q(post__organ_id__in=offices, post__role=Role.OFFICE_OFFICER)
    tenures = Tenure.objects.running(on).filter(there, user_id=OuterRef("pk"))
    return User.objects.filter(Exists(tenures), is_active=True)


def who_receive_with(user: User, on: date) -> "QuerySet[User]":
    """Return who may have been asked first where ``user`` works: everybody with an office there, themself included."""
    running = Tenure.objects.running(on).exclude(post__role="")
    own = running.filter(user=user).values("post__organ_id")
    there = running.filter(post__organ_id__in=own).values("user_id")
    return User.objects.filter(pk__in=there, is_active=True).order_by("full_name", "pk")


def recused_by(seat: Seat | None, on: date) -> "QuerySet[User]":
    """Return on whose recusal somebody decides from ``seat``: a leader on the own clerks, the office on all staff."""
    running = Tenure.objects.running(on).filter(user_id=OuterRef("pk")).exclude(post__role="")
    if seat is None or seat.role not in (Role.ORGAN_LEADER, Role.OFFICE_OFFICER, Role.INSPECTOR):
        return User.objects.none()
    if seat.role == Role.ORGAN_LEADER:
        running = running.filter(post__organ_id=seat.organ_id, post__role=Role.CLERK)
    return User.objects.filter(Exists(running), is_active=True)


def near(case: Case, on: date) -> "QuerySet[User]":
    """
    Return who works where the case lies, may come to lie or was received: those whose conflict is likely to matter.

    These are clerks, leaders, officers and inspectors of the organs concerned and of those above the one that has it.
    """
    organs = {case.office_id, *case.parts.values_list("organ_id", flat=True)}
    organs.update(organ.pk for organ in (case.organ, case.proposed_organ) if organ)
    if holder := case.handling_organ or case.organ:
        organs.update(holds.with_organs_above(holder))
    roles = (Role.CLERK, Role.ORGAN_LEADER, Role.OFFICE_OFFICER, Role.INSPECTOR)
    there = Tenure.objects.running(on).filter(user_id=OuterRef("pk"), post__organ_id__in=organs, post__role__in=roles)
    return User.objects.filter(Exists(there), is_active=True)


def may_handle(case: Case, person: User) -> bool:
    """
    Say whether the person has a handler's right to the case today.

    Nobody recused has, by any of their accounts, nor has the section complained about.
    """
    has_right = bool(cells_of(person, "case.draft_reply", case, fresh=True) & ACTING)
    return has_right and (case.is_own_handling or not works_in_section(case, scope_of(person)))


def authors_of(reply: Reply) -> list[User]:
    """Return everybody who had a hand in the reply in work, or in one that came back and that it was begun from."""
    drafters = dict(Reply.objects.living().filter(case_id=reply.case_id).values_list("pk", "drafted_by_id"))
    events = reply.case.events.filter(action__in=WRITING_STEPS, data__reply__in=list(drafters))
    known = User.objects.filter(pk__in=[*drafters.values(), *events.values_list("actor_id", flat=True)])
    return list(known.order_by("pk"))


def writers_of(reply: Reply) -> list[User]:
    """Return everybody who had a hand in a reply that was sent."""
    events = reply.case.events.filter(action__in=WRITING_STEPS, data__reply=reply.pk)
    known = Q(pk=reply.drafted_by_id) | Q(pk__in=events.values("actor_id"))
    return list(User.objects.filter(known).order_by("pk"))


def reviewers(reply: Reply, on: date) -> list[User]:
    """
    Return who could check the reply on ``on``: reviewers of the organ that has the case, in own handling of the office.

    Not among them, by any of their accounts, are its authors and whom the case concerns, nor who works in the section
    that is complained about (docs/domain.md 4.6). ``checking`` asks the same of many replies.
    """
    case = reply.case
    if case.handling_organ_id is None:
        return []
    roles = (Role.OFFICE_OFFICER,) if case.is_own_handling else OF_SECTION
    found = without_concerned(case, holders(case.handling_organ_id, roles, on, rank=Rank.REVIEWER))
    # Where the office handles a case about one of its own, its sections count like those of an organ.
    candidates = list(without_section(case, found, on, roles).order_by("id"))
    authors = authors_of(reply) if candidates else []
    return [
        person
        for person in candidates
        if not any(persons.is_same_person(person, author) for author in authors)
        # Recused by another account of theirs, they find the case absent.
        and cells_of(person, "case.check_reply", case, fresh=True) & ACTING
    ]


def with_stand_ins(case: Case, user_ids: Iterable[int], on: date) -> list[int]:
    """Return the persons, and after them who stands in on ``on`` for the post that one of them holds at the case."""
    ids = list(user_ids)
    return ids + _ids(stand_ins(case, ids, on))


def has_stand_ins(case: Case, on: date) -> bool:
    """Say whether anybody stands in for anybody on ``on`` where the case lies: hardly ever, and a short question."""
    return _where(case, on).filter(kind=TenureKind.STAND_IN).exists()


def _where(case: Case, on: date) -> "QuerySet[Tenure]":
    organs = {case.office_id, case.handling_organ_id or case.office_id}
    return Tenure.objects.running(on).filter(post__organ_id__in=organs)


def stand_ins(case: Case, user_ids: Collection[int], on: date) -> "QuerySet[User]":
    """Return who stands in on ``on`` for a post that one of the persons holds where the case lies."""
    running = _where(case, on)
    posts = running.filter(user_id__in=user_ids, kind=TenureKind.HOLDER).values("post_id")
    there = running.filter(kind=TenureKind.STAND_IN, post_id__in=posts).values("user_id")
    return without_concerned(case, User.objects.filter(pk__in=there, is_active=True))


def next_competent(case: Case, gone: User | None, on: date) -> User | None:
    """
    Return who takes over from ``gone``: whoever holds or stands in for the post from which they handled, else nobody.

    After the post itself comes its counterpart, the stand-in (B). Nobody means the queue of the organ, which owes the
    case as before.
    """
    if gone is None or case.handling_organ_id is None:
        return None
    role = Role.OFFICE_OFFICER if case.is_own_handling else Role.CLERK
    at_organ = Tenure.objects.filter(post__organ_id=case.handling_organ_id, post__role=role)
    # Running tenures first, then the one that ended last: that is where the case was in hand.
    held = at_organ.filter(user_id=gone.pk, since__lte=on).order_by(F("until").desc(nulls_first=True), "-id")
    active = User.objects.filter(is_active=True).exclude(pk__in=persons.accounts_of(gone))
    competent = without_concerned(case, active)
    for post_id, counterpart_id in held.values_list("post_id", "post__stand_in_id"):
        for wanted in filter(None, (post_id, counterpart_id)):
            there = at_organ.running(on).filter(post_id=wanted, user__in=competent).select_related("user")
            for found in there.order_by("kind", "user_id"):
                # Recused by another account of theirs, they find the case absent.
                if may_handle(case, found.user):
                    return found.user
    return None


def _ids(users: "QuerySet[User]") -> list[int]:
    return list(users.order_by("id").values_list("id", flat=True))
