"""
Replies that are nearly the words of another case's (docs/domain.md 4.8, 11): looked for once, after each was sent.

Two texts are alike by the share of pieces of three characters that they have in common, of all that either has
(Jaccard), in per cent, rounded down. White space, punctuation and figures do not count: dates and numbers are what a
copied reply changes. Compared is a reply with the newest ones of the same organ, so that the work does not grow with
what there is; the same words sent by another organ are found by their print (``complaints.doubts``). What is kept is
the likeness, never a text; from which share on it is a doubt, the head of the office says, also for what is kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from complaints import deadlines
from complaints.models import Case, Holding, Reply, ReplyState
from efficiency import checks
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines.models import Deadline
from efficiency.refusals import Invalid, Refused
from supervision.models import LikenessRule, ReplyLikeness
from supervision.models.foresight import LEAST_LIKE
from targets.measures.registry import type_of

RIGHT = "doubts.set"
# From this share on replies are nearly the same, as long as nobody set another one.
DEFAULT = 85
PIECE = 3
# Shorter ones are alike by nature.
SHORTEST = 40
# Longer texts are compared by their beginning.
LONGEST = 4000
# With so many of the organ's newest replies each is compared.
COMPARED = 200
# So many replies in a transaction, and in a run of the worker.
BATCH, MOST_AT_ONCE = 50, 500
# So far back the first run begins; later ones go back by so much, for what was committed late.
BEGINS, OVERLAP = timedelta(days=30), timedelta(minutes=30)
LONGEST_REASON = 200
_NOTHING = re.compile(r"[\W_\d]+")


class NotYours(Refused):
    """Whoever asks does not set it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A reply that can be compared: its case, and the pieces of its text; none of one that is too short."""

    reply_id: int
    case_id: int
    pieces: frozenset[str]


def pieces_of(*texts: str) -> frozenset[str]:
    """Return the pieces by which a text is compared; none of one that is too short to say anything."""
    folded = _NOTHING.sub("", unicodedata.normalize("NFKC", "".join(texts)).casefold())[:LONGEST]
    if len(folded) < SHORTEST:
        return frozenset()
    return frozenset(folded[at : at + PIECE] for at in range(len(folded) - PIECE + 1))


def share(one: frozenset[str], other: frozenset[str]) -> int:
    """Return how much two texts are alike, in per cent, rounded down; 0 where one is too short."""
    if not one or not other:
        return 0
    common = len(one & other)
    return 100 * common // (len(one) + len(other) - common)


# --- After replies were sent ------------------------------------------------------------------------------------------


def look(*, at: datetime) -> int:
    """
    Compare the replies sent by ``at`` that nobody has compared yet, and return how many.

    Each once, whether run twice or two at once: a reply that another run has taken is left to it.
    """
    done = 0
    while done < MOST_AT_ONCE:
        keys = _waiting(at)
        if not keys:
            break
        compared = _compare(keys)
        if not compared:
            break  # another run has all of them: they are left to it
        done += compared
    return done


def _waiting(at: datetime) -> list[int]:
    """Return some sent replies that were not compared yet, the oldest first: found by the promises that they kept."""
    newest = ReplyLikeness.objects.order_by("-sent_at").values_list("sent_at", flat=True).first()
    since = max(newest - OVERLAP, at - BEGINS) if newest else at - BEGINS
    # An index holds the ends of promises of government.
    kept = Deadline.objects.of_government().filter(
        content_type_id=type_of(Case),
        kind__in=[deadlines.REPLY, deadlines.REWORK],
        ended_at__gte=since,
        ended_at__lte=at,
    )
    known = ReplyLikeness.objects.filter(reply=OuterRef("pk"))
    found = Reply.objects.filter(
        ~Exists(known),
        case__in=kept.values("object_id"),
        case__handling_organ__isnull=False,
        state=ReplyState.SENT,
        decided_at__gte=since,
        decided_at__lte=at,
    )
    return list(found.order_by("decided_at", "pk").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _compare(keys: Sequence[int]) -> int:
    """Compare some replies, one after another: those of one batch with one another as well."""
    rows = Reply.objects.filter(pk__in=keys).select_for_update(of=("self",), no_key=True, skip_locked=True)
    waiting = [
        reply
        for reply in rows.select_related("case").order_by("decided_at", "pk")
        if not ReplyLikeness.objects.filter(reply=reply).exists()
    ]
    # Whoever had the case when the reply was sent: it may have gone to another organ since.
    holding = Holding.objects.filter(case=OuterRef("case"), since__lte=OuterRef("decided_at")).order_by("-since", "-pk")
    held = Reply.objects.filter(pk__in=[reply.pk for reply in waiting]).annotate(
        held_by=Coalesce(Subquery(holding.values("organ")[:1]), "case__handling_organ", output_field=BigIntegerField())
    )
    organs = dict(held.values_list("pk", "held_by"))
    before: dict[int, list[Text]] = {}
    for reply in waiting:
        organ_id, sent_at = organs[reply.pk], reply.decided_at
        if organ_id is None or sent_at is None:  # both are there once it is sent (``_waiting``)
            continue
        if organ_id not in before:
            before[organ_id] = _newest(organ_id)
        text = Text(reply.pk, reply.case_id, pieces_of(reply.findings, reply.measures))
        found = _most_alike(text, before[organ_id])
        ReplyLikeness.objects.create(
            reply=reply,
            case_id=reply.case_id,
            organ_id=organ_id,
            sent_at=sent_at,
            share=found[0] if found else 0,
            like_id=found[1].reply_id if found else None,
        )
        before[organ_id] = [text, *before[organ_id]][:COMPARED]
    return len(waiting)


def _newest(organ_id: int) -> list[Text]:
    """Return the newest replies of an organ that were compared, as far as their texts are still there."""
    rows = ReplyLikeness.objects.filter(organ=organ_id).order_by("-sent_at", "-pk")[:COMPARED]
    found = rows.values_list("reply_id", "case_id", "reply__findings", "reply__measures")
    return [Text(pk, case, pieces_of(findings, measures)) for pk, case, findings, measures in found]


def _most_alike(text: Text, others: Iterable[Text]) -> tuple[int, Text] | None:
    """Return the reply to another case that is most like it, with the share; None where none is much like it."""
    found: tuple[int, Text] | None = None
    for other in others:
        if other.case_id != text.case_id and (of := share(text.pieces, other.pieces)) > (found[0] if found else 0):
            found = of, other
    return found if found and found[0] >= LEAST_LIKE else None


def forget(**_at: datetime) -> int:
    """Forget the likeness of replies of which one is erased: it tells of the text that is gone (docs/trust.md P-10)."""
    erased = Q(case__texts_erased_at__isnull=False) | Q(like__case__texts_erased_at__isnull=False)
    return ReplyLikeness.objects.filter(erased, share__gt=0).update(share=0, like=None)


# --- From which share on it is a doubt --------------------------------------------------------------------------------


def threshold() -> int:
    """Return from which share on, in per cent, a reply is nearly the same as another."""
    return LikenessRule.objects.order_by("-pk").values_list("share", flat=True).first() or DEFAULT


def pairs() -> QuerySet[ReplyLikeness]:
    """Return the replies that were nearly the words of another case's, as the threshold of today has it."""
    return ReplyLikeness.objects.filter(share__gte=max(threshold(), LEAST_LIKE))


def about() -> Q:
    """Return the condition on cases that a reply to one was nearly the words of another case's, not word for word."""
    like = pairs().filter(case=OuterRef("pk"))
    return Q(Exists(like)) & ~Q(flags__contains=["same_reply"])


def set_threshold(share_: int, /, *, by: User, at: datetime, reason: str) -> LikenessRule:
    """
    Set from which share on a reply is nearly the same; it holds for what was compared before as well.

    :raises NotYours: ``by`` is not the head of an efficiency office
    :raises Invalid: a share out of bounds, or no reason
    """
    if not may(by, RIGHT, fresh=True):
        record("doubts.set", actor=by, outcome=Outcome.REFUSED, at=at)
        raise NotYours(_("The head of the efficiency office sets this."))
    if not LEAST_LIKE <= share_ <= 100:
        raise Invalid("share", _("Please enter a share from 60 to 100 per cent."))
    said = checks.text("reason", reason, _("Please give a reason."), at_most=LONGEST_REASON)
    with transaction.atomic():
        before = threshold()
        rule = LikenessRule.objects.create(share=share_, reason=said, set_by=by, set_at=at)
        record("doubts.set", actor=by, obj=rule, detail={"before": before, "share": share_}, at=at)
    return rule
