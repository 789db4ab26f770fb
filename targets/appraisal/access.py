"""
Who stands how to an appraisal and its sheets; recusal (docs/trust.md Z-07, Z-10; docs/domain.md 8.6).

Three questions are kept apart: whether somebody may know that there is a sheet (``known_to``), whether they may read
its scores (``read_by``), and from which seats they take a step (``seats_that_may``). Nobody reads the score of somebody
else before it is published, but the office that scores; and of the office nobody whom a sheet concerns.
"""

from collections.abc import Iterable
from enum import Enum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import Post, Role
from targets.appraisal.enums import PUBLIC, AppraisalState, Subject
from targets.models import Appraisal, Sheet

OF_OFFICE = (Role.OFFICE_OFFICER, Role.APPRAISAL_OFFICER)
# From when on whoever is appraised knows that they are, and from when on they read their score.
FROM_SELF_SCORE = tuple(state for state in AppraisalState if state != AppraisalState.PREPARING)
FROM_SHOWN = (AppraisalState.SHOWN, AppraisalState.RULED, AppraisalState.WITH_LEADING_GROUP, *PUBLIC)

Person = User | AnonymousUser


class Side(Enum):
    """From where a step is taken."""

    OFFICE = "office"  # of the office that appraises
    APPRAISED = "appraised"  # of whoever is appraised
    REVIEWERS = "reviewers"  # of those who are asked for their opinion of somebody else


# --- Rows -----------------------------------------------------------------------------------------------------------


def known_to(user: Person) -> "QuerySet[Sheet]":
    """Return the sheets of which ``user`` may know that they are there: whose, of which year, where they stand."""
    auditor = Q(organ_id__in=scope_of(user).organ_ids_as(Role.AUDITOR)) & ~concerning(user)
    own = (appraised(user) | led(user)) & Q(appraisal__state__in=FROM_SELF_SCORE)
    return Sheet.objects.filter(_of_office(user) | own | auditor)


def read_by(user: Person) -> "QuerySet[Sheet]":
    """
    Return the sheets whose scores ``user`` may read: as the office, as who is appraised once they are shown, and as who
    leads those who are, once they are published.
    """
    own = appraised(user) & Q(appraisal__state__in=FROM_SHOWN)
    return Sheet.objects.filter(_of_office(user) | own | led(user) & Q(appraisal__state__in=PUBLIC))


def scored_by(user: Person) -> "QuerySet[Sheet]":
    """Return the sheets that ``user`` knows as the office does, with what whoever is appraised does not read."""
    return Sheet.objects.filter(_of_office(user))


def appraisals_known_to(user: Person) -> "QuerySet[Appraisal]":
    """Return the appraisals of the own office, and those with a sheet that ``user`` may know of."""
    of_office = Q(office_id__in=[seat.organ_id for seat in scope_of(user).seats_as(*OF_OFFICE)])
    with_sheets = Exists(known_to(user).filter(appraisal=OuterRef("pk")).order_by())
    to_review = Exists(reviewed_by(user).filter(appraisal=OuterRef("pk")).order_by())
    return Appraisal.objects.filter(of_office | Q(with_sheets) | Q(to_review))


def concerning(user: Person, prefix: str = "") -> Q:
    """
    Return the condition of the sheets that concern the person: of themselves, of a post they hold or ever held, and of
    an organ to which a post of theirs belongs now or belonged in the year that is appraised, or after it.
    """
    scope = scope_of(user)
    found = _own(user, prefix)
    for post_id, _since, until in scope.own_posts:
        # Looked up where it is asked: what the first page asks is put together once (``efficiency.first_page``).
        organ = Post.objects.filter(pk=post_id).values("organ_id")[:1]
        of_organ = Q(**{f"{prefix}organ_id": Subquery(organ)})
        found |= of_organ & Q(**{f"{prefix}appraisal__year__lte": until.year}) if until else of_organ
    return found


def _own(user: Person, prefix: str = "") -> Q:
    """Return the condition of the sheets of the person, and of the posts that they hold or ever held."""
    scope = scope_of(user)
    return Q(**{f"{prefix}person_id__in": scope.account_ids}) | Q(**{f"{prefix}post_id__in": scope.own_post_ids})


def _of_office(user: Person) -> Q:
    """Return the condition of the sheets that the person's office appraises, without those that concern the person."""
    offices = [seat.organ_id for seat in scope_of(user).seats_as(*OF_OFFICE)]
    return Q(appraisal__office_id__in=offices) & ~concerning(user) if offices else Q(pk__in=[])


def appraised(user: Person) -> Q:
    """
    Return the condition of the own sheets: of the person, and, of whoever leads an organ, of it.

    A sheet of a post goes with the person who held it: whoever follows on the post does not read it, and nobody reads
    one by standing in.
    """
    scope = scope_of(user)
    held = [seat.post_id for seat in scope.seats if not seat.is_stand_in]
    own = Q(person_id__in=scope.account_ids) | Q(person__isnull=True, post_id__in=held)
    leads = Q(organ_id__in=[seat.organ_id for seat in scope.seats if _leads(seat)])
    return Q(post__isnull=False) & own | leads & Q(post__isnull=True)


def led(user: Person) -> Q:
    """
    Return the condition of the sheets of posts that the person leads: they know of them, and read what is published.

    A post of a leader is the head's to read, not a deputy's, and the head's own post nobody's of the organ. For an
    opinion whose sheet it is is enough: neither self-score nor score is anybody else's before it is published.
    """
    scope = scope_of(user)
    return _posts_below(seat for seat in scope.seats if _leads(seat)) & ~Q(post_id__in=scope.own_post_ids)


def _posts_below(seats: Iterable[Seat]) -> Q:
    """
    Return the condition of the sheets of the posts below seats that lead.

    A leader's post is below the one that is named as its superior. Heads and their deputies bear the same mark; whoever
    bears it has the leaders below them who do not.
    """
    leading = list(seats)
    in_organs = Q(post__isnull=False, organ_id__in=[seat.organ_id for seat in leading])
    below = Q(post__superior_id__in=[seat.post_id for seat in leading])
    below |= Q(organ_id__in=[seat.organ_id for seat in leading if seat.is_head], post__is_head=False)
    return in_organs & (Q(post__is_head=False) & ~Q(post__role=Role.ORGAN_LEADER) | below)


def _is_below(post: Post, seat: Seat) -> bool:
    """Say of one post what ``_posts_below`` says of sheets."""
    if post.organ_id != seat.organ_id:
        return False
    is_leader = post.is_head or post.role == Role.ORGAN_LEADER
    return not is_leader or post.superior_id == seat.post_id or (seat.is_head and not post.is_head)


def _leads(seat: Seat) -> bool:
    """Say whether a seat speaks for its organ: the leaders', and of an efficiency office that of its head."""
    if seat.is_stand_in:
        return False
    return seat.role == Role.ORGAN_LEADER or (seat.role == Role.OFFICE_OFFICER and seat.is_head)


def reviewed_by(user: Person) -> "QuerySet[Sheet]":
    """
    Return the sheets of which ``user`` is asked for an opinion: of which organ or post, and nothing of the score.

    The same as ``reviews_as`` says of one seat and one sheet.
    """
    seats = [seat for seat in scope_of(user).seats if seat.role == Role.ORGAN_LEADER and not seat.is_stand_in]
    led = [seat.organ_id for seat in seats]
    beside = Sheet.objects.filter(
        appraisal=OuterRef("appraisal"), group=OuterRef("group"), organ_id__in=led, post__isnull=True
    )
    of_organs = Q(post__isnull=True) & ~Q(organ_id__in=led) & (Q(organ__parent_id__in=led) | Exists(beside))
    # A sheet of a post concerns everybody of its organ, its leader too, who is the one asked; not of the own.
    of_posts = _posts_below(seats) & ~_own(user)
    states = [AppraisalState.SELF_SCORING, AppraisalState.SCORED]
    return Sheet.objects.filter(of_organs & ~concerning(user) | of_posts, appraisal__state__in=states)


# --- Seats ----------------------------------------------------------------------------------------------------------


def seats_to_sheet(scope: Scope, sheet: Sheet) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a sheet or gives an opinion of it (``is_on``)."""
    return [
        seat
        for seat in scope.seats
        if any(is_on(side, scope, seat, sheet) for side in Side)
        or (seat.role == Role.AUDITOR and sheet.organ_id in seat.organ_ids)
    ]


def seats_to_appraisal(scope: Scope, appraisal: Appraisal) -> Iterable[Seat]:
    """Return the seats from which somebody stands to an appraisal as a whole: those of its office, and auditors'."""
    return [
        seat
        for seat in scope.seats
        if (seat.role in OF_OFFICE and seat.organ_id == appraisal.office_id)
        or (seat.role == Role.AUDITOR and appraisal.office_id in seat.organ_ids)
    ]


def is_on(side: Side, scope: Scope, seat: Seat, sheet: Sheet) -> bool:
    """Say whether a step of this side can be taken from the seat; whom the sheet concerns is asked of rows."""
    is_own = sheet.person_id in scope.account_ids or sheet.post_id in scope.own_post_ids
    if side is Side.OFFICE:
        return seat.role in OF_OFFICE and seat.organ_id == sheet.appraisal.office_id and not is_own
    if side is Side.APPRAISED:
        if sheet.post_id is None:
            return _leads(seat) and seat.organ_id == sheet.organ_id
        is_holder = sheet.person_id in scope.account_ids if sheet.person_id else seat.post_id == sheet.post_id
        return is_holder and not seat.is_stand_in
    return not is_own and reviews_as(seat, sheet) is not None


def reviews_as(seat: Seat, sheet: Sheet) -> str | None:
    """
    Return as what a seat gives its opinion: ``leader`` of whoever it leads, ``peer`` of another organ; None: not.

    An organ is reviewed by the leaders of other organs of its own kind and level, and by who leads the government above
    it; a post by the leaders of its organ, that of a leader by its head, and the head's own by nobody.
    """
    if seat.is_stand_in or seat.role != Role.ORGAN_LEADER:
        return None
    if sheet.post is not None:
        return "leader" if _is_below(sheet.post, seat) else None
    if seat.organ_id == sheet.organ_id:
        return None
    if sheet.organ.parent_id == seat.organ_id:
        return "leader"
    is_beside = Sheet.objects.filter(
        appraisal_id=sheet.appraisal_id, group=sheet.group, organ_id=seat.organ_id, post__isnull=True
    )
    return "peer" if is_beside.exists() else None


def seats_that_may(by: User, right: str, side: Side, sheet: Sheet) -> list[Seat]:
    """Return the seats from which ``by`` may do to a sheet what needs ``right`` on this side."""
    scope = scope_of(by)
    found = [seat for seat, cell in seats_for(by, right, sheet) if cell in ACTING]
    return [seat for seat in found if is_on(side, scope, seat, sheet)]


def office_seats_that_may(by: User, right: str, appraisal: Appraisal) -> list[Seat]:
    """Return the seats from which ``by`` may do what needs ``right`` to an appraisal as a whole."""
    return [seat for seat, cell in seats_for(by, right, appraisal) if cell in ACTING]


def is_party(by: User, appraisal: Appraisal) -> bool:
    """Say whether a sheet of the appraisal concerns ``by``: then others of the office take its steps as a whole."""
    return appraisal.sheets.filter(concerning(by)).exists()


def is_party_beside(by: User, sheet: Sheet) -> bool:
    """Say whether a sheet that is ranked with this one concerns ``by``: then others of the office act on its rivals."""
    of_group = Sheet.objects.filter(appraisal_id=sheet.appraisal_id, group=sheet.group)
    if sheet.post_id is not None:
        of_group = of_group.filter(organ_id=sheet.organ_id)
    return of_group.filter(concerning(by)).exists()


def sees_ranks(user: Person, appraisal: Appraisal, group: str, organ_id: int | None = None) -> bool:
    """
    Say whether ``user`` may know ranks and places of the quota in a group: the office, of a group it knows whole.

    Whoever does not read one of its sheets would learn its score from the places of the others.
    """
    of_group = appraisal.sheets.filter(group=group)
    if appraisal.subject == Subject.POST:
        of_group = of_group.filter(organ_id=organ_id or 0)
    if appraisal.subject == Subject.ORGAN and appraisal.state in PUBLIC:
        return True
    return not of_group.exclude(pk__in=scored_by(user).values("pk")).exists()


def is_appraised(user: Person, sheet: Sheet) -> bool:
    """Say whether a sheet is the own one, or that of the organ that the person leads; once published, of its posts."""
    own = appraised(user) | led(user) & Q(appraisal__state__in=PUBLIC)
    return Sheet.objects.filter(own, pk=sheet.pk).exists()


def accounts_of(user: User) -> frozenset[int]:
    """Return all accounts of the natural person, that of ``user`` included (docs/trust.md Z-10)."""
    return scope_of(user).account_ids | {user.pk}


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Appraisal, seats_to_appraisal)
    register_relation(Sheet, seats_to_sheet)
    register_rows(Appraisal, appraisals_known_to)
    # Of some one may know the header alone; whoever shows scores asks ``read_by`` itself.
    register_rows(Sheet, known_to)
