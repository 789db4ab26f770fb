"""
Long forms of staff that are not sent yet: kept on the server for whoever writes, and for nobody else (P-01, P-10).

A draft is no step: it changes nothing of a case and stands in no course. One a person, form and case; it ends when the
form is taken, and 24 hours after the last change at the latest.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from complaints.models import Case, FormDraft
from complaints.refusals import Invalid
from efficiency import checks
from efficiency.access import cipher
from efficiency.access.models import User
from efficiency.files.rules import DRAFT_HOURS

# Of so many forms the drafts are kept for one person; the oldest makes room for what is being written now.
MOST_DRAFTS = 20
# Five texts as long as any may be (``checks.LONG_TEXT``), in Chinese.
MOST_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class Written:
    """What was typed, by field, the moment of its saving and the version of the case at which it was written."""

    values: dict[str, Any]
    saved_at: datetime
    version: int | None = None


@transaction.atomic
def keep_form(
    by: User,
    form: str,
    values: Mapping[str, Any],
    /,
    *,
    at: datetime,
    case: Case | None = None,
    version: int = 0,
    is_done: Callable[[], bool] = lambda: False,
) -> bool:
    """
    Keep what ``by`` has typed into ``form`` so far, in place of what was kept of it before.

    Whoever calls has let ``by`` see the case and the form. Say whether it is kept: what arrives after the same page has
    sent the form is nothing to come back to.

    :param version: that of the case on the page
    :param is_done: says whether the page has sent the form; asked after everything that could still end a draft
    :raises Invalid: it is too long, or holds what is no text
    """
    content = _packed(values, version)
    _lock(by)
    if is_done():
        return False
    name = _name(by, form, case)
    sealed = cipher.encrypt(content, row=row_named(name), field="content")
    FormDraft.objects.update_or_create(
        name=name, defaults={"owner": by, "case": case, "content": sealed, "saved_at": at}
    )
    newest = FormDraft.objects.filter(owner=by).order_by("-saved_at", "-pk").values_list("pk", flat=True)
    FormDraft.objects.filter(owner=by).exclude(pk__in=list(newest[:MOST_DRAFTS])).delete()
    return True


def kept_form(by: User, form: str, /, *, at: datetime, case: Case | None = None) -> Written | None:
    """Return what ``by`` has kept of ``form``; None where nothing is, or nothing that can be read."""
    since = at - timedelta(hours=DRAFT_HOURS)
    name = _name(by, form, case)
    row = FormDraft.objects.filter(name=name, owner=by, saved_at__gt=since).first()
    if row is None:
        return None
    try:
        held = json.loads(cipher.decrypt(row.content, row=row_named(name), field="content"))
    except cipher.CannotOpen:
        return None
    return Written(held["values"], row.saved_at, held["version"] if case else None)


def has_taken(by: User, action: str, case: Case, /, *, since: int) -> bool:
    """Say whether ``by`` has taken the step in ``case`` since its version ``since``."""
    return case.events.filter(action=action, actor=by, number__gt=since).exists()


@transaction.atomic
def drop_form(by: User, form: str, /, *, case: Case | None = None) -> None:
    """Forget what ``by`` has kept of ``form``: it was taken, or is not wanted any more."""
    # What another window is keeping at this moment goes as well.
    _lock(by)
    FormDraft.objects.filter(name=_name(by, form, case), owner=by).delete()


def clean_up_forms(*, at: datetime) -> int:
    """Forget what nobody has touched for 24 hours at ``at``; return how many drafts that were."""
    return FormDraft.objects.filter(saved_at__lte=at - timedelta(hours=DRAFT_HOURS)).delete()[0]


def _lock(by: User) -> None:
    """Let the windows of one person wait for each other: together they do not pass the limit, nor what was sent."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)


def _packed(values: Mapping[str, Any], version: int) -> str:
    for name, value in values.items():
        if isinstance(value, str):
            checks.storable(name, value)
    content = json.dumps({"values": dict(values), "version": version}, ensure_ascii=False)
    if len(content.encode()) > MOST_BYTES:
        raise Invalid(None, _("This is too long to be kept as a draft."))
    return content


def row_named(name: str) -> str:
    """Return under which name the cipher knows the draft called ``name``."""
    return f"form-draft:{name}"


def _name(by: User, form: str, case: Case | None) -> str:
    return f"{by.pk}:{form}:{case.pk if case else ''}"
