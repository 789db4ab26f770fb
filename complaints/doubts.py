"""
What makes a closing doubtful, and which closed cases the office calls (docs/domain.md 4.8).

Signals for the office, never a judgement: a figure of solved cases is worth what it is checked by.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Func, Q, Value

from complaints import deadlines
from complaints.enums import Kind, Outcome
from complaints.models import Case, CaseIdentity, Reply, ReplyState
from efficiency.pairs import normalise

SAME_REPLY = "same_reply"
LAST_HOUR = "last_hour"
REPEATED = "repeated"
UNSOLVED = "unsolved"
# Asked for material a second time although nothing new had made that necessary (一次性告知, docs/domain.md 4.7 no. 2).
SECOND_LIST = "second_list"
# A case that came back to an organ which had passed it on: 推诿, seen by who held it (docs/domain.md 4.6).
PING_PONG = "ping_pong"
LAST = timedelta(hours=1)
REPEATED_WITHIN = timedelta(days=30)
# One of so many closed cases is drawn, beside all that were upheld.
ONE_OF = 5
UPHELD = (Outcome.UPHELD, Outcome.PARTLY)


def print_of(reply: Reply) -> int:
    """Return a print of findings and measures by which the same reply to another case is found again."""
    folded = normalise(f"{reply.findings}\n{reply.measures}")
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest(), "big", signed=True)


def of_reply(case: Case, reply: Reply, *, at: datetime) -> set[str]:
    """
    Return what is doubtful about the reply that is being sent at ``at``.

    Sent before to another case, word for word; or sent in the last hour before its promise would have been broken.
    """
    found = set()
    if Reply.objects.filter(text_print=reply.text_print, state=ReplyState.SENT).exclude(case=case).exists():
        found.add(SAME_REPLY)
    for kind in (deadlines.REWORK, deadlines.REPLY):
        promise = deadlines.running(case, kind)
        if promise is not None and promise.overdue_at - LAST <= at < promise.overdue_at:
            found.add(LAST_HOUR)
    return found


def point_out_repeated(case: Case) -> None:
    """
    Mark the cases of the same person about the same organ and category that were answered shortly before this one.

    Found by the keyed hash of telephone or e-mail alone (docs/trust.md P-02), within thirty days of the reply. One that
    did not confirm says nothing of a person.
    """
    row = CaseIdentity.objects.filter(case=case, case__unconfirmed=False).first()
    if row is None:
        return
    same = Q(pk__in=[])
    if phone_hash := bytes(row.phone_hash):
        same |= Q(identity__phone_hash=phone_hash)
    if email_hash := bytes(row.email_hash):
        same |= Q(identity__email_hash=email_hash)
    answered = Case.objects.filter(
        same,
        unconfirmed=False,
        organ=case.organ,
        category=case.category,
        replied_at__lt=case.received_at,
        replied_at__gte=case.received_at - REPEATED_WITHIN,
    )
    # A case that somebody is working on right now is left out rather than waited for: a signal is not worth a deadlock.
    free = (
        answered.exclude(pk=case.pk)
        .exclude(flags__contains=[REPEATED])
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
    )
    appended = Func(F("flags"), Value(REPEATED), function="array_append")
    Case.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(flags=appended)


def is_drawn(case: Case) -> bool:
    """
    Say whether a closed case is called: every complaint that was upheld, and one of five of the rest.

    The lot is a keyed hash of the number: nobody can tell before the closing, and it falls alike whoever asks.
    """
    is_known = CaseIdentity.objects.filter(case=case, case__unconfirmed=False).exists()
    if not is_known or case.events.filter(action="record_follow_up").exists():
        return False
    if case.kind == Kind.COMPLAINT and case.outcome in UPHELD:
        return True
    lot = hmac.new(settings.SECRET_KEY.encode(), f"follow-up:{case.number}".encode(), hashlib.sha256).digest()
    return int.from_bytes(lot[:8], "big") % ONE_OF == 0
