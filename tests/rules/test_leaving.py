"""What somebody who leaves a post had in hand goes on, whatever it is about (docs/domain.md 7)."""

from datetime import date, timedelta

import pytest
import time_machine

from complaints.enums import RecusalGround, State
from complaints.models import Recusal
from disclosure.catalogue import raising
from efficiency import appointments, handing_over
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Role, Tenure
from efficiency.outbox.models import Message
from supervision.foresight.sampling import reviewing
from supervision.inspections.enums import Kind
from supervision.models import SampleSheet
from tests.factories import cases as make
from tests.factories import inspections
from tests.factories.cases import TUESDAY, case_in
from tests.factories.disclosure import make_column, make_duty
from tests.factories.foresight import draw_one
from tests.factories.staff import make_user, seat
from tests.moments import local

pytestmark = pytest.mark.django_db
AT = TUESDAY + timedelta(days=7)
TODAY = AT.date()
REVIEW = "supervision.sample_review"


def leave(person, cast, *, until=TODAY):
    """End the tenure of somebody, by two persons."""
    administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)
    change = appointments.propose_end(person.tenures.get(), by=administrator, at=AT, until=until, reason="调离")
    return appointments.confirm(change, by=cast.officer, at=AT)


def told(kind):
    return set(Message.objects.filter(kind=kind, channel="portal").values_list("recipient_id", flat=True))


class TestReviewSheets:
    @pytest.fixture(autouse=True)
    def _today(self):
        with time_machine.travel(AT, tick=False):
            yield

    @pytest.fixture
    def cast(self):
        return make.make_cast()

    @pytest.fixture
    def sheet(self, cast):
        self.reviewer = seat(Role.INSPECTOR, cast.city.office)
        sheet = draw_one(case_in(State.REPLIED, cast, at=TUESDAY), cast.officer, at=AT)
        reviewing.assign(sheet, by=cast.officer, at=AT, version=1, reviewer=self.reviewer)
        self.heir = make_user()
        Tenure.objects.create(user=self.heir, post=self.reviewer.tenures.get().post, since=date(2020, 1, 1))
        return SampleSheet.objects.get()

    def test_7_a_review_passes_to_whoever_holds_the_post_and_its_time_runs_on(self, cast, sheet):
        due = engine.running(sheet, [REVIEW]).get().due_at
        [left] = handing_over.known_to(cast.officer, self.reviewer.tenures.get())
        assert left.object_id == sheet.pk
        leave(self.reviewer, cast)
        sheet.refresh_from_db()
        owed = engine.running(sheet, [REVIEW]).get()
        assert (sheet.reviewer, owed.responsible, owed.due_at) == (self.heir, self.heir, due)
        event = sheet.events.latest("number")
        assert (event.action, event.actor, event.data["from_reviewer"]) == ("pass_on", None, self.reviewer.pk)
        assert told("sampling.pass_on") == {self.heir.pk}
        handing_over.follow_tenures(at=AT)
        assert sheet.events.count() == event.number, "twice is once"

    def test_Z07_whoever_must_not_know_of_it_does_not_get_it_and_the_office_gives_it_to_somebody(self, cast, sheet):
        Recusal.objects.create(
            case=sheet.case, user=self.heir, ground=RecusalGround.PERSON_CONCERNED, by=cast.officer, at=AT
        )
        leave(self.reviewer, cast, until=TODAY + timedelta(days=1))
        sheet.refresh_from_db()
        assert sheet.reviewer == self.reviewer, "until the day on which the tenure ends"
        with time_machine.travel(AT + timedelta(days=1), tick=False):
            handing_over.follow_tenures(at=AT + timedelta(days=1))
        sheet.refresh_from_db()
        owed = engine.running(sheet, [REVIEW]).get()
        assert (sheet.state, sheet.reviewer, owed.responsible, owed.post) == ("drawn", None, None, None)
        assert told("sampling.release")
        assert self.heir.pk not in told("sampling.release")
        fresh = seat(Role.INSPECTOR, cast.city.office)
        reviewing.assign(sheet, by=cast.officer, at=AT, version=sheet.version, reviewer=fresh)
        assert sheet.reviewer == fresh


def test_7_publications_are_owed_by_whoever_follows_who_is_told_how_many():
    cast, at = make.make_cast(), local("2026-03-10 09:00")
    editor = seat(Role.DISCLOSURE_EDITOR, cast.city.construction)
    column = make_column()
    for number in range(2):
        make_duty(cast.city.construction, holds_from=date(2026, 1, 1), column=column, title=f"公开事项{number}")
    raising.raise_due(at=local("2026-03-02 09:00"))
    tenure, heir = editor.tenures.get(), make_user()
    Tenure.objects.filter(pk=tenure.pk).update(until=date(2026, 3, 10))
    Tenure.objects.create(user=heir, post=tenure.post, since=date(2026, 3, 10))
    tenure.refresh_from_db()
    assert [each.number for each in handing_over.owed_by(tenure)] == [2]
    handing_over.pass_on_with(tenure, cast.officer, at)
    handing_over.pass_on_with(tenure, cast.officer, at)
    assert handing_over.owed_by(tenure) == []
    message = Message.objects.get(kind=handing_over.YOURS, channel="portal")
    assert (message.recipient, message.values) == (heir, {"count": 2})


def test_7_what_nobody_can_be_given_by_rule_goes_to_whoever_leads_once():
    cast = inspections.make_inspection_cast()
    inspection = inspections.approve(cast)
    tenure = cast.second.tenures.get()
    [(kind, [(number, href)])] = handing_over.named_in(cast.head, tenure)
    assert number == inspection.number
    assert href
    assert handing_over.named_in(cast.clerk, tenure) == [], "who may not know of it does not learn of it (Z-02)"
    at = inspections.WEDNESDAY
    Tenure.objects.filter(pk=tenure.pk).update(until=at.date())
    for _twice in range(2):
        handing_over.follow_tenures(at=at)
    messages = Message.objects.filter(kind=handing_over.LEFT, channel="portal")
    assert [(each.recipient, each.subject_id) for each in messages] == [(cast.head, inspection.pk)]
    assert kind


def test_7_what_the_post_owes_and_nobody_by_name_is_listed_with_what_the_person_owes():
    cast = inspections.make_inspection_cast()
    inspection = inspections.approve(cast)
    tenure = cast.inspector.tenures.get()
    owed = engine.running(inspection).get(kind="inspections.start")
    assert (owed.post, owed.responsible) == (tenure.post, None)
    assert [each.number for each in handing_over.owed_by(tenure)] == [1, 1], "the begin, and the visit"


def test_Z14_a_covert_inspection_is_in_no_number():
    cast = inspections.make_inspection_cast()
    inspections.approve(cast, Kind.COVERT)
    assert handing_over.owed_by(cast.inspector.tenures.get()) == []
