"""
The promise behind each owed publication: its kind, its limit, who answers for it, and the column that follows its date.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from disclosure.models import OwedPublication, PublicationDuty
from disclosure.models.catalogue import MOST_DAYS
from efficiency import handing_over
from efficiency.access.models import User
from efficiency.deadlines import registry, rules, subjects
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs.models import Role, TenureKind
from efficiency.timing.due import Limit, Unit, local_day

KIND = "disclosure.publish"
# Who answers for what a duty asks for on a day: the post that it names, else whoever edits disclosure at the organ,
# else its leader; and the holder of that post. A post that is held comes before one that is vacant.
_SEATS = """
SELECT duty.id AS duty_id, seat.post_id, seat.user_id
  FROM disclosure_publicationduty AS duty
 CROSS JOIN LATERAL (
     SELECT post.id AS post_id, holder.user_id
       FROM efficiency_post AS post
       LEFT JOIN LATERAL (
           SELECT tenure.user_id FROM efficiency_tenure AS tenure
             JOIN efficiency_user AS account ON account.id = tenure.user_id AND account.is_active
            WHERE tenure.post_id = post.id AND tenure.kind = %(holder)s
              AND tenure.since <= %(on)s AND (tenure.until IS NULL OR tenure.until > %(on)s)
            ORDER BY tenure.since, tenure.id LIMIT 1
       ) AS holder ON true
      WHERE post.organ_id = duty.organ_id AND post.since <= %(on)s AND (post.until IS NULL OR post.until > %(on)s)
        AND (post.id = duty.post_id OR post.role IN (%(editor)s, %(leader)s))
      ORDER BY (post.id IS NOT DISTINCT FROM duty.post_id) DESC, (holder.user_id IS NOT NULL) DESC,
               (post.role = %(editor)s) DESC, post.code
      LIMIT 1
 ) AS seat
"""
_SEATS_OF = f"{_SEATS} WHERE duty.id = ANY(%(duties)s)"
# Open promises whose post or holder is another by now; who owed what when a level was passed stays on the escalation.
_FOLLOW = f"""
UPDATE efficiency_deadline AS promise
   SET post_id = seat.post_id, responsible_id = seat.user_id
  FROM disclosure_owedpublication AS owed
  LEFT JOIN ({_SEATS}) AS seat ON seat.duty_id = owed.duty_id
 WHERE promise.content_type_id = %(type)s AND promise.object_id = owed.id AND promise.kind = %(kind)s
   AND promise.state = 'open' AND owed.state = 'open'
   AND (promise.post_id, promise.responsible_id) IS DISTINCT FROM (seat.post_id, seat.user_id)
   AND (%(of)s::bigint IS NULL OR promise.responsible_id = %(of)s)
RETURNING promise.responsible_id
"""  # noqa: S608 - put together from our own constants
_REFRESH = """
UPDATE disclosure_owedpublication AS owed SET due_on = (promise.due_at AT TIME ZONE 'Asia/Shanghai')::date
  FROM efficiency_deadline AS promise
 WHERE promise.id IN ({promises}) AND promise.content_type_id = %s AND promise.object_id = owed.id
   AND promise.state = 'open' AND owed.state = 'open'
"""


class Seat(NamedTuple):
    """Who answers for what a duty asks for: a post, and its holder where somebody holds it."""

    post_id: int
    user_id: int | None


class Limits:
    """The time for what duties ask for; what holds for all is asked once for each day."""

    def __init__(self) -> None:
        self._general: dict[date, int] = {}

    def of(self, duty: PublicationDuty, began_at: datetime) -> Limit:
        """
        Return the time for what a duty asks for and what began at the moment.

        A fixed day is counted as calendar days from the end of the year, so that one which is no working day moves to
        the next (docs/domain.md 3.1 rule 5). Otherwise the working days of the duty hold, or fewer where the office
        set fewer for all.
        """
        last_day = local_day(began_at)
        if duty.fixed_month and duty.fixed_day:
            return Limit((fixed_day(duty, last_day.year + 1) - last_day).days, Unit.DAY)
        if last_day not in self._general:
            self._general[last_day] = rules.terms_of(KIND, on=last_day).limit.number
        return Limit(min(duty.limit, self._general[last_day]), Unit.WORKING_DAY)


def fixed_day(duty: PublicationDuty, year: int) -> date:
    """Return the fixed day of a duty in a year, or the last of its month where that has fewer days."""
    month = duty.fixed_month or 1
    return date(year, month, min(duty.fixed_day or 1, monthrange(year, month)[1]))


def seats_of(duty_ids: Iterable[int], *, on: date) -> dict[int, Seat]:
    """Return who answers for the duties on the local day; those of an organ without posts are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_SEATS_OF, {**_roles(on), "duties": list(duty_ids)})
        return {duty_id: Seat(post_id, user_id) for duty_id, post_id, user_id in cursor.fetchall()}


def follow_posts(*, at: datetime) -> int:
    """Let open promises follow whoever answers for the duties now, in one statement; return how many went on."""
    return sum(_follow(at, None).values())


def pass_on(at: datetime, user: User | None) -> dict[int, int]:
    """Do the same for what one person owed, or everybody; return who owes something now that they did not, how much."""
    return {owing: count for owing, count in _follow(at, user).items() if owing is not None}


def _follow(at: datetime, user: User | None) -> Counter[int | None]:
    given = {**_roles(local_day(at)), "type": _type(), "kind": KIND, "of": user.pk if user is not None else None}
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, given)
        return Counter(owing for (owing,) in cursor.fetchall())


def _roles(on: date) -> dict[str, Any]:
    return {
        "on": on,
        "holder": TenureKind.HOLDER.value,
        "editor": Role.DISCLOSURE_EDITOR.value,
        "leader": Role.ORGAN_LEADER.value,
    }


def _type() -> int:
    return ContentType.objects.get_for_model(OwedPublication).pk


def refresh_due(moved: QuerySet[Deadline]) -> None:
    """Set the last day of what is open anew where its promise moved with the calendar, in one statement."""
    promises, params = moved.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH.format(promises=promises), [*params, _type()])


def register() -> None:
    """Make the promise known to the engine; called once Django is ready."""
    handing_over.register(OwedPublication, pass_on=pass_on)
    legal = f"{MOST_DAYS}wd"
    registry.register(
        registry.DeadlineKind(
            name=KIND,
            label=pgettext_lazy("kind of promise", "publication"),
            promise=Promise.CITIZEN,
            limits={"": legal},
            at_most={"": legal},
            subject_model=OwedPublication._meta.label_lower,
        )
    )
    registry.register_moved(KIND, refresh_due, lock=partial(subjects.lock, OwedPublication))
