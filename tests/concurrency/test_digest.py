"""Two workers write the digest of one morning at the same time (docs/trust.md F-09)."""

import pytest

from complaints import actions, digest
from complaints.enums import State
from efficiency.deadlines.models import Deadline
from efficiency.outbox import actions as outbox
from efficiency.outbox.models import Channel, Message, MessageGroup
from efficiency.timing.due import end_of
from tests.concurrency import threads
from tests.factories.cases import TUESDAY, case_in, local, make_cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_F09_two_at_once_tell_each_person_once():
    cast = make_cast()
    case = case_in(State.REPORTED, cast)
    morning = local(2026, 3, 5, 8, 30)
    last = end_of(morning.date())
    Deadline.objects.filter(object_id=case.pk, state="open").update(warn_at=TUESDAY, due_at=last, overdue_at=last)
    for user in (cast.officer, cast.office_head, cast.clerk):
        outbox.choose(user, wanted={MessageGroup.DIGEST: [Channel.PORTAL]}, at=TUESDAY)

    results = threads.at_once(*[lambda: actions.write_digests(at=morning)] * 3)

    assert threads.failures(results) == []
    told = list(Message.objects.filter(kind=digest.KIND).values_list("recipient_id", flat=True))
    assert sorted(told) == sorted({cast.officer.pk, cast.office_head.pk, cast.clerk.pk})
