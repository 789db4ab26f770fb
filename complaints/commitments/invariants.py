"""What must be true of all promises at any time (docs/trust.md I-24); counted by ``verify``."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.commitments import limits
from complaints.models import ItemVersion
from complaints.refusals import Invalid
from efficiency.access import persons
from efficiency.access.models import User
from efficiency.audit.verify import count_sql, register_invariant

_NUMBERING = """
SELECT count(*) FROM (
    SELECT number, row_number() OVER (PARTITION BY item_id ORDER BY number) AS expected FROM complaints_itemversion
) AS numbered WHERE number <> expected
"""
_STILL_OFFERED = """
SELECT count(*) FROM complaints_serviceitem AS i
 WHERE i.withdrawn_at IS NOT NULL
   AND EXISTS (SELECT FROM complaints_itemversion AS v
                WHERE v.item_id = i.id AND v.state = 'published' AND v.valid_until IS NULL)
"""


def promises_beyond_the_law() -> int:
    """
    Count what is promised today or later and lasts longer than the law allows from some day on.

    The database compares the limits; that working days do not outlast calendar days follows from the calendar, which
    may have changed since.
    """
    today = timezone.localdate()
    mixed = [
        version
        for version in ItemVersion.objects.published().filter(statutory_number__isnull=False)
        if version.statutory_unit != version.committed_unit
        and (version.valid_until is None or version.valid_until > today)
    ]
    return sum(not _keeps(version) for version in mixed)


def _keeps(version: ItemVersion) -> bool:
    try:
        limits.check(version)
    except Invalid:
        return False
    return True


def published_by_who_wrote_them() -> int:
    """Count versions that were published by another account of the natural person who wrote them (Z-10)."""
    rows = ItemVersion.objects.published().order_by().values_list("drafted_by", "published_by")
    pairs = set(rows.distinct())
    users = User.objects.in_bulk({pk for pair in pairs for pk in pair})
    alike = [pair for pair in pairs if persons.is_same_person(users[pair[0]], users[pair[1]])]
    return sum(
        ItemVersion.objects.published().filter(drafted_by=author, published_by=publisher).count()
        for author, publisher in alike
    )


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    for title, count in (
        (_("what is promised for an item keeps to the law on every day"), promises_beyond_the_law),
        (_("every promise was published by a second person"), published_by_who_wrote_them),
        (_("versions of an item are numbered without gap"), count_sql(_NUMBERING)),
        (_("what was taken off the list has an end"), count_sql(_STILL_OFFERED)),
    ):
        register_invariant("I-24", title, count)
