"""
Absences of post holders, and who stands in for them (AB post, docs/domain.md 7; docs/trust.md S-07).

The stand-in's rights come from a tenure of the kind that stands in: they begin and end with the dates of the absence,
without anyone acting. Who is recorded was agreed before (the counterpart post B), or is named by the leader among
those who decide no less than the one who is away.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access import persons
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.appointments import NotAllowed, Refused, auditors_of, check_offices_apart
from efficiency.audit.records import record
from efficiency.organs.models import Absence, AbsenceReason, Post, Rank, Role, Tenure, TenureKind
from efficiency.outbox import registry
from efficiency.outbox.actions import post as post_message
from efficiency.outbox.models import MessageGroup

# Posts whose work goes on through a stand-in; the offices of administration and audit are given by two persons alone.
WITH_STAND_IN = (Role.CLERK, Role.ORGAN_LEADER, Role.OFFICE_OFFICER, Role.INSPECTOR)
# Whoever is named for a post decides no less than its holder.
RANKS = (Rank.HANDLER, Rank.REVIEWER, Rank.APPROVER)


@transaction.atomic
def record_absence(
    tenure: Tenure,
    /,
    *,
    by: User,
    at: datetime,
    since: date,
    until: date,
    reason: str,
    note: str = "",
    stand_in: User | None = None,
) -> Absence:
    """
    Record that the holder of a post is away from ``since`` until before ``until``, and let ``stand_in`` act meanwhile.

    Left out, that is whoever holds the counterpart post (B). The person's own absence, and one that the counterpart
    records on stepping in, go to the counterpart alone; the leader of the organ may name a deputy.

    :raises NotAllowed: ``by`` is neither the person, nor their counterpart, nor the leader of the organ
    :raises Refused: the dates do not fit, nobody suitable stands in, or the two would be away together
    """
    if not may_record(by, tenure, fresh=True):
        raise NotAllowed(_("An absence is recorded by the person, the stand-in or the leader of the organ."), "tenure")
    _check_dates(tenure, since, until, at)
    if reason not in AbsenceReason.values:
        raise Refused(_("Please choose the reason of the absence."), "reason")
    cover = _chosen(tenure, by, stand_in, since, until)
    _check_not_away_together(tenure, cover, since, until)
    check_offices_apart(cover, tenure.post, since=since, until=until)
    # A tenure of either that ends in this moment is waited for; the accounts were locked before, as everywhere.
    tenure = _locked_with(tenure, cover)
    _check_dates(tenure, since, until, at)
    if _chosen(tenure, by, stand_in, since, until) != cover:
        raise Refused(_("This person cannot stand in for the post, or is not there all that time."), "stand_in")
    if Tenure.objects.filter(user=cover, post=tenure.post, kind=TenureKind.STAND_IN, since=since).exists():
        raise Refused(_("This person stands in for the post from that day on already."), "stand_in")
    given = Tenure.objects.create(
        user=cover, post=tenure.post, kind=TenureKind.STAND_IN, since=since, until=until, reason=reason
    )
    absence = Absence.objects.create(
        tenure=tenure,
        stand_in=given,
        since=since,
        until=until,
        reason=reason,
        note=note.strip(),
        recorded_at=at,
        recorded_by=by,
    )
    _note("absence.record", absence, by, at)
    _announce(RECORDED, absence, [cover.pk], at)
    return absence


@transaction.atomic
def end_absence(absence: Absence, /, *, by: User, at: datetime, until: date) -> Absence:
    """
    Let an absence end before ``until`` instead of later; one that has not begun is withdrawn by a day before it.

    :raises NotAllowed: as ``record_absence``
    :raises Refused: it is over or was withdrawn, or the day lies in the past or not inside the absence
    """
    absence = _locked(absence.pk)
    today = timezone.localdate(at)
    if not may_record(by, absence.tenure, fresh=True):
        raise NotAllowed(_("An absence is ended by the person, the stand-in or the leader of the organ."))
    if absence.withdrawn_at is not None or absence.until <= today:
        raise Refused(_("The absence is over."), "until")
    if until < today:
        raise Refused(_("What was stays as it was: choose today or a later day."), "until")
    if until >= absence.until:
        raise Refused(_("The new day lies before the one that was recorded."), "until")
    if until <= absence.since and absence.since <= today:
        raise Refused(_("The absence has begun: the first day back is tomorrow at the earliest."), "until")
    _end(absence, until=until, by=by, at=at)
    return absence


def end_with(tenure: Tenure, by: User, at: datetime) -> None:
    """
    End the standing in for a post that is no longer held, and what a person stands in for with the last post of theirs
    at the organ: called when a tenure is ended.

    Somebody who leaves keeps no right of a colleague; the leader is told and names somebody else.
    """
    if tenure.kind != TenureKind.HOLDER or tenure.until is None:
        return
    later = Absence.objects.standing().filter(until__gt=tenure.until)
    ending = later.filter(tenure=tenure)
    others = Tenure.objects.filter(
        user_id=tenure.user_id, kind=TenureKind.HOLDER, post__organ_id=tenure.post.organ_id, since__lte=tenure.until
    ).exclude(pk=tenure.pk)
    if not others.filter(Q(until__isnull=True) | Q(until__gt=tenure.until)).exists():
        ending |= later.filter(stand_in__user_id=tenure.user_id, stand_in__post__organ_id=tenure.post.organ_id)
    for pk in ending.order_by("pk").values_list("pk", flat=True):
        _end(_locked(pk), until=tenure.until, by=by, at=at)


def may_record(by: User, tenure: Tenure, *, fresh: bool = False) -> bool:
    """Say whether ``by`` may record an absence from this tenure: the person, the counterpart, the organ's leader."""
    if tenure.kind != TenureKind.HOLDER or tenure.post.role not in WITH_STAND_IN:
        return False
    if not may(by, "absence.record", tenure.post, fresh=fresh):
        return False
    return tenure.user_id == by.pk or is_counterpart(by, tenure) or leads(by, tenure.post)


def is_counterpart(by: User, tenure: Tenure) -> bool:
    """Say whether ``by`` holds the counterpart post (B) of the tenure's post today."""
    return any(seat.post_id == tenure.post.stand_in_id and not seat.is_stand_in for seat in scope_of(by).seats)


def leads(by: User, post: Post) -> bool:
    """Say whether ``by`` leads the organ of the post: its leader, in an efficiency office its head or deputy."""
    return post.organ_id in _led_by(by)


def is_leading(seat: Seat) -> bool:
    """Say whether somebody leads the organ from this seat."""
    return seat.role == Role.ORGAN_LEADER or (seat.role == Role.OFFICE_OFFICER and seat.rank == Rank.APPROVER)


def _led_by(by: User) -> set[int]:
    return {seat.organ_id for seat in scope_of(by).seats if is_leading(seat)}


def recordable(by: User, *, on: date) -> "QuerySet[Tenure]":
    """Return the tenures from which ``by`` may record an absence on ``on``."""
    held = {seat.post_id for seat in scope_of(by).seats if not seat.is_stand_in}
    whose = Q(user_id=by.pk) | Q(post__stand_in_id__in=held) | Q(post__organ_id__in=_led_by(by))
    holders = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, post__role__in=WITH_STAND_IN)
    return holders.filter(whose, user__is_active=True)


def suitable(tenure: Tenure, by: User, *, since: date, until: date) -> "QuerySet[Tenure]":
    """
    Return the tenures, running from ``since`` until ``until``, from which somebody may stand in for ``tenure``.

    They hold a post of the same organ with the same role and no lower a part in decisions, or lead it, for one who
    handles: standing in gives nobody more than their own post gives. Of these the holders of the counterpart post (B);
    for the leader of the organ the others too. Nobody names themself.
    """
    there = Tenure.objects.filter(kind=TenureKind.HOLDER, user__is_active=True, since__lte=since)
    there = there.filter(Q(until__isnull=True) | Q(until__gte=until))
    there = there.exclude(user_id__in=persons.accounts_of(tenure.user))
    ranks = RANKS[RANKS.index(Rank(tenure.post.rank)) :]
    alike = Q(post__role=tenure.post.role, post__rank__in=ranks)
    if tenure.post.role == Role.CLERK:
        alike |= Q(post__role=Role.ORGAN_LEADER)
    there = there.filter(alike, post__organ_id=tenure.post.organ_id)
    counterpart = Q(post_id=tenure.post.stand_in_id) if tenure.post.stand_in_id else Q(pk__in=[])
    if tenure.user_id == by.pk or not leads(by, tenure.post):
        return there.filter(counterpart)
    return there.filter(counterpart | ~Q(user_id__in=persons.accounts_of(by)))


def may_stand_in(counterpart: Post, post: Post) -> bool:
    """Say whether whoever holds ``counterpart`` gets nothing by standing in for ``post``: as ``suitable`` asks."""
    if post.role == Role.CLERK and counterpart.role == Role.ORGAN_LEADER:
        return True
    return counterpart.role == post.role and RANKS.index(Rank(counterpart.rank)) >= RANKS.index(Rank(post.rank))


def _check_dates(tenure: Tenure, since: date, until: date, at: datetime) -> None:
    if since < timezone.localdate(at):
        raise Refused(_("An absence is not dated back: choose today or a later day."), "since")
    if until <= since:
        raise Refused(_("The first day back comes after the first day away."), "until")
    if tenure.since > since or (tenure.until is not None and tenure.until < until):
        raise Refused(_("The absence lies inside the time for which the post is held."), "until")


def _chosen(tenure: Tenure, by: User, stand_in: User | None, since: date, until: date) -> User:
    found = suitable(tenure, by, since=since, until=until).select_related("user").order_by("pk")
    if stand_in is not None:
        chosen = found.filter(user=stand_in).first()
        if chosen is None:
            raise Refused(_("This person cannot stand in for the post, or is not there all that time."), "stand_in")
        return chosen.user
    counterpart = found.filter(post_id=tenure.post.stand_in_id).first() if tenure.post.stand_in_id else None
    if counterpart is None:
        raise Refused(_("Nobody holds the counterpart post all that time: the leader names a deputy."), "stand_in")
    return counterpart.user


def _check_not_away_together(tenure: Tenure, cover: User, since: date, until: date) -> None:
    """
    Refuse a second absence: whoever stands in is there, and whoever is away stands in for nobody.

    Both persons are locked first: of two absences that are recorded at once the second sees the first.
    """
    pair = sorted({*persons.accounts_of(tenure.user), *persons.accounts_of(cover)})
    len(User.objects.filter(pk__in=pair).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    touching = Absence.objects.touching(since, until)
    if touching.filter(tenure=tenure).exists():
        raise Refused(_("An absence from this post is recorded for these days already."), "since")
    if touching.filter(tenure__user_id__in=persons.accounts_of(cover)).exists():
        raise Refused(_("The stand-in is away in these days: the two are never absent together."), "stand_in")
    if touching.filter(stand_in__user_id__in=persons.accounts_of(tenure.user)).exists():
        raise Refused(_("The person stands in for somebody in these days: the two are never absent together."), "since")


def _locked_with(tenure: Tenure, cover: User) -> Tenure:
    """Lock a tenure and those from which ``cover`` may stand in for it, and return it as it stands then (S-07)."""
    theirs = Q(user=cover, kind=TenureKind.HOLDER, post__organ=tenure.post.organ_id)
    rows = Tenure.objects.filter(Q(pk=tenure.pk) | theirs).order_by("pk").select_related("post", "user")
    return next(row for row in rows.select_for_update(of=("self",), no_key=True) if row.pk == tenure.pk)


def _locked(pk: int) -> Absence:
    rows = Absence.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("tenure__post", "tenure__user", "stand_in").get(pk=pk)


def _end(absence: Absence, *, until: date, by: User, at: datetime) -> None:
    given, told = absence.stand_in, absence.stand_in.user_id if absence.stand_in else None
    if until <= absence.since:
        absence.stand_in, absence.withdrawn_at, absence.withdrawn_by = None, at, by
        absence.save(update_fields=["stand_in", "withdrawn_at", "withdrawn_by"])
        if given is not None:
            given.delete()
    else:
        absence.until = until
        absence.save(update_fields=["until"])
        if given is not None and given.until is not None and given.until > until:
            given.until = until
            given.save(update_fields=["until"])
    _note("absence.end", absence, by, at)
    _announce(ENDED, absence, [told] if told is not None else [], at, until=until)


def _note(action: str, absence: Absence, by: User, at: datetime) -> None:
    detail = {
        "person": absence.tenure.user_id,
        "post": absence.tenure.post_id,
        "stand_in": absence.stand_in.user_id if absence.stand_in else None,
        "since": absence.since.isoformat(),
        "until": absence.until.isoformat(),
    }
    record(action, actor=by, obj=absence, detail=detail, at=at)


def _announce(kind: str, absence: Absence, cover: list[int], at: datetime, *, until: date | None = None) -> None:
    """Tell the two, the leaders of the organ and the auditors (docs/trust.md Z-11)."""
    organ_id = absence.tenure.post.organ_id
    leaders = Tenure.objects.running(timezone.localdate(at)).filter(post__organ_id=organ_id, user__is_active=True)
    of_organ = leaders.filter(
        Q(post__role=Role.ORGAN_LEADER) | Q(post__role=Role.OFFICE_OFFICER, post__rank=Rank.APPROVER)
    ).values_list("user_id", flat=True)
    to = [absence.tenure.user_id, *cover, *of_organ.order_by("user_id"), *auditors_of(organ_id, at=at)]
    post_message(
        f"{kind}:{absence.pk}:{(until or absence.until).isoformat()}",
        kind,
        to=list(dict.fromkeys(to)),
        values={"from_on": absence.since.isoformat(), "until_on": (until or absence.until).isoformat()},
        at=at,
    )


RECORDED, ENDED = "absence.recorded", "absence.ended"


def register_messages() -> None:
    """Make the texts known; called once Django is ready. They name no person (docs/trust.md Z-15)."""
    registry.register_kind(
        RECORDED,
        _("Somebody stands in for a post"),
        _("From %(from_on)s until before %(until_on)s a post of your organ, or your own, is held by its stand-in."),
        group=MessageGroup.ACCOUNT,
    )
    registry.register_kind(
        ENDED,
        _("An absence ends earlier"),
        _("From %(until_on)s on a post of your organ, or your own, is no longer held by its stand-in."),
        group=MessageGroup.ACCOUNT,
    )
