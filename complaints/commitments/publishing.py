"""From a draft to what everybody may rely on: a second person publishes it, and the version before ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.formats import date_format
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from complaints.commitments import disclosed, limits
from complaints.commitments.drafting import digest_of, lock
from complaints.models import ItemVersion, ServiceItem, VersionState
from complaints.models.commitment import weight_of
from complaints.refusals import Invalid, NotAllowed, NotInState, Refused
from efficiency import checks
from efficiency.access import persons
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.records import record
from efficiency.timing import store
from efficiency.timing.due import local_day

# So many working days before it holds a longer promise is announced (docs/domain.md 5).
NOTICE = 20
MOST_AT_ONCE = 1_000
# Also said of an item that has a draft alone: for everybody else it does not exist (docs/trust.md Z-02).
NO_SUCH_ITEM = _("There is no item of this code.")


@dataclass(frozen=True, slots=True)
class Left:
    """A draft that was not published, and why."""

    version: ItemVersion
    why: str | Lazy


def publish(version: ItemVersion, /, *, by: User, at: datetime, seen: str | None = None) -> ItemVersion:
    """
    Let a draft hold from its day on; the version before it ends there.

    :param seen: the digest (``drafting.digest_of``) of what the publisher was shown: if it is another by now, that is
        refused (``NotInState``); None where no page was shown
    :raises NotAllowed: ``by`` publishes none for this organ, wrote the draft (docs/trust.md Z-10), or is not the office
        while the promise becomes longer
    :raises NotInState: it is no draft, or a later version was published
    :raises Invalid: it begins in the past, or today in the place of another; it is longer than the law allows, or
        longer than before without reason or notice
    """
    published, left = _publish([version.pk], by=by, at=at, seen=None if seen is None else {version.pk: seen})
    if not published and not left:
        raise NotInState(_("This draft was thrown away meanwhile."))
    if left:
        raise left[0][1]
    return published[0]


def publish_all(
    ids: Iterable[int], /, *, by: User, at: datetime, seen: Mapping[int, str] | None = None
) -> tuple[list[ItemVersion], list[Left]]:
    """Publish the drafts that can be published, each as ``publish`` does; return them, and the others with reasons."""
    published, left = _publish(list(ids)[:MOST_AT_ONCE], by=by, at=at, seen=seen)
    return published, [Left(version, refusal.message) for version, refusal in left]


@transaction.atomic
def _publish(
    ids: Sequence[int], *, by: User, at: datetime, seen: Mapping[int, str] | None
) -> tuple[list[ItemVersion], list[tuple[ItemVersion, Refused]]]:
    found = ItemVersion.objects.filter(pk__in=ids)
    # Items are locked in one order, before their versions are read.
    list(
        ServiceItem.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=found.values("item"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    drafts = list(found.select_related("item__organ", "drafted_by").order_by("pk"))
    before = _last_published(drafts)
    # Rights are read anew once, behind the lock, for all drafts alike (docs/trust.md Z-06).
    scope_of(by, fresh=True)
    left: list[tuple[ItemVersion, Refused]] = []
    good: list[ItemVersion] = []
    for draft in drafts:
        refusal = obstacle(draft, before.get(draft.item_id), by=by, at=at)
        if refusal is None and seen is not None and seen.get(draft.pk) != digest_of(draft):
            refusal = NotInState(_("The draft was changed since you opened the page. Read it again, then publish it."))
        if refusal is not None:
            left.append((draft, refusal))
        else:
            good.append(draft)
    _write(good, [before[draft.item_id] for draft in good if draft.item_id in before], by=by, at=at)
    return good, left


def _last_published(drafts: Sequence[ItemVersion]) -> dict[int, ItemVersion]:
    """Return the newest published version of each item, by the id of the item."""
    rows = ItemVersion.objects.published().filter(item__in=[draft.item_id for draft in drafts])
    return {row.item_id: row for row in rows.order_by("item", "-valid_from").distinct("item")}


def obstacle(draft: ItemVersion, before: ItemVersion | None, *, by: User, at: datetime) -> Refused | None:
    """Return why ``by``, whose rights were just read, cannot publish the draft; ``before`` was published last."""
    if draft.is_published:
        return NotInState(_("This version has been published already."))
    if not may(by, "item.publish", draft.item):
        return NotAllowed(_("Promises of this organ are not yours to publish."))
    if persons.is_same_person(by, draft.drafted_by):
        return NotAllowed(_("Whoever wrote a version cannot publish it; another person has to."))
    today = local_day(at)
    if draft.valid_from < today:
        return Invalid("valid_from", _("A promise cannot begin in the past; please choose today or a later day."))
    if before is not None and before.valid_from >= draft.valid_from:
        return NotInState(
            _("The version before begins on %(day)s; the new one has to begin later.")
            % {"day": date_format(before.valid_from)}
        )
    if before is not None and draft.valid_from == today:
        # Whoever was accepted this morning keeps the promise of this morning.
        return Invalid(
            "valid_from", _("Something is promised for today already; the new version can begin tomorrow or later.")
        )
    try:
        limits.check(draft)
    except Invalid as refusal:
        return refusal
    return _obstacle_to_longer(draft, before, by=by, today=today)


def is_longer(draft: ItemVersion, before: ItemVersion | None) -> bool:
    """
    Say whether more time is taken than was promised before, be it from one day of the year after it begins.

    Limits in one unit are compared by their numbers; of two units a holiday may make the seemingly equal one longer.
    """
    if before is None:
        return False
    now, then = draft.committed_limit, before.committed_limit
    return weight_of(now) > weight_of(then) or limits.first_day_beyond(now, then, draft.valid_from) is not None


def first_day_of_longer(today: date) -> date:
    """Return the first day on which a longer promise can hold that is published today."""
    return store.load().add_working_days(today, NOTICE)


def _obstacle_to_longer(draft: ItemVersion, before: ItemVersion | None, *, by: User, today: date) -> Refused | None:
    """A longer promise needs the office, a reason and notice; whoever applied meanwhile keeps the shorter one."""
    if not is_longer(draft, before):
        return None
    if not may(by, "item.lengthen", draft.item):
        return NotAllowed(_("The promise becomes longer: only the efficiency office can publish that."))
    if not draft.reason.strip():
        return Invalid("reason", _("The promise becomes longer: please give the reason, everybody reads it."))
    first = first_day_of_longer(today)
    if draft.valid_from < first:
        return Invalid(
            "valid_from",
            _("The promise becomes longer: it is announced %(count)d working days before and can hold from %(day)s on.")
            % {"count": NOTICE, "day": date_format(first)},
        )
    return None


def _write(drafts: Sequence[ItemVersion], before: Sequence[ItemVersion], *, by: User, at: datetime) -> None:
    """End the versions before and let the drafts hold, in a statement each, and record what was done."""
    begins = {draft.item_id: draft.valid_from for draft in drafts}
    ending = [each for each in before if each.valid_until is None or each.valid_until > begins[each.item_id]]
    for each in ending:
        each.valid_until = begins[each.item_id]
    ItemVersion.objects.bulk_update(ending, ["valid_until"], batch_size=500)
    for draft in drafts:
        draft.state, draft.published_by, draft.published_at = VersionState.PUBLISHED, by, at
    ItemVersion.objects.bulk_update(drafts, ["state", "published_by", "published_at"], batch_size=500)
    ServiceItem.objects.filter(pk__in=begins, withdrawn_at__isnull=False).update(
        withdrawn_at=None, withdrawn_by=None, withdrawal_reason="", successor=None
    )
    for draft in drafts:
        record("itemversion.publish", actor=by, obj=draft.item, detail={"number": draft.number}, at=at)
    disclosed.published(drafts, before, by=by, at=at)


@transaction.atomic
def withdraw(
    item: ServiceItem, /, *, by: User, at: datetime, last_day: date, reason: str, successor: ServiceItem | None = None
) -> ServiceItem:
    """
    Take an item off the list after ``last_day``; matters that were accepted by then keep their promise.

    :raises NotAllowed: ``by`` publishes none for this organ
    :raises Invalid: no reason, a day in the past, or a successor that is the item itself or was never published
    :raises NotInState: nothing is promised for it, or a version begins only later
    """
    item = lock(item.pk)
    if not may(by, "item.publish", item, fresh=True):
        raise NotAllowed(_("Promises of this organ are not yours to publish."))
    written = checks.text("reason", reason, _("Please say why the item is no longer offered."), at_most=200)
    if last_day < local_day(at):
        raise Invalid("last_day", _("The last day cannot lie in the past."))
    if successor is not None and successor.pk == item.pk:
        raise Invalid("successor", _("An item cannot be its own successor."))
    if successor is not None and not successor.versions.published().exists():
        raise Invalid("successor", NO_SUCH_ITEM)
    last = item.versions.published().order_by("-valid_from").first()
    until = last_day + timedelta(days=1)
    if last is None or (last.valid_until is not None and last.valid_until <= until):
        raise NotInState(_("Nothing is promised for this item beyond that day."))
    if last.valid_from >= until:
        raise NotInState(_("A version of this item begins only after that day."))
    last.valid_until = until
    last.save(update_fields=["valid_until"])
    item.withdrawn_at, item.withdrawn_by, item.withdrawal_reason, item.successor = at, by, written, successor
    item.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason", "successor"])
    record("serviceitem.withdraw", actor=by, obj=item, at=at)
    last.item = item
    disclosed.withdrawn(last, by=by, at=at)
    return item
