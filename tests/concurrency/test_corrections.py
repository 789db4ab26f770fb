"""Two persons at once on corrections, and two sweeps (docs/trust.md I-02, F-19, F-21)."""

import pytest

from accountability.corrections import issuing, reviewing
from accountability.corrections.enums import Kind, State
from accountability.corrections.refusals import Changed, NotInState
from accountability.models import Correction, CorrectionEvent
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline
from tests.concurrency import threads
from tests.factories import corrections as make
from tests.factories import requests as make_requests
from tests.factories.cases import local
from tests.factories.corrections import TUESDAY

pytestmark = pytest.mark.django_db(transaction=True)


def seen(correction, times=2):
    return [Correction.objects.get(pk=correction.pk) for _person in range(times)]


def test_of_two_at_once_one_acts_and_the_other_is_told():
    cast = make.make_correction_cast()
    drafted = threads.at_once(*(lambda: make.draft(cast, token="t" * 32) for _twice in range(2)))
    assert threads.failures(drafted) == []
    correction = Correction.objects.get()

    # F-21: one head signs, the other withdraws the draft; whoever comes second learns of it.
    first, second = seen(correction)
    both = threads.at_once(
        lambda: issuing.issue(first, by=cast.head, at=TUESDAY, version=1),
        lambda: issuing.decline(second, by=cast.other_head, at=TUESDAY, version=1, reason="不需要"),
    )
    assert [type(failure) for failure in threads.failures(both)] in ([Changed], [NotInState])
    correction.refresh_from_db()
    assert correction.state in (State.ISSUED, State.DECLINED)
    assert correction.version == correction.events.count() == 2

    # F-19: the same form sent twice at once is one step; two numbers at once are two.
    others = [make.draft(cast) for _each in range(2)]
    issued = threads.at_once(
        *(lambda each=each: issuing.issue(each, by=cast.head, at=TUESDAY, version=1) for each in others)
    )
    assert threads.failures(issued) == []
    assert len({event.data["number"] for event in issued}) == 2
    done = make.lead(others[0], cast, State.DONE)
    accepted = threads.at_once(
        *(
            lambda each=each: reviewing.accept(each, by=cast.officer, at=TUESDAY, version=done.version, token="a" * 32)
            for each in seen(done)
        )
    )
    assert threads.failures(accepted) == []
    assert CorrectionEvent.objects.filter(correction=done, action="accept").count() == 1


def test_two_sweeps_at_once_propose_one_order_for_each_promise():
    cast = make.make_correction_cast()
    for _each in range(6):
        make_requests.file(cast)

    threads.at_once(*(lambda: sweep.run(at=local(2026, 12, 20), batch=2) for _twice in range(2)))

    promises = Deadline.objects.filter(level=4, kind="requests.answer").values_list("pk", flat=True)
    proposed = Correction.objects.filter(kind=Kind.ORDER, deadline__kind="requests.answer")
    assert len(promises) == 6
    assert sorted(proposed.values_list("deadline_id", flat=True)) == sorted(promises)
