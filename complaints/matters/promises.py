"""
What is promised for a matter, from the version of its item; and the column that lists of matters go by.

Beside the decision stand two promises that the law gives (docs/domain.md 3.5): what is missing is told within days of
the receipt, and a licence is handed over within days of the decision.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from complaints.matters.course import Rules, Terms
from complaints.models import ItemKind, ItemVersion, Matter
from efficiency.deadlines import registry, rules
from efficiency.deadlines.models import Deadline, LimitRule, Promise
from efficiency.timing import due
from efficiency.timing.calendar import OutsideCalendar, WorkCalendar
from efficiency.timing.due import start_of

KIND, NOTICE, DELIVERY = "complaints.matter", "complaints.matter_notice", "complaints.matter_delivery"
SIDES = (NOTICE, DELIVERY)
# By so many working days the head of the organ may give more time; where several organs decide together, by so many
# (行政许可法 Art. 42). Those are the items for which the law gives 45 working days.
MOST_MORE, MOST_MORE_JOINT = 10, 15
JOINT = due.Limit(45, due.Unit.WORKING_DAY)
# More calendar days than many of a unit ever take, and than holidays, more time and levels take on top of them.
AT_MOST_DAYS = {
    due.Unit.WORKING_DAY: 3,
    due.Unit.DAY: 1,
    due.Unit.HOUR: 1,
    due.Unit.WORKING_HOUR: 1,
    due.Unit.MONTH: 31,
    due.Unit.YEAR: 366,
}
ON_TOP_DAYS = 150


def register() -> None:
    """Make the promise known to the engine; called once, when the app is ready."""
    registry.register(
        registry.DeadlineKind(
            name=KIND,
            label=pgettext_lazy("kind of promise", "decision on a matter"),
            promise=Promise.CITIZEN,
            # The committed limit of the item comes before it; what the law allows where it says nothing else.
            limits={"": "20wd"},
            at_most={"": "20wd"},
            subject_model=Matter._meta.label_lower,
        )
    )
    for name, label, limit in (
        (NOTICE, pgettext_lazy("kind of promise", "acceptance of a matter, or notice of what is missing"), "5wd"),
        (DELIVERY, pgettext_lazy("kind of promise", "handing over of a licence"), "10wd"),
    ):
        registry.register(
            registry.DeadlineKind(
                name=name,
                label=label,
                promise=Promise.CITIZEN,
                limits={"": limit},
                at_most={"": limit},
                subject_model=Matter._meta.label_lower,
            )
        )
    registry.register_moved(KIND, refresh_overdue, lock=lock_matters)


class Promised:
    """The promises of some items by day, reckoned once for each; with each version its item is read."""

    def __init__(self, versions: Iterable[ItemVersion], calendar: WorkCalendar) -> None:
        self.calendar = calendar
        self.by_item: dict[int, list[ItemVersion]] = {}
        for version in versions:
            self.by_item.setdefault(version.item_id, []).append(version)
        self.kept: dict[tuple[int, date], Terms | None] = {}

    def __call__(self, item_id: int, day: date) -> Terms | None:
        """
        Return what is promised for the item on the local day; None where no version is in force.

        :raises OutsideCalendar: the calendar does not reach far enough
        """
        key = (item_id, day)
        if key not in self.kept:
            self.kept[key] = self._terms(item_id, day)
        return self.kept[key]

    def _terms(self, item_id: int, day: date) -> Terms | None:
        if (
            item_id not in self.by_item
        ):  # of an organ whose matters went over to this one, read when it is first asked for
            self.by_item[item_id] = list(_versions_of(item_id))
        for version in self.by_item[item_id]:
            if version.valid_from <= day and (version.valid_until is None or day < version.valid_until):
                red = red_of(version, day, calendar=self.calendar)
                self._check_countable(version.committed_limit, day, red)
                return Terms(
                    version_id=version.pk,
                    item_id=item_id,
                    post_id=version.post_id,
                    limit=version.committed_limit,
                    red_after=red,
                    fourth_after=red + due.FOURTH_AFTER_RED,
                    most_more=MOST_MORE_JOINT if version.statutory_limit == JOINT else MOST_MORE,
                    is_licence=version.item.kind == ItemKind.LICENCE,
                    steps=len(version.steps),
                )
        return None

    def _check_countable(self, limit: due.Limit, day: date, red: int) -> None:
        """
        Let no promise be one that cannot be counted to its last level; of nearly all that is plain at a glance.

        :raises OutsideCalendar: the calendar does not reach far enough
        """
        if limit.number * AT_MOST_DAYS[limit.unit] + ON_TOP_DAYS > (self.calendar.last_day - day).days:
            more = due.Limit(MOST_MORE_JOINT, due.Unit.WORKING_DAY)
            due.reckon(start_of(day), limit, calendar=self.calendar, extensions=[more], red=red)


def _versions_of(item_id: int) -> Iterator[ItemVersion]:
    """Return what was ever promised for an item of another organ; the posts are those of that organ, and not meant."""
    for version in ItemVersion.objects.published().filter(item=item_id).select_related("item").order_by("valid_from"):
        version.post_id = None
        yield version


class SideTerms:
    """The limits of the two promises beside the decision by day; the rules of the office are read once, when needed."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self.calendar = calendar
        self._rules: list[LimitRule] | None = None
        self._kept: dict[tuple[str, date], rules.Terms] = {}
        self._overdue: dict[tuple[str, date], datetime] = {}

    def __call__(self, kind: str, day: date) -> rules.Terms:
        """Return limit and thresholds of ``kind`` for what begins on the local day."""
        key = (kind, day)
        if key not in self._kept:
            self._kept[key] = self._terms(kind, day)
        return self._kept[key]

    def notice_overdue_at(self, received_at: datetime) -> datetime:
        """
        Return the first moment at which a notice of what is missing comes too late.

        :raises OutsideCalendar: the calendar does not reach far enough
        """
        return self._overdue_at(NOTICE, received_at)

    def delivery_overdue_at(self, granted_at: datetime) -> datetime:
        """
        Return the first moment at which a licence is handed over too late.

        :raises OutsideCalendar: the calendar does not reach far enough
        """
        return self._overdue_at(DELIVERY, granted_at)

    def _overdue_at(self, kind: str, started_at: datetime) -> datetime:
        key = (kind, due.local_day(started_at))
        found = self._overdue.get(key)
        if found is None:
            limit = self(*key).limit
            found = due.due_at(started_at, limit, calendar=self.calendar) + due.ONE_SECOND
            if not limit.unit.is_hours:  # in days the hour of the start moves nothing
                self._overdue[key] = found
        return found

    def _terms(self, kind: str, day: date) -> rules.Terms:
        if self._rules is None:
            found = LimitRule.objects.filter(kind__in=SIDES, variant="")
            self._rules = list(found.order_by("-valid_from", "-id"))
        rule = next((each for each in self._rules if each.kind == kind and each.valid_from <= day), None)
        if rule is None:
            return rules.terms_with(registry.get(kind).limit(""), None)
        limit = due.Limit(rule.number, due.Unit(rule.unit))
        return rules.terms_with(limit, None, red=rule.red_after, fourth_after_red=rule.fourth_after)


def rules_by(promised: Promised, sides: SideTerms, *, at: datetime | None) -> Rules:
    """Return what courses of matters are reckoned by, as of ``at``; without it time alone changes nothing."""
    return Rules(
        promised=promised,
        notice_overdue_at=sides.notice_overdue_at,
        delivery_overdue_at=sides.delivery_overdue_at,
        calendar=promised.calendar,
        at=at,
    )


def red_of(version: ItemVersion, day: date, *, calendar: WorkCalendar) -> int:
    """
    Return after how many working days overdue a matter accepted on ``day`` turns red.

    As every promise by its limit, and at once when the statutory limit is passed (docs/domain.md 9.2).
    """
    red = due.red_after(version.committed_limit)
    statutory = version.statutory_limit
    if statutory is None:
        return red
    try:
        statutory_end = due.local_day(due.due_at(start_of(day), statutory, calendar=calendar))
    except OutsideCalendar:
        return red  # the law gives more time than is known: the promise is red long before
    committed_end = due.local_day(due.due_at(start_of(day), version.committed_limit, calendar=calendar))
    return min(red, max(0, calendar.working_days_between(committed_end, statutory_end)))


def lock_matters(promises: QuerySet[Deadline]) -> None:
    """Lock the matters of these promises, in the order of their ids, before the promises are counted anew."""
    matters = Matter.objects.filter(pk__in=promises.order_by().values("object_id")).order_by("pk")
    len(matters.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def refresh_overdue(moved: QuerySet[Deadline]) -> None:
    """Set the column of running matters anew whose promises moved with the calendar, in one statement."""
    subjects, params = moved.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE complaints_matter AS m SET overdue_at = d.overdue_at
              FROM efficiency_deadline AS d
             WHERE d.id IN ({subjects}) AND d.content_type_id = %s AND d.object_id = m.id AND m.state = 'running'
            """,  # noqa: S608 - the inner statement is Django's own, its values are parameters
            [*params, ContentType.objects.get_for_model(Matter).pk],
        )
