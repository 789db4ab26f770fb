"""What people do with a bulletin: write to its figures, hand it in, send it back, approve it (docs/domain.md 12)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.outbox import nudge
from supervision.bulletins import disclosed, files, reading, texts, workflow
from supervision.bulletins.enums import Section
from supervision.bulletins.refusals import Invalid, NotAllowed
from supervision.bulletins.sealing import digest_of
from supervision.bulletins.workflow import action, once
from supervision.models import Bulletin, BulletinEvent

LONGEST_REASON = 1000


@once
@action
def write(bulletin: Bulletin, /, *, by: User, at: datetime, version: int, **written: str) -> BulletinEvent:
    """
    Write to the figures: ``written`` are the texts by section; what is left out stays as it is.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: a text types a number, asks for a figure that there is not, or is too long
    """
    step = workflow.begin(bulletin, "write", by=by, at=at, version=version)
    filler = reading.content_of(bulletin)
    known = {section: written[section] for section in Section.values if section in written}
    checked = {section: texts.checked(section, text, filler) for section, text in known.items()}
    changed = {section: text for section, text in checked.items() if text != bulletin.texts.get(section, "")}
    bulletin.texts = _without_empty({**bulletin.texts, **checked})
    return workflow.finish(step, data={"texts": changed})


@once
@action
def submit(bulletin: Bulletin, /, *, by: User, at: datetime, version: int) -> BulletinEvent:
    """
    Hand a bulletin in for approval.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: figures of earlier bulletins are corrected, and nothing says why
    """
    step = workflow.begin(bulletin, "submit", by=by, at=at, version=version)
    if bulletin.corrections.exists() and not bulletin.texts.get(Section.CORRECTIONS, "").strip():
        raise Invalid(None, _("Please say with the corrections of earlier figures why they changed."))
    bulletin.submitted_by = by
    return workflow.finish(step)


@once
@action
def send_back(bulletin: Bulletin, /, *, by: User, at: datetime, version: int, reason: str) -> BulletinEvent:
    """
    Send a bulletin back to who handed it in, with the reason.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``
    :raises Invalid: no reason
    """
    step = workflow.begin(bulletin, "send_back", by=by, at=at, version=version)
    text = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    return workflow.finish(step, text=text)


@once
@action
def publish(bulletin: Bulletin, /, *, by: User, at: datetime, version: int) -> BulletinEvent:
    """
    Approve a bulletin: everybody reads it from now on, and nothing of it changes any more.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for whoever wrote of it or
        handed it in, from whichever account (docs/trust.md Z-10)
    """
    step = workflow.begin(bulletin, "publish", by=by, at=at, version=version)
    if has_part_in(bulletin, by):
        raise NotAllowed(_("Whoever wrote of a bulletin or handed it in does not approve it."))
    bulletin.published_by, bulletin.published_at = by, at
    data = {"checksum": bulletin.checksum, "texts": digest_of(bulletin.texts)}
    event = workflow.finish(step, data=data)
    disclosed.announce(bulletin, by=by, at=at)
    transaction.on_commit(lambda: nudge.nudge(files.TASK))
    return event


def has_part_in(bulletin: Bulletin, user: User) -> bool:
    """Say whether the person wrote of a bulletin or handed it in, from whichever account."""
    parts = bulletin.events.filter(action__in=("write", "submit"), actor__isnull=False).select_related("actor")
    seen = {event.actor_id: event.actor for event in parts}
    return any(actor is not None and is_same_person(user, actor) for actor in seen.values())


def _without_empty(written: Mapping[str, str]) -> dict[str, str]:
    return {section: text for section, text in written.items() if text.strip()}
