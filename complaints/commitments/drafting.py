"""Items and drafts of what is promised for them, written by whoever edits for the organ."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from complaints import checks
from complaints.commitments import limits
from complaints.models import ItemVersion, ServiceItem, VersionState
from complaints.refusals import Invalid, NotAllowed, NotInState
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


@transaction.atomic
def save_item(item: ServiceItem, /, *, by: User) -> ServiceItem:
    """
    Keep an item, new or changed; what is promised for it is none of its fields.

    :raises NotAllowed: ``by`` writes none for this organ, or for that which it had before
    :raises Invalid: the code of an item was changed, or the name is missing
    """
    before = ServiceItem.objects.select_for_update().filter(pk=item.pk).first() if item.pk else None
    for each in (item, before):
        if each is not None and not may(by, "item.draft", each, fresh=True):
            raise NotAllowed(_("Items of this organ are not yours to write."))
    if before is not None and before.code != item.code:
        raise Invalid("code", _("The code of an item never changes: departments' systems report under it."))
    item.name = checks.text("name", item.name, _("Please give the item its name."), at_most=120)
    item.save()
    return item


@transaction.atomic
def save_draft(version: ItemVersion, /, *, by: User, at: datetime) -> ItemVersion:
    """
    Keep a draft, new or changed; whoever kept it last cannot publish it.

    :raises NotAllowed: ``by`` writes none for the organ of the item
    :raises NotInState: it was published meanwhile, or the item has another draft
    :raises Invalid: the promise is longer than the law allows, or a part is missing
    """
    item = lock(version.item_id)
    if not may(by, "item.draft", item, fresh=True):
        raise NotAllowed(_("Items of this organ are not yours to write."))
    others = ItemVersion.objects.filter(item=item)
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


@transaction.atomic
def discard_draft(version: ItemVersion, /, *, by: User, at: datetime) -> None:
    """
    Throw a draft away.

    :raises NotAllowed: ``by`` writes none for the organ of the item
    :raises NotInState: it is no draft any more
    """
    item = lock(version.item_id)
    if not may(by, "item.draft", item, fresh=True):
        raise NotAllowed(_("Items of this organ are not yours to write."))
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
