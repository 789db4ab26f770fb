"""Two clerks, and double sending, on requests for information (docs/trust.md I-02, F-19, F-21)."""

import pytest

from disclosure.models import InformationRequest, RequestAnswer, RequestEvent
from disclosure.requests import applying
from disclosure.requests.refusals import Changed, NotInState
from tests.concurrency import threads
from tests.factories import requests as make
from tests.factories.requests import MONDAY

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_at_once_one_acts_and_the_other_is_told():
    cast = make.make_request_cast()
    receipts = threads.at_once(*(lambda: make.file(cast, token="t" * 32) for _twice in range(2)))
    request = InformationRequest.objects.get()
    seen = [InformationRequest.objects.get() for _clerk in range(2)]

    wish = {"attachments": [], "outcome": "is_petition"}
    drafts = threads.at_once(*(lambda each=each: make.draft(each, cast, **wish) for each in seen))
    withdrawn = threads.at_once(
        *(lambda each=each: applying.withdraw(each, at=MONDAY, token="w" * 32) for each in seen)
    )

    # I-02: one form, one request, the same receipt for both.
    assert [receipt.number for receipt in receipts] == [request.number] * 2
    assert receipts[0].code == receipts[1].code
    # F-21: two clerks who saw the same; the second learns that somebody was faster.
    assert [type(failure) for failure in threads.failures(drafts)] in ([Changed], [NotInState])
    assert RequestAnswer.objects.count() == 1
    # F-19: the same form sent twice at once is one step.
    assert threads.failures(withdrawn) == []
    assert RequestEvent.objects.filter(action="withdraw").count() == 1
