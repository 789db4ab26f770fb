"""Doubtful closings with their reasons, and what was done about each (docs/domain.md 4.8)."""

from datetime import date, timedelta

import pytest
from django.test import Client

from complaints import actions
from complaints.enums import State
from complaints.models import Case
from supervision.foresight import doubts
from supervision.foresight.asking import Span
from supervision.foresight.doubts import Done, Reason
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, case_in, local

pytestmark = pytest.mark.django_db
MARCH = Span(date(2026, 3, 1), date(2026, 4, 1))
AT = local(2026, 3, 31, 12)
PAGE = "/supervision/doubts/?first=2026-03-01&last=2026-03-31"


@pytest.fixture
def cast():
    return make.make_cast()


def doubtful(cast):
    return doubts.doubtful(MARCH, [cast.city.construction.pk], at=AT)


class TestReasons:
    @pytest.mark.parametrize("reason", [each for each in Reason if each not in doubts.ASKED])
    def test_what_was_found_when_it_was_answered(self, cast, reason):
        case = case_in(State.REPLIED, cast, at=TUESDAY)
        case_in(State.REPLIED, cast, at=TUESDAY)
        Case.objects.update(flags=[])
        Case.objects.filter(pk=case.pk).update(flags=[reason.value, "ping_pong"])

        assert [line.reasons for line in doubts.lines(doubts.with_done(doubtful(cast), at=AT))] == [(reason,)]
        assert {key: number for key, number in doubts.counted(doubtful(cast)).items() if number} == {reason: 1}

    @pytest.mark.parametrize(("said", "is_denied"), [(False, True), (True, False), (None, False)])
    def test_a_contact_on_record_that_the_complainant_denies(self, cast, said, is_denied):
        case = case_in(State.HANDLING, cast, at=TUESDAY)
        actions.record_contact(case, by=cast.officer, at=TUESDAY, version=case.version, text="已联系", reached=True)
        make.reply(case, cast, at=TUESDAY + timedelta(hours=1))
        actions.evaluate(case, at=TUESDAY + timedelta(days=1), grade=3, contacted_in_time=said, solved=True)

        assert doubts.of_reason(doubtful(cast), Reason.DENIED).exists() == is_denied

    def test_only_of_the_period_the_organs_and_the_cases_meant(self, cast):
        case = case_in(State.REPLIED, cast, at=TUESDAY)
        Case.objects.filter(pk=case.pk).update(flags=["last_hour"])
        construction = [cast.city.construction.pk]

        assert doubts.doubtful(MARCH, construction, at=AT).exists()
        assert not doubts.doubtful(Span(date(2026, 4, 1), date(2026, 5, 1)), construction, at=AT).exists()
        assert not doubts.doubtful(MARCH, [cast.city.tax.pk], at=AT).exists()
        assert not doubts.doubtful(Span(MARCH.since, MARCH.until, channel="phone"), construction, at=AT).exists()


class TestWhatWasDone:
    def test_a_case_handled_again_says_so(self, cast):
        cases = [case_in(State.REPORTED, cast, at=TUESDAY) for _each in range(2)]
        actions.order_rework(
            cases[0], by=cast.officer, at=TUESDAY + timedelta(days=1), version=cases[0].version, text="未实际解决"
        )
        Case.objects.update(flags=["unsolved"])

        done = {line.case: line.done for line in doubts.lines(doubts.with_done(doubtful(cast), at=AT))}
        assert done == {cases[0]: (Done.REWORK,), cases[1]: ()}


class TestPage:
    @pytest.fixture
    def two(self, cast):
        cases = [case_in(State.REPLIED, cast, at=TUESDAY) for _each in range(2)]
        Case.objects.update(flags=["last_hour"])
        cases[1].recusals.create(user=cast.officer, ground="declared", at=TUESDAY)
        return cases

    def test_Z07_what_concerns_the_viewer_is_neither_counted_nor_shown(self, cast, two, client: Client):
        client.force_login(cast.officer)
        page = client.get(PAGE)

        assert (page.context["count"], page.context["beyond"]) == (1, 0)
        assert {reason: number for reason, number, _query in page.context["figures"] if number} == {Reason.LAST_HOUR: 1}
        assert [line.case for line in page.context["lines"]] == [two[0]]
        assert two[1].number not in page.content.decode()

    def test_filters_by_reason_and_by_what_was_done(self, cast, two, client: Client):
        client.force_login(cast.inspector)
        counts = [
            client.get(f"{PAGE}&{query}").context["count"]
            for query in ("reason=last_hour", "reason=denied", "done=nothing", "done=rework")
        ]

        assert counts == [2, 0, 2, 0]

    def test_Z07_the_tables_go_out_as_the_page_shows_them(self, cast, two, client: Client):
        client.force_login(cast.officer)
        got = {
            name: b"".join(
                client.get(f"/supervision/outlook/{name}/?{PAGE.partition('?')[2]}&as=csv").streaming_content
            )
            for name in ("doubts", "doubts-cases")
        }

        assert two[0].number in got["doubts-cases"].decode()
        assert two[1].number not in got["doubts-cases"].decode()
        assert "最后一小时答复,1" in got["doubts"].decode()
