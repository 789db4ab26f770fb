"""Two at once on a fault case: one acts, the other is told (docs/trust.md F-09, F-19, F-21)."""

import pytest

from accountability.faults import clues
from accountability.faults.refusals import Absent, Changed, NotInState
from accountability.models import Clue, FaultCase, FaultEvent
from tests.concurrency import threads
from tests.factories import faults as make
from tests.factories.faults import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_at_once_one_acts_and_the_other_is_told():
    cast = make.make_fault_cast()
    make.red_card(cast)
    made = threads.at_once(*(lambda: clues.collect(at=MONDAY) for _twice in range(2)))
    case = make.checked(cast, FaultCase.objects.get())
    propose = {"by": cast.officer, "at": MONDAY, "version": case.version, "text": "应予立案。", "token": "t" * 32}
    seen = [FaultCase.objects.get() for _twice in range(2)]
    proposed = threads.at_once(*(lambda each=each: clues.propose_opening(each, **propose) for each in seen))
    case = FaultCase.objects.get()
    seconds = [(FaultCase.objects.get(), person) for person in (cast.second, cast.third)]
    confirmed = threads.at_once(
        *(
            lambda each=each, person=person: clues.confirm_opening(each, by=person, at=MONDAY, version=case.version)
            for each, person in seconds
        )
    )

    # F-09: two runs make one clue of a card.
    assert sorted(made) == [0, 1]
    assert Clue.objects.count() == 1
    # F-19: the same form sent twice at once is one step.
    assert threads.failures(proposed) == []
    assert FaultEvent.objects.filter(action="propose_opening").count() == 1
    # F-21: of two second persons one confirms; for the other the opened case is absent by then, or has changed.
    assert [type(failure) for failure in threads.failures(confirmed)] in ([Absent], [Changed], [NotInState])
    assert FaultEvent.objects.filter(action="confirm_opening").count() == 1
