"""The month of the worked example of docs/domain.md 12, laid down row by row."""

from datetime import date

from tests.known import led
from tests.moments import local
from tests.targets.measures import rows

SINCE, UNTIL = date(2026, 3, 1), date(2026, 4, 1)
AS_OF = local("2026-04-10 12:00")
MARCH_10, MARCH_20 = local("2026-03-10 09:00"), local("2026-03-20 09:00")


@led
def lay_down(cast):
    """
    Lay down the month.

    240 received; 150 answered directly; 90 assigned, 84 of them replied; in the month 88 replied, 85 in time; 2 others
    unreplied and overdue; 60 evaluated: 25 times 5, 20 times 4, 9 times 3, 4 times 2, twice 1.
    """
    organ, office = cast.city.construction, cast.city.office
    received = rows.cases(240, organ=organ, office=office)
    earlier = rows.cases(4, organ=organ, office=office, received_at=local("2026-02-10 10:00"))
    rows.events(received[:90], "instruct", at=MARCH_10, handling="assigned", organ=organ.pk)
    answered = [*received[:84], *earlier]
    rows.promises(answered[:85], "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20)
    rows.promises(answered[85:], "complaints.reply", organ=organ, due="2026-03-17", met=MARCH_20)
    for overdue in rows.promises(received[84:86], "complaints.reply", organ=organ, due="2026-03-24"):
        rows.overdue(overdue)
    rows.promises(received[86:90], "complaints.reply", organ=organ, due="2026-04-08")
    sent = rows.replies(answered, at=MARCH_20, by=cast.leader, and_by=cast.clerk)
    rows.replies(received[90:], at=MARCH_10, by=cast.officer, and_by=cast.officer, on_the_spot=True)
    for grade, begin, end in ((5, 0, 25), (4, 25, 45), (3, 45, 54), (2, 54, 58), (1, 58, 60)):
        rows.evaluations(sent[begin:end], grade, at=local("2026-03-25 10:00"))
    return received
