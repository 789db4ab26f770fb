"""A person's notifications in the portal (docs/trust.md Z-15)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from efficiency.outbox import actions, inbox
from efficiency.outbox.models import Channel
from tests.moments import MONDAY_MORNING, TUESDAY_MORNING, local

pytestmark = pytest.mark.django_db


@pytest.fixture
def tell(organ, clerk):
    """Tell the clerk something about the organ."""

    def act(event: str, at=MONDAY_MORNING, to=None, subject=organ) -> None:
        actions.post(event, "tests.level" if subject else "tests.plain", to=[to or clerk.pk], subject=subject, at=at)

    return act


class TestPage:
    def test_shows_the_newest_first_in_words(self, tell, clerk, organ):
        tell("a")
        tell("b", at=TUESDAY_MORNING)

        notices = inbox.page(clerk).notices

        assert [notice.at for notice in notices] == [TUESDAY_MORNING, MONDAY_MORNING]
        assert (notices[0].text, notices[0].url) == (f"{organ.code} is overdue", f"/admin/organs/{organ.pk}/")

    def test_goes_on_over_several(self, tell, clerk):
        for number in range(5):
            tell(str(number), at=local(f"2026-03-02 10:0{number}"))

        first, last = inbox.page(clerk, 1, per_page=3), inbox.page(clerk, 2, per_page=3)

        assert (len(first.notices), first.has_next) == (3, True)
        assert (len(last.notices), last.has_next) == (2, False)

    def test_Z15_leaves_out_what_the_person_may_no_longer_know(self, tell, clerk, organ, rights):
        tell("a")
        tell("b", subject=None)
        rights.lost.add((clerk.pk, organ.pk))

        assert [notice.text for notice in inbox.page(clerk).notices] == ["Something happened"]
        assert inbox.unread_count(clerk) == 1

    def test_shows_nobody_else_s(self, tell, people, clerk):
        tell("a", to=people["leader"].pk)

        assert inbox.page(clerk).notices == ()

    def test_asks_as_often_for_many_as_for_one(self, tell, clerk):
        tell("a")
        with CaptureQueriesContext(connection) as one:
            inbox.page(clerk)
        for number in range(20):
            tell(str(number))
        with CaptureQueriesContext(connection) as many:
            assert len(inbox.page(clerk).notices) == 21

        assert len(many) == len(one)


class TestReading:
    def test_marks_all_or_some(self, tell, clerk):
        tell("a")
        tell("b")
        newest = inbox.page(clerk).notices[0]

        assert actions.mark_read(clerk, [newest.id], at=TUESDAY_MORNING) == 1
        assert inbox.unread_count(clerk) == 1
        assert actions.mark_read(clerk, at=TUESDAY_MORNING) == 1
        assert inbox.unread_count(clerk) == 0

    def test_touches_nobody_else_s(self, tell, people, clerk):
        tell("a", to=people["leader"].pk)
        others = inbox.page(people["leader"]).notices[0]

        assert actions.mark_read(clerk, [others.id], at=TUESDAY_MORNING) == 0
        assert inbox.unread_count(people["leader"]) == 1


def test_values_are_shown_as_local_dates_in_the_reader_s_language(organ, clerk):
    from efficiency.outbox.models import Message
    from efficiency.outbox.texts import words_of

    actions.post(
        "a",
        "tests.told",
        to=[clerk.pk],
        channels=[Channel.PORTAL],
        subject=organ,
        values={"decided_on": "2026-03-02"},
        at=MONDAY_MORNING,
    )
    with translation.override("zh-hans"):
        words = words_of(Message.objects.all())

    assert "2026年3月2日" in next(iter(words.values())).body
