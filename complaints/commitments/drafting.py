"""Items and drafts of what is promised for them, written by whoever edits for the organ."""

import hashlib
import json
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from complaints.commitments import disclosed, limits
from complaints.models import ItemVersion, ServiceItem, VersionState
from complaints.refusals import Invalid, NotAllowed, NotInState
from efficiency import checks
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.records import record

# What a new version takes over from the one before.
CARRIED = (
    "matter_type",
    "statutory_number",
    "statutory_unit",
    "statutory_basis",
    "committed_number",
    "committed_unit",
    "special_procedure",
    "legal_basis",
    "applicants",
    "conditions",
    "materials",
    "steps",
    "fees",
    "fee_basis",
    "result",
    "visits",
    "section",
    "post_id",
    "window",
    "hours",
    "phone",
    "supervision_phone",
)


# What of an item itself is told to the public.
TOLD = ("name", "keywords", "kind", "theme", "audience", "basic_code")
BOUND_TO_ORGAN = _(
    "A promise was published for this item, so its organ stays. Take the item off the list, and write it as a new one "
    "for the other organ."
)
BOUND_TO_KIND = _(
    "A promise was published for this item, so its type of power stays: what is owed of a licence hangs on it. Take "
    "the item off the list, and write it as a new one of the other type."
)


@transaction.atomic
def save_item(item: ServiceItem, /, *, by: User, at: datetime) -> ServiceItem:
    """
    Keep an item, new or changed; what is promised for it is none of its fields.

    What stands in its columns is on the public page at once, without a second person; so an item that was published
    stays with its organ and its type of power, or one person alone would move what another one promises.

    :raises NotAllowed: ``by`` writes none for this organ, or for that which it had before
    :raises Invalid: the code of an item was changed, or organ or type of power of one that was published; or the name
        is missing
    """
    before = ServiceItem.objects.select_for_update().filter(pk=item.pk).first() if item.pk else None
    for each in (item, before):
        if each is not None and not may(by, "item.draft", each, fresh=True):
            raise NotAllowed(_("Items of this organ are not yours to write."))
    if before is not None and before.code != item.code:
        raise Invalid("code", _("The code of an item never changes: departments' systems report under it."))
    is_moved = before is not None and (before.organ_id, before.kind) != (item.organ_id, item.kind)
    if before is not None and is_moved and latest_of(before) is not None:
        if before.organ_id != item.organ_id:
            raise Invalid("organ", BOUND_TO_ORGAN)
        raise Invalid("kind", BOUND_TO_KIND)
    item.name = checks.text("name", item.name, _("Please give the item its name."), at_most=120)
    item.save()
    if before is not None and any(getattr(before, name) != getattr(item, name) for name in TOLD):
        disclosed.changed([item], by=by, at=at)
    return item


@transaction.atomic
def save_draft(version: ItemVersion, /, *, by: User, at: datetime, seen: str | None = None) -> ItemVersion:
    """
    Keep a draft, new or changed; whoever kept it last cannot publish it.

    :param seen: the digest of the draft that the writer began with, empty where there was none; None where no page
        was shown
    :raises NotAllowed: ``by`` writes none for the organ of the item
    :raises NotInState: the draft is another than was ``seen``, it was published meanwhile, or the item has another one
    :raises Invalid: the promise is longer than the law allows, or a part is missing
    """
    item = lock(version.item_id)
    if not may(by, "item.draft", item, fresh=True):
        raise NotAllowed(_("Items of this organ are not yours to write."))
    others = ItemVersion.objects.filter(item=item)
    if seen is not None:
        _check_seen(others.filter(state=VersionState.DRAFT).select_related("item", "drafted_by").first(), seen)
    if version.pk is None:
        if others.filter(state=VersionState.DRAFT).exists():
            raise NotInState(_("There is a draft for this item already."))
        version.number = (others.aggregate(last=Max("number"))["last"] or 0) + 1
    elif not others.filter(pk=version.pk, state=VersionState.DRAFT).exists():
        raise NotInState(_("This version was published meanwhile. A change is a new version."))
    version.legal_basis = checks.text("legal_basis", version.legal_basis, _("Please name the legal basis."))
    if version.fees and not version.fee_basis:
        raise Invalid("fee_basis", _("A fee needs the rule that it rests on."))
    limits.check(version)
    version.drafted_by, version.drafted_at = by, at
    version.save()
    return version


def _check_seen(draft: ItemVersion | None, seen: str) -> None:
    """Refuse to write over what the writer has not read; what they typed is theirs to send again (F-21)."""
    if digest_of(draft) == seen:
        return
    if draft is None:
        raise NotInState(
            _(
                "The draft that you opened was published or thrown away meanwhile. What you typed is kept; if you send "
                "it again, it becomes a new draft."
            )
        )
    raise NotInState(
        _(
            "%(person)s kept this draft on %(moment)s, after you had opened it. What you typed is kept; read the draft "
            "before you send yours again: it then takes its place."
        )
        % {
            "person": draft.drafted_by,
            "moment": date_format(timezone.localtime(draft.drafted_at), "SHORT_DATETIME_FORMAT"),
        }
    )


def digest_of(version: ItemVersion | None) -> str:
    """
    Return what tells this state of a draft and its item from every other one, for the forms that show it.

    Both are as the database has them; no draft has none.
    """
    if version is None:
        return ""
    columns = [[getattr(row, field.attname) for field in row._meta.concrete_fields] for row in (version.item, version)]
    text = json.dumps(columns, cls=DjangoJSONEncoder, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@transaction.atomic
def discard_draft(version: ItemVersion, /, *, by: User, at: datetime, seen: str | None = None) -> None:
    """
    Throw a draft away.

    :param seen: the digest of what was shown, as for ``publishing.publish``: what somebody wrote since then stays
    :raises NotAllowed: ``by`` writes none for the organ of the item
    :raises NotInState: it is no draft any more, or another than was shown
    """
    item = lock(version.item_id)
    if not may(by, "item.draft", item, fresh=True):
        raise NotAllowed(_("Items of this organ are not yours to write."))
    stands = ItemVersion.objects.filter(pk=version.pk, state=VersionState.DRAFT).select_related("item").first()
    if seen is not None and stands is not None and digest_of(stands) != seen:
        raise NotInState(_("The draft was changed since you opened the page. Read it again before you throw it away."))
    gone, _rows = ItemVersion.objects.filter(pk=version.pk, state=VersionState.DRAFT).delete()
    if not gone:
        raise NotInState(_("This version was published meanwhile. A change is a new version."))
    record("itemversion.discard", actor=by, obj=item, detail={"number": version.number}, at=at)


def lock(item_id: int) -> ServiceItem:
    """Return the item; nobody else writes a version of it until the transaction ends."""
    return ServiceItem.objects.select_for_update(of=("self",), no_key=True).select_related("organ").get(pk=item_id)


def latest_of(item: ServiceItem) -> ItemVersion | None:
    """Return the newest version that was published, from which a new draft is made."""
    return item.versions.published().order_by("-number").first()
