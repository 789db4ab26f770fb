"""Responsibility letters of the demonstration: issued to the pilots; some are signed by both, one or nobody."""

from datetime import datetime, timedelta

from django.utils import timezone

from efficiency.access.models import User
from efficiency.deadlines import actions as deadlines
from efficiency.letters import actions
from efficiency.letters.models import ResponsibilityLetter
from efficiency.organs.models import Organ

ISSUER = "head.office"
PILOTS = ("440600-construction", "440600-tax", "440600-sasac", "440604")
# So long ago they were issued: nobody is late yet.
AGO, FIRST_SIGNED_AFTER = timedelta(days=5), timedelta(hours=3)


def load(*, now: datetime) -> int:
    """Issue the letters of this year to the pilots and let people sign; return how many were issued."""
    at = now - AGO
    if timezone.localdate(at).year != timezone.localdate(now).year:
        at = now
    year, by = timezone.localdate(at).year, User.objects.get(username=ISSUER)
    issued = actions.issue(year, list(Organ.objects.filter(code__in=PILOTS).order_by("pk")), by=by, at=at)
    letters = ResponsibilityLetter.objects.filter(year=year).select_related("holder").order_by("post__code", "pk")
    signed_at = min(at + FIRST_SIGNED_AFTER, now)
    # Of three, the first is signed by both, the second waits for the leader, the third for the holder.
    for place, letter in enumerate(letters):
        if place % 3 == 2:
            continue
        actions.sign(letter, by=letter.holder, at=signed_at, text_sha256=letter.text_sha256)
        owed = deadlines.running(letter, [actions.SIGN]).select_related("responsible").first()
        if place % 3 == 0 and owed is not None and owed.responsible is not None:
            actions.sign(letter, by=owed.responsible, at=signed_at, text_sha256=letter.text_sha256)
    return issued.made
