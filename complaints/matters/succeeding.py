"""
Open matters that go over to the organ that follows one that ends (docs/domain.md 5, 7).

They go as they stand, also those whose clock stands still and may never run again. Reports that came before stay under
the organ that made them: what follows from them is reckoned by matter, whoever reports next.
"""

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from complaints.matters import reporting
from complaints.matters.promises import SIDES
from complaints.models import Matter, MatterState
from efficiency import succession
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ
from efficiency.refusals import Invalid

# So many of the numbers that stand against a hand-over are named.
MOST_NAMED = 10
# Between the code of the organ before and its number, where the organ that follows has a matter of that number.
BETWEEN = "/"
MOVE = """
UPDATE complaints_matter AS m
   SET organ_id = %(to)s,
       external_id = CASE WHEN EXISTS (SELECT FROM complaints_matter AS o
                                        WHERE o.organ_id = %(to)s AND o.external_id = m.external_id)
                          THEN %(before)s || m.external_id ELSE m.external_id END
 WHERE m.id = ANY(%(ids)s::bigint[])
"""
# Those whose number could not be told from another one even so, or would be too long.
BARRED = """
SELECT m.external_id FROM complaints_matter AS m
  JOIN complaints_matter AS o ON o.organ_id = %(to)s AND o.external_id = m.external_id
 WHERE m.id = ANY(%(ids)s::bigint[])
   AND (length(%(before)s || m.external_id) > %(most)s
        OR EXISTS (SELECT FROM complaints_matter AS p
                    WHERE p.organ_id IN (%(of)s, %(to)s) AND p.external_id = %(before)s || m.external_id))
 ORDER BY m.external_id LIMIT %(named)s
"""


def matters_of(organ: Organ, /) -> QuerySet[Matter]:
    """Return the matters of an organ that are not settled, or granted with the licence not handed over."""
    owed = Deadline.objects.running().filter(
        organ=organ, content_type=ContentType.objects.get_for_model(Matter), kind__in=SIDES
    )
    return Matter.objects.filter(
        ~Q(state=MatterState.FINISHED) | Q(pk__in=owed.order_by().values("object_id")), organ=organ
    )


def move_matters(handing: succession.Handing) -> int:
    """
    Let all open matters of the organ be those of its successor, in a fixed number of statements.

    No clock moves. Where the successor has a matter of the same number, the code of the organ before comes in front.

    :raises Invalid: that would be too long, or another number again
    """
    reporting.hold_back([handing.organ.pk, handing.successor.pk])
    rows = matters_of(handing.organ).order_by("pk").select_for_update(of=("self",), no_key=True)
    ids = list(rows.values_list("pk", flat=True))
    given = {
        "ids": "{" + ",".join(map(str, ids)) + "}",
        "of": handing.organ.pk,
        "to": handing.successor.pk,
        "before": f"{handing.organ.code}{BETWEEN}",
        "most": Matter._meta.get_field("external_id").max_length,
        "named": MOST_NAMED,
    }
    with connection.cursor() as cursor:
        cursor.execute(BARRED, given)
        if barred := [number for (number,) in cursor.fetchall()]:
            raise Invalid(
                "successor",
                _("Nothing was handed over. The organ that follows has matters of these numbers already: %(numbers)s.")
                % {"numbers": pgettext("between items of a list", ", ").join(barred)},
            )
        engine.pass_on_many(Matter, ids, of=handing.organ, to=handing.successor)
        cursor.execute(MOVE, given)
    return len(ids)


def _count(organ: Organ, viewer: User) -> int:
    return matters_of(organ).filter(pk__in=Matter.objects.all().visible_to(viewer).values("pk")).count()


def register() -> None:
    """Make it known; called once Django is ready."""
    succession.register_part(
        "matters",
        lambda count: ngettext("%(count)d open matter", "%(count)d open matters", count) % {"count": count},
        _count,
        move_matters,
        subjects=[Matter._meta.label_lower],
    )
