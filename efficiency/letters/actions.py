"""
Issuing, signing and voiding responsibility letters (docs/domain.md 7).

Why a letter is never changed: docs/decisions/0018-letters-are-rows-beside-rows.md.

Each letter that lacks a signature is a promise of the one engine, owed by whoever has to sign next: the holder, then
the leader. Issuing takes a lock of its own, so that two at once do not issue the same; signing locks the post, the row
that a letter is about, as the letter itself never changes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from efficiency.access import persons
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.plain import PlainName
from efficiency.access.scope import scope_of
from efficiency.audit.records import record
from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from efficiency.deadlines import actions as deadlines
from efficiency.deadlines import moments, registry, rules
from efficiency.deadlines.models import Deadline, Promise
from efficiency.letters import texts
from efficiency.letters.models import (
    LetterSignature,
    LetterVoid,
    OwedLetters,
    Part,
    ResponsibilityLetter,
    VoidReason,
)
from efficiency.organs.models import (
    Duty,
    DutyKind,
    Organ,
    Post,
    PostQuerySet,
    RiskPoint,
    Role,
    Tenure,
    TenureKind,
)
from efficiency.outbox import registry as outbox_registry
from efficiency.outbox.actions import post as post_message
from efficiency.outbox.models import MessageGroup
from efficiency.timing import store
from efficiency.timing.due import local_day

SIGN, ISSUE = "letters.sign", "letters.issue"
ISSUED, TO_LEADER = "letters.issued", "letters.to_leader"
# The letters of a year are signed by this day of it (month, day); what is issued later has the limit of the kind.
SIGNED_BY = (3, 31)
# And issued by this one, so that there is time to sign them.
ISSUED_BY = (2, 28)
BATCH = 1000
# Above this many posts nobody is looked for who signs as the leader.
MOST_ABOVE = 5
_LOCK = 0x4C455454


class Refused(Exception):
    """A step that the rules do not allow; ``field`` names the parameter at fault, if one is."""

    def __init__(self, message: str | Lazy, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message, self.field = message, field


class NotAllowed(Refused):
    """The person may not take this step."""


class Changed(Refused):
    """The letter is not, or no more, what the person saw."""


@dataclass(slots=True)
class Issued:
    """What became of the posts: letters made, of these in place of another, kept, and why others got none."""

    made: int = 0
    replaced: int = 0
    kept: int = 0
    incomplete: list[Post] = field(default_factory=list)
    without_access: list[Post] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A letter that is about to be issued, and the one that it replaces."""

    letter: ResponsibilityLetter
    replaces: ResponsibilityLetter | None


@transaction.atomic
def issue(year: int, organs: Collection[Organ], /, *, by: User, at: datetime) -> Issued:
    """
    Issue the letters of ``year`` to all who hold a post of the organs and have none yet.

    A letter that nobody has signed is replaced where the sheet says something else by now; one with a signature stays
    as it is. Posts whose sheet lacks one half get none.

    :raises NotAllowed: ``by`` may not issue letters of one of the organs
    :raises Refused: the year is over, or further away than the next
    """
    allowed = scope_of(by, fresh=True).organ_ids_as(Role.ORGAN_LEADER, Role.OFFICE_OFFICER)
    if not may(by, "letter.issue", fresh=True) or any(organ.pk not in allowed for organ in organs):
        raise NotAllowed(_("You may not issue the letters of this organ."), "organ")
    if not local_day(at).year <= year <= local_day(at).year + 1:
        raise Refused(_("Letters are issued for this year and the next."), "year")
    _lock()
    posts = Post.objects.filter(organ_id__in=[organ.pk for organ in organs])
    issued = _issue(year, posts, by=by, at=at, replaces=True)
    _keep_owed(at=at, organ_ids=[organ.pk for organ in organs])
    detail = {"year": year, "organs": sorted(organ.pk for organ in organs)[:BATCH], "made": issued.made}
    record("letter.issue", actor=by, obj=None, detail=detail, at=at)
    return issued


def _issue(year: int, posts: PostQuerySet, *, by: User | None, at: datetime, replaces: bool) -> Issued:
    """Issue what lacks a letter of the year, and with ``replaces`` anew what nobody has signed and says less now."""
    issued = Issued()
    wanted = _answerable(posts, _day_of(year, at))
    if not replaces:
        there = ResponsibilityLetter.objects.living().filter(year=year, tenure=OuterRef("pk"))
        wanted = wanted.filter(~Exists(there))
    tenures = wanted.iterator(chunk_size=BATCH)
    while batch := list(islice(tenures, BATCH)):
        _lock_posts(tenure.post_id for tenure in batch)
        drafts = list(_drafts(batch, year, issued, by=by, at=at, replaces=replaces))
        if drafts:
            _store(drafts, year, by=by, at=at)
    return issued


def _day_of(year: int, at: datetime) -> date:
    """Return the day on which who holds the posts counts for letters of the year: today, or the first of the next."""
    return max(local_day(at), date(year, 1, 1))


def _answerable(among: PostQuerySet, on: date) -> "QuerySet[Tenure]":
    """Return who holds one of the posts on the day; a stand-in answers from the letter of the own post."""
    duties = Prefetch("post__duties", Duty.objects.order_by("position", "pk"))
    risks = Prefetch("post__risk_points", RiskPoint.objects.order_by("position", "pk"))
    posts = among.active(on)
    with_role = Tenure.objects.running(on).filter(user_id=OuterRef("user_id")).exclude(post__role="")
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, post__in=posts, user__is_active=True)
    return (
        held.annotate(has_access=Exists(with_role))
        .select_related("user", "post__organ", "post__superior__organ", "post__stand_in__organ")
        .prefetch_related(duties, risks)
        .order_by("pk")
    )


def _drafts(
    tenures: Collection[Tenure], year: int, issued: Issued, *, by: User | None, at: datetime, replaces: bool
) -> Iterable[_Draft]:
    leaders = _leader_posts(tenures, on=_day_of(year, at))
    there: dict[int, Any] = {}  # with who signed it, annotated below
    issues: dict[int, int] = defaultdict(int)
    signed = Exists(LetterSignature.objects.filter(letter=OuterRef("pk")))
    void = Exists(LetterVoid.objects.filter(letter=OuterRef("pk")))
    former = ResponsibilityLetter.objects.filter(year=year, tenure__in=[tenure.pk for tenure in tenures])
    for letter in former.annotate(is_signed=signed, is_void=void).order_by("issue"):
        issues[letter.tenure_id] = letter.issue
        if not letter.is_void:
            there[letter.tenure_id] = letter
    for tenure in tenures:
        sheet = _sheet(tenure.post)
        old = there.get(tenure.pk)
        if old is not None and (old.is_signed or not replaces):
            issued.kept += 1
            continue
        if not sheet.is_complete:
            issued.incomplete.append(tenure.post)
            continue
        if not tenure.has_access:  # type: ignore[attr-defined]  # annotated above
            issued.without_access.append(tenure.post)
            continue
        leader = leaders.get(tenure.pk)
        text = texts.text_of(sheet, year=year, holder=tenure.user.full_name, leader_post=leader)
        digest = texts.sha256_of(text)
        if old is not None and old.text_sha256 == digest:
            issued.kept += 1
            continue
        issued.made += 1
        issued.replaced += old is not None
        begun = ResponsibilityLetter(
            year=year,
            post=tenure.post,
            tenure=tenure,
            holder=tenure.user,
            leader_post=leader,
            issue=issues[tenure.pk] + 1,
            text=text,
            text_sha256=digest,
            issued_at=at,
            issued_by=by,
        )
        yield _Draft(begun, old)


def _store(drafts: Sequence[_Draft], year: int, *, by: User | None, at: datetime) -> None:
    """Write letters, what they replace, their promises and messages: a fixed number of statements for so many."""
    ResponsibilityLetter.objects.bulk_create(draft.letter for draft in drafts)
    due_on: dict[int, date] = {}
    for draft in drafts:
        if draft.replaces is not None:
            due_on[draft.letter.pk] = _void(draft.replaces, VoidReason.SHEET_CHANGED, by=by, at=at)
    fresh = [_owed(draft.letter) for draft in drafts if draft.letter.pk not in due_on]
    deadlines.open_many(SIGN, fresh, at=at, fixed_on=_last_day(SIGN, date(year, *SIGNED_BY), at))
    for draft in drafts:
        if draft.letter.pk in due_on:  # a new text gives no more time
            owed = _owed(draft.letter)
            deadlines.open(
                owed.subject,
                SIGN,
                at=at,
                organ=owed.organ,
                post=owed.post,
                responsible=owed.responsible,
                fixed_on=due_on[draft.letter.pk],
            )
    holders = [draft.letter.holder_id for draft in drafts]
    post_message(f"letters:{year}:{drafts[0].letter.pk}", ISSUED, to=holders, values={"year": year}, at=at)


def _owed(letter: ResponsibilityLetter) -> deadlines.Owed:
    return deadlines.Owed(letter, letter.post.organ, letter.post, letter.holder)


def _last_day(kind: str, fixed: date, at: datetime) -> date | None:
    """Return the day by which letters are issued or signed; None where the limit of the kind leaves more time."""
    if fixed <= local_day(at):
        return None
    until = moments.limit_until(fixed, at, calendar=store.hold())
    limit = rules.terms_of(kind, on=local_day(at)).limit
    return fixed if limit.unit != until.unit or limit.number < until.number else None


def _sheet(post: Post) -> texts.Sheet:
    halves: dict[str, list[str]] = defaultdict(list)
    for duty in post.duties.all():
        halves[duty.kind].append(duty.text)
    return texts.Sheet(
        post=post,
        business=halves[DutyKind.BUSINESS],
        integrity=halves[DutyKind.INTEGRITY],
        risks=[texts.Risk(risk.text, risk.kind, risk.grade, risk.measure) for risk in post.risk_points.all()],
    )


def _leader_posts(tenures: Collection[Tenure], *, on: date) -> dict[int, Post]:
    """
    Return for each tenure the post that signs as the leader: the superior post, or the next above it that is held by
    somebody else than the holder. Nobody signs for both (docs/trust.md Z-10).
    """
    chain: dict[int, Post] = {}
    wanted = {tenure.post.superior_id for tenure in tenures if tenure.post.superior_id}
    for _step in range(MOST_ABOVE):
        if not (wanted := wanted - chain.keys()):
            break
        chain |= Post.objects.select_related("organ").in_bulk(wanted)
        wanted = {post.superior_id for post in chain.values() if post.superior_id}
    holders: dict[int, set[int]] = defaultdict(set)
    held = Tenure.objects.running(on).filter(kind=TenureKind.HOLDER, post_id__in=chain, user__is_active=True)
    for post_id, user_id in held.order_by("pk").values_list("post_id", "user_id"):
        holders[post_id].add(user_id)
    own: dict[int, set[int]] = defaultdict(set)
    for user_id, account_id in persons.accounts_of_each({tenure.user for tenure in tenures}):
        own[user_id].add(account_id)
    found = {}
    for tenure in tenures:
        above = chain.get(tenure.post.superior_id) if tenure.post.superior_id else None
        for _step in range(MOST_ABOVE):
            if above is None or holders[above.pk] - own[tenure.user_id]:
                break
            above = chain.get(above.superior_id) if above.superior_id else None
        if above is not None and holders[above.pk] - own[tenure.user_id]:
            found[tenure.pk] = above
    return found


@transaction.atomic
def sign(letter: ResponsibilityLetter, /, *, by: User, at: datetime, text_sha256: str) -> LetterSignature:
    """
    Sign the text that ``by`` has seen, as holder or as leader; the promise goes on to the leader, or is kept.

    Whoever calls has asked for the password again (docs/trust.md S-05).

    :raises NotAllowed: ``by`` has no part in the letter, or it is not the turn of that part
    :raises Changed: the letter is void, or another text than the one that was seen
    """
    _lock_posts([letter.post_id])
    letter = ResponsibilityLetter.objects.select_related("holder", "post__organ", "leader_post__organ").get(
        pk=letter.pk
    )
    if LetterVoid.objects.filter(letter=letter).exists():
        raise Changed(_("This letter holds no more. Look for the one that replaced it."))
    if text_sha256 != letter.text_sha256 or texts.sha256_of(letter.text) != letter.text_sha256:
        raise Changed(_("This is not the text that you read. Read the letter again."))
    part, tenure = _part_of(letter, by, at)
    signature = LetterSignature.objects.create(
        letter=letter, part=part, tenure=tenure, text_sha256=letter.text_sha256, signed_at=at, signed_by=by
    )
    record("letter.sign", actor=by, obj=letter, detail={"part": part, "sha256": letter.text_sha256}, at=at)
    if part == Part.HOLDER and letter.leader_post is not None:
        _hand_to_leader(letter, at=at)
    else:
        deadlines.meet(letter, SIGN, at=at)
    return signature


def part_of(letter: ResponsibilityLetter, by: User, at: datetime) -> str | None:
    """Return as what ``by`` could sign a living letter now; None where they could not."""
    try:
        return _part_of(letter, by, at)[0]
    except NotAllowed:
        return None


def _part_of(letter: ResponsibilityLetter, by: User, at: datetime) -> tuple[str, Tenure]:
    signed = set(letter.signatures.values_list("part", flat=True))
    running = Tenure.objects.running(local_day(at)).filter(user=by)
    if Part.HOLDER not in signed:
        own = running.filter(pk=letter.tenure_id).first()
        if own is None or by.pk != letter.holder_id:
            raise NotAllowed(_("The holder of the post signs first."))
        return Part.HOLDER, own
    if Part.LEADER in signed or letter.leader_post_id is None:
        raise NotAllowed(_("This letter is signed already."))
    if persons.is_same_person(by, letter.holder):
        raise NotAllowed(_("Nobody signs a letter for both parts."))
    tenure = running.filter(post_id=letter.leader_post_id).order_by("kind", "pk").first()
    if tenure is None:
        raise NotAllowed(_("The leader above the post signs now."))
    return Part.LEADER, tenure


def _hand_to_leader(letter: ResponsibilityLetter, *, at: datetime) -> None:
    """Let whoever leads now owe the signature, and tell all who can give it; nobody is told of a letter twice."""
    post = letter.leader_post
    if post is None:
        return
    able = _who_can_lead(letter, on=local_day(at))
    holder = next((tenure.user for tenure in able if tenure.kind == TenureKind.HOLDER), None)
    deadlines.reassign(letter, [SIGN], organ=post.organ, post=post, responsible=holder)
    to = [tenure.user_id for tenure in able]
    post_message(f"letter:{letter.pk}:leader", TO_LEADER, to=to, subject=letter, at=at)


def _who_can_lead(letter: ResponsibilityLetter, *, on: date) -> list[Tenure]:
    """Return who can sign as the leader on the day, holders first; never the holder, from whatever account (Z-10)."""
    if letter.leader_post_id is None:
        return []
    running = Tenure.objects.running(on).filter(post_id=letter.leader_post_id, user__is_active=True)
    others = running.exclude(user__in=persons.accounts_of(letter.holder))
    return list(others.select_related("user").order_by("kind", "pk"))


def _void(letter: ResponsibilityLetter, reason: VoidReason, *, by: User | None, at: datetime) -> date:
    """Make a letter void, and return the last day of its promise, today where that is over; it stays broken then."""
    LetterVoid.objects.create(letter=letter, reason=reason, voided_at=at, voided_by=by)
    record("letter.void", actor=by, obj=letter, detail={"reason": reason.value}, at=at)
    running = deadlines.running(letter, [SIGN]).first()
    deadlines.cancel(letter, [SIGN], at=at)
    return max(local_day(running.due_at), local_day(at)) if running is not None else local_day(at)


# --- Tenures that change -------------------------------------------------------------------------------------------


@transaction.atomic
def end_with(tenure: Tenure, by: User, at: datetime) -> None:
    """
    Let the letters of a post follow the end of a tenure there that ends today: called when an end is confirmed.

    What ends by its date, and what else changed meanwhile, ``follow_tenures`` finds within minutes.
    """
    if tenure.until is not None and tenure.until <= local_day(at):
        _follow(at=at, post_id=tenure.post_id)


@transaction.atomic
def follow_tenures(*, at: datetime) -> Issued:
    """
    Let letters follow those who hold the posts; safe to run at any time, and twice.

    What somebody who left has not signed is void, and so is what was issued for a year that began without them;
    whoever came gets the letter of the year where the organ has issued them. A letter that waits for the leader waits
    for whoever leads now; where nobody can lead any more it is void and issued anew with the next post above. None is
    left without somebody who owes it, and an organ in which somebody has none owes that it issues them.
    """
    issued = _follow(at=at)
    _keep_owed(at=at)
    return issued


def _follow(*, at: datetime, post_id: int | None = None) -> Issued:
    """Let all letters follow the tenures, or those of which the post is that of the holder or of the leader."""
    _lock()
    on = local_day(at)
    own, led = ResponsibilityLetter.objects.living(), ResponsibilityLetter.objects.waiting()
    if post_id is not None:
        own, led = own.filter(post=post_id), led.filter(leader_post=post_id)
    # A tenure that has not begun yet has its letter already: that one stays.
    left = own.filter(tenure__until__lte=on)
    not_begun = left.filter(Q(year__gt=on.year) | Q(year=on.year, tenure__until__lte=date(on.year, 1, 1)))
    _void_all(not_begun, VoidReason.YEAR_NOT_BEGUN, at=at)
    unsigned = ResponsibilityLetter.objects.waiting_for_holder().values("pk")
    _void_all(left.filter(pk__in=unsigned), VoidReason.TENURE_ENDED, at=at)
    without = _void_all(_without_anybody(led, at), VoidReason.NO_LEADER, at=at)
    for letter in led.filter(pk__in=_without_leader(on)).select_related("leader_post__organ", "holder").order_by("pk"):
        _hand_to_leader(letter, at=at)
    issued = Issued()
    for year in (on.year, on.year + 1):
        organs = ResponsibilityLetter.objects.filter(year=year).order_by().values("post__organ")
        posts = Post.objects.filter(organ__in=organs)
        if post_id is not None:
            posts = posts.filter(pk__in={post_id, *without})
        issued.made += _issue(year, posts, by=None, at=at, replaces=False).made
    return issued


def _void_all(letters: "QuerySet[ResponsibilityLetter]", reason: VoidReason, *, at: datetime) -> set[int]:
    """Make letters void, and return their posts; each is looked at again once nobody can sign it meanwhile."""
    posts = set()
    for letter in letters.select_related("post").order_by("pk").iterator(chunk_size=BATCH):
        _lock_posts([letter.post_id])
        if letters.filter(pk=letter.pk).exists():
            _void(letter, reason, by=None, at=at)
            posts.add(letter.post_id)
    return posts


def _without_anybody(waiting: "QuerySet[ResponsibilityLetter]", at: datetime) -> "QuerySet[ResponsibilityLetter]":
    """
    Keep the letters that nobody can sign as the leader: the post has ended, or the holder alone holds it.

    A post that stands and is vacant waits for whoever comes.
    """
    found: list[int] = []
    this_year = local_day(at).year
    for of_years, on in (
        (waiting.filter(year__lte=this_year), local_day(at)),
        (waiting.filter(year__gt=this_year), _day_of(this_year + 1, at)),
    ):
        there = Tenure.objects.running(on).filter(post_id=OuterRef("leader_post_id"), user__is_active=True)
        # The accounts of one person have one name: where nobody of that name leads, nobody need be looked at.
        namesake = there.filter(kind=TenureKind.HOLDER).alias(plain=PlainName("user__full_name"))
        namesake = namesake.filter(plain=PlainName(OuterRef("holder__full_name")))
        doubtful = of_years.filter(Q(leader_post__until__lte=on) | Exists(namesake), leader_post__isnull=False)
        for letter in doubtful.select_related("holder").order_by("pk"):
            if not _who_can_lead(letter, on=on):
                found.append(letter.pk)
    return waiting.filter(pk__in=found)


def _without_leader(on: date) -> list[int]:
    """Return the letters whose promise is owed, as a leader's, by somebody who leads no more, or by nobody so far."""
    waiting = ResponsibilityLetter.objects.waiting_for_leader().values("pk")
    holds = Tenure.objects.running(on).filter(
        post_id=OuterRef("post_id"), user_id=OuterRef("responsible_id"), user__is_active=True
    )
    owed = Deadline.objects.running().filter(kind=SIGN, object_id__in=waiting)
    return list(owed.filter(~Exists(holds)).values_list("object_id", flat=True))


def _lock_posts(ids: Iterable[int]) -> None:
    """Lock posts in one order, as every writer of a letter does before it looks who has signed."""
    list(Post.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk").values_list("pk"))


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


# --- What organs owe -------------------------------------------------------------------------------------------------


def _keep_owed(*, at: datetime, organ_ids: Collection[int] | None = None) -> None:
    """
    Let each organ (of these, or all) in which somebody holds a post without a letter of the year owe its letters.

    The promise is kept once nobody lacks one; where nobody holds a post any more, or the year is over, it ends without
    being kept. A fixed number of statements where nothing has changed. The caller has taken the lock.
    """
    on = local_day(at)
    owed = OwedLetters.objects.all() if organ_ids is None else OwedLetters.objects.filter(organ__in=organ_ids)
    running = Deadline.objects.running().filter(kind=ISSUE)
    for row in owed.filter(year__lt=on.year, pk__in=running.values("object_id")).order_by("pk"):
        deadlines.cancel(row, [ISSUE], at=at)
    lacking = _organs_that_lack(on, organ_ids)
    there = {row.organ_id: row for row in owed.filter(year=on.year).order_by("pk")}
    new = [OwedLetters(organ_id=organ_id, year=on.year) for organ_id in lacking if organ_id not in there]
    there |= {row.organ_id: row for row in OwedLetters.objects.bulk_create(new)}
    runs = set(running.filter(object_id__in=[row.pk for row in there.values()]).values_list("object_id", flat=True))
    begun = [there[organ_id] for organ_id in lacking if there[organ_id].pk not in runs]
    if begun:
        organs = Organ.objects.in_bulk([row.organ_id for row in begun])
        heads = _head_posts(organs, on)
        deadlines.open_many(
            ISSUE,
            [deadlines.Owed(row, organs[row.organ_id], heads.get(row.organ_id), None) for row in begun],
            at=at,
            fixed_on=_last_day(ISSUE, date(on.year, *ISSUED_BY), at),
            again=True,
        )
    for row in there.values():
        if row.pk in runs and row.organ_id not in lacking:
            if ResponsibilityLetter.objects.living().filter(year=row.year, post__organ=row.organ_id).exists():
                deadlines.meet(row, ISSUE, at=at)
            else:
                deadlines.cancel(row, [ISSUE], at=at)


def _organs_that_lack(on: date, organ_ids: Collection[int] | None) -> list[int]:
    """Return the organs in which somebody with access to the portal holds a post without a letter of the year."""
    posts = Post.objects.all() if organ_ids is None else Post.objects.filter(organ__in=organ_ids)
    letter = ResponsibilityLetter.objects.living().filter(year=on.year, tenure=OuterRef("pk"))
    with_role = Tenure.objects.running(on).filter(user_id=OuterRef("user_id")).exclude(post__role="")
    holds = _answerable(posts, on).prefetch_related(None).filter(~Exists(letter), Exists(with_role))
    return list(holds.order_by("post__organ").values_list("post__organ", flat=True).distinct())


def _head_posts(organ_ids: Iterable[int], on: date) -> dict[int, Post]:
    """Return the post of the head of each organ, where there is one."""
    heads = Post.objects.active(on).filter(organ__in=list(organ_ids), is_head=True).order_by("-pk")
    return {post.organ_id: post for post in heads}


# --- What the engine and the outbox are told -----------------------------------------------------------------------


def register() -> None:
    """Make the kind of promise, the texts and what is sealed known; called once Django is ready."""
    seal(
        Sealed(
            "letter",
            ResponsibilityLetter,
            content=(
                *("year", "post", "tenure", "holder", "leader_post", "issue", "text", "text_sha256"),
                *("issued_at", "issued_by"),
            ),
        ),
        Sealed(
            "letter_signature",
            LetterSignature,
            content=("letter", "part", "tenure", "text_sha256", "signed_at", "signed_by"),
        ),
        Sealed("letter_void", LetterVoid, content=("letter", "reason", "voided_at", "voided_by")),
    )
    registry.register(
        registry.DeadlineKind(
            name=SIGN,
            label=_("signing of the responsibility letter"),
            promise=Promise.INTERNAL,
            limits={"": "10wd"},
            subject_model=ResponsibilityLetter._meta.label_lower,
        )
    )
    registry.register(
        registry.DeadlineKind(
            name=ISSUE,
            label=_("issuing of the responsibility letters of an organ"),
            promise=Promise.INTERNAL,
            limits={"": "10wd"},
            subject_model=OwedLetters._meta.label_lower,
        )
    )
    outbox_registry.register_kind(
        ISSUED,
        _("Your responsibility letter for %(year)s is there"),
        _("Your responsibility letter for %(year)s was issued. Read it and sign it in the portal."),
        group=MessageGroup.DECISION,
        label=_("A responsibility letter was issued"),
    )
    outbox_registry.register_kind(
        TO_LEADER,
        _("%(number)s: a responsibility letter waits for your signature"),
        _("%(number)s\nThe holder of the post has signed. Read the letter and sign it as the leader.\n%(address)s"),
        group=MessageGroup.DECISION,
        label=_("A responsibility letter waits for the leader"),
    )
