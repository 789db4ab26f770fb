"""First-receiver duty, one-time notice and internal coordination as the office sees them (docs/domain.md 4.7)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from complaints import actions
from complaints.commitments import duties
from complaints.commitments.duties import Period
from complaints.enums import NamedPerson, State
from complaints.matters import reporting
from complaints.models import Case, Matter
from efficiency.deadlines.models import Deadline
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, case_in
from tests.factories.matters import make_item, make_key, said

pytestmark = pytest.mark.django_db
PAGE = "/supervision/duties/"


@pytest.fixture
def cast():
    return make.make_cast()


@pytest.fixture
def now():
    return timezone.now() - timedelta(hours=1)


def period(first, last=None, now=None) -> Period:
    return Period(local_day(first), local_day(last or first), now or timezone.now())


def every_organ(cast) -> set[int]:
    return {cast.city.construction.pk, cast.city.tax.pk, cast.city.office.pk, cast.city.government.pk}


def line_of(cast, organ, at):
    lines = duties.table(Case.objects.all(), Matter.objects.all(), period(at), every_organ(cast))
    return next((line for line in lines if line.organ == organ), None)


class TestFirstReceiver:
    def test_a_case_that_another_organ_has_to_take_up_was_sent_on(self, cast, now):
        case = case_in(State.HANDLING, cast, at=now - timedelta(minutes=5))
        case_in(State.HANDLING, cast, at=now - timedelta(minutes=5))
        actions.transfer(
            case, by=cast.officer, at=now, version=case.version, organ=cast.city.tax, reason="属地税局职责"
        )

        of_first = line_of(cast, cast.city.construction, now)
        assert (of_first.received, of_first.handed_on) == (2, 1)
        assert line_of(cast, cast.city.tax, now).handed_on == 0

    def test_only_in_the_period_in_which_it_happened(self, cast):
        at = TUESDAY
        case = case_in(State.HANDLING, cast, at=at)
        actions.transfer(
            case, by=cast.officer, at=at + timedelta(days=1), version=case.version, organ=cast.city.tax, reason="职责"
        )
        found = {
            days: duties.handed_on(Case.objects.all(), period(at + timedelta(days=days)), every_organ(cast)).count()
            for days in (0, 1, 2)
        }

        assert found == {0: 0, 1: 1, 2: 0}


class TestOneTimeNotice:
    def test_what_is_asked_after_an_earlier_request_was_asked_again(self, cast, now):
        case = case_in(State.HANDLING, cast, at=now - timedelta(days=1))
        for minutes in (0, 2):
            make.ask(case, cast, at=now + timedelta(minutes=minutes))
            actions.answer_question(case, at=now + timedelta(minutes=minutes + 1), text="三月二日上午。")

        line = line_of(cast, cast.city.construction, now)
        assert (line.asked, line.asked_again) == (2, 1)

    def test_so_is_what_an_applicant_was_told_again_is_missing(self, cast, now, client: Client):
        organ = cast.city.construction
        make_item(organ, "JS-1")
        told = [said("notice", now - timedelta(minutes=minutes), "A-1") for minutes in (40, 30, 20)]
        once = said("notice", now, "A-2")
        mistaken = said("corrected", now, "A-1", corrects=told[2]["id"])
        reporting.report([*told, once, mistaken], organ=organ, key=make_key(organ), at=now)

        line = line_of(cast, organ, now)
        assert (line.noticed, line.noticed_again) == (3, 1)
        client.force_login(cast.inspector)
        rows = client.get(f"{PAGE}noticed-again/").context["rows"]
        assert [(str(row.subject), row.at) for row in rows] == [("A-1", now - timedelta(minutes=30))]

    def test_what_was_taken_back_makes_none_the_second_and_what_was_moved_counts_on_its_right_day(self, cast, now):
        organ = cast.city.construction
        make_item(organ, "JS-1")
        first, second = (said("notice", now - timedelta(minutes=minutes), "A-1") for minutes in (40, 30))
        moved, other = (said("notice", now - timedelta(minutes=minutes), "A-2") for minutes in (20, 10))
        right_at = (now - timedelta(days=40)).isoformat()
        corrections = [
            said("corrected", now - timedelta(minutes=2), "A-1", corrects=first["id"]),
            said("corrected", now - timedelta(minutes=5), "A-2", corrects=moved["id"]),
            said("corrected", now - timedelta(minutes=1), "A-2", corrects=moved["id"], right_at=right_at),
        ]
        reporting.report([first, second, moved, other, *corrections], organ=organ, key=make_key(organ), at=now)

        line = line_of(cast, organ, now)
        assert (line.noticed, line.noticed_again) == (2, 1)


class TestCoordination:
    def test_late_answers_and_those_still_open_count_as_late(self, cast):
        at = TUESDAY
        case = case_in(State.HANDLING, cast, at=at)
        make.join(case, cast, at=at)
        deadline = Deadline.objects.get(kind="complaints.assist")
        after = deadline.overdue_at + timedelta(hours=1)
        before = deadline.due_at - timedelta(days=1)
        cases = Case.objects.all()

        early = Period(local_day(at), local_day(before), before)
        late = Period(local_day(at), local_day(after), after)
        assert duties.coordination(cases, early, every_organ(cast)).count() == 0
        assert duties.coordination_late(cases, late, every_organ(cast)).count() == 1


class TestPages:
    @pytest.fixture
    def sent_on(self, cast, now):
        for _ in range(3):
            case = case_in(State.HANDLING, cast, at=now - timedelta(minutes=5))
            actions.transfer(
                case, by=cast.officer, at=now, version=case.version, organ=cast.city.tax, reason="属地税局职责"
            )

    def test_the_list_behind_a_figure_has_exactly_its_rows(self, cast, sent_on, client: Client):
        client.force_login(cast.officer)
        page = client.get(PAGE)
        line = next(line for line in page.context["lines"] if line.organ == cast.city.construction)
        address = f"{PAGE}handed-on/?{page.context['query']}&organ={line.organ.pk}&alone=1"
        rows = client.get(address)

        assert address.replace("&", "&amp;") in page.content.decode()
        assert rows.context["page"].paginator.count == line.handed_on == 3
        assert {row.to for row in rows.context["rows"]} == {cast.city.tax}
        assert "<h1>转给其他单位</h1>" in rows.content.decode()

    def test_Z02_it_is_there_for_the_office_and_inspectors_alone(self, cast, client: Client):
        for who, status in ((cast.officer, 200), (cast.inspector, 200), (cast.clerk, 404), (cast.auditor, 404)):
            client.force_login(who)
            for address in (PAGE, f"{PAGE}asked-again/", f"{PAGE}coordination-late/"):
                assert client.get(address).status_code == status, (who, address)
        assert client.get(f"{PAGE}unknown/").status_code == 404

    def test_Z14_a_case_that_concerns_the_viewer_is_in_no_figure(self, cast, sent_on, client: Client):
        post = cast.inspector.tenures.get().post
        Case.objects.update(about_post=post, named_person_state=NamedPerson.LINKED)
        client.force_login(cast.inspector)

        assert client.get(PAGE).context["lines"] == []

    @pytest.mark.parametrize(
        "query", ["first=x", "first=2026-02-02&last=2026-01-01", "last=9999-12-31", "organ=99999999"]
    )
    def test_a_wrong_filter_is_said_and_nothing_breaks(self, cast, client: Client, query):
        client.force_login(cast.officer)
        page = client.get(f"{PAGE}?{query}")

        assert page.status_code == 200
        assert page.context["form"].errors
