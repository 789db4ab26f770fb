"""Buck-passing as the office sees it: chains, to and fro, holding time (docs/domain.md 4.6, 11)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from complaints import actions
from complaints.enums import State, SuspensionGround
from complaints.models import Case, Holding
from efficiency.audit.models import AuditRecord
from supervision.foresight import passing
from supervision.foresight.asking import Span
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, case_in, local

pytestmark = pytest.mark.django_db
MARCH = Span(date(2026, 3, 1), date(2026, 4, 1))
AT = local(2026, 3, 31, 12)
PAGE = "/supervision/passing/"
WEEK = "first=2026-03-01&last=2026-03-31"


@pytest.fixture
def cast():
    return make.make_cast()


@pytest.fixture
def organs(cast):
    return [cast.city.construction.pk, cast.city.tax.pk]


def hand(case: Case, organ, cast, at) -> None:
    """Transfer the case, and let the organ take it in hand, so that it can be passed on again."""
    actions.transfer(case, by=cast.officer, at=at, version=case.version, organ=organ, reason="职责不符")
    by = cast.tax_clerk if organ == cast.city.tax else cast.clerk
    actions.sign_in(case, by=by, at=at, version=case.version)


@pytest.fixture
def to_and_fro(cast) -> Case:
    """A case that went from the construction bureau to the tax office on Wednesday, and back on Friday."""
    case = case_in(State.HANDLING, cast, at=TUESDAY)
    hand(case, cast.city.tax, cast, TUESDAY + timedelta(days=1))
    hand(case, cast.city.construction, cast, TUESDAY + timedelta(days=3))
    return case


class TestChains:
    def test_a_chain_has_its_steps_and_its_organs_in_order(self, cast, organs, to_and_fro):
        once = case_in(State.HANDLING, cast, at=TUESDAY)
        hand(once, cast.city.tax, cast, TUESDAY + timedelta(days=1))
        case_in(State.HANDLING, cast, at=TUESDAY)

        found = passing.chains(passing.passed_on(MARCH, organs, at=AT), MARCH, at=AT)
        names = {organ.pk: organ for organ in (cast.city.construction, cast.city.tax)}
        first, second = (names[key] for key in organs)
        assert [(chain.case, chain.steps, chain.path) for chain in found] == [
            (to_and_fro, 2, (first, second, first)),
            (once, 1, (first, second)),
        ]

    def test_what_happened_after_the_moment_has_not_happened_yet(self, cast, organs, to_and_fro):
        before = TUESDAY + timedelta(days=2)
        chain = passing.chains(passing.passed_on(MARCH, organs, at=before), MARCH, at=before)[0]

        assert (chain.steps, len(chain.path)) == (1, 2)
        assert passing.pairs(MARCH, organs, at=before) == []

    def test_a_return_to_the_office_is_a_step_and_the_office_no_part_of_the_way(self, cast, organs):
        case = case_in(State.ASSIGNED, cast, at=TUESDAY)
        actions.return_to_office(
            case,
            by=cast.leader,
            at=TUESDAY + timedelta(hours=1),
            version=case.version,
            reason="不属本单位职责",
            basis="三定规定",
            organ=cast.city.tax,
        )

        chain = passing.chains(passing.passed_on(MARCH, organs, at=AT), MARCH, at=AT)[0]
        assert (chain.steps, chain.path) == (1, (cast.city.construction,))

    def test_in_the_period_of_the_step_and_of_the_organ_that_let_go_alone(self, cast, organs, to_and_fro):
        april = Span(date(2026, 4, 1), date(2026, 5, 1))
        tax = [cast.city.tax.pk]

        assert not passing.passed_on(april, organs, at=local(2026, 5, 1)).exists()
        assert passing.passed_on(MARCH, tax, at=AT).get() == to_and_fro
        assert not passing.passed_on(Span(MARCH.since, MARCH.until, channel="phone"), organs, at=AT).exists()


class TestPairs:
    def test_a_pair_is_who_passed_on_and_who_sent_back(self, cast, organs, to_and_fro):
        pair = passing.pairs(MARCH, organs, at=AT)[0]

        assert (pair.first, pair.second, pair.cases, pair.times) == (cast.city.construction, cast.city.tax, 1, 1)
        assert list(passing.to_and_fro(MARCH, organs, at=AT, first=pair.first.pk, second=pair.second.pk)) == [
            to_and_fro
        ]
        assert not passing.to_and_fro(MARCH, organs, at=AT, first=pair.second.pk, second=pair.first.pk).exists()


class TestHoldingTime:
    def line(self, organ, organs, span=MARCH, at=AT):
        return next(line for line in passing.held(span, organs, at=at) if line.organ == organ)

    def test_working_days_from_the_day_after_it_got_the_case(self, cast, organs, to_and_fro):
        # Tax from Wednesday 4 to Friday 6 March: Thursday and Friday. Construction from Tuesday to Wednesday, and from
        # Friday on to the 31st: 1 + 17 working days.
        tax, construction = (self.line(organ, organs) for organ in (cast.city.tax, cast.city.construction))

        assert (tax.cases, tax.days, tax.longest, tax.passed_on) == (1, 2, 2, 1)
        assert (construction.cases, construction.days, construction.average) == (1, 18, Decimal("18.0"))

    def test_only_days_of_the_period(self, cast, organs, to_and_fro):
        week = Span(date(2026, 3, 5), date(2026, 3, 6))

        assert self.line(cast.city.tax, organs, week).days == 1
        assert all(line.organ != cast.city.construction for line in passing.held(week, organs, at=AT))

    def test_suspensions_apart(self, cast, organs):
        case = case_in(State.HANDLING, cast, at=TUESDAY)
        # From Wednesday to Friday: three working days that do not count.
        actions.suspend(
            case,
            by=cast.officer,
            at=TUESDAY + timedelta(days=1),
            version=case.version,
            ground=SuspensionGround.FORCE_MAJEURE,
            reason="台风",
        )
        actions.resume(case, by=cast.officer, at=TUESDAY + timedelta(days=3), version=case.version, reason="台风已过")

        line = self.line(cast.city.construction, organs)
        assert (line.days, line.suspended) == (17, 3)

    def test_counted_for_many_by_a_fixed_number_of_statements(self, cast, organs, django_assert_num_queries):
        for _each in range(3):
            Holding.objects.create(case=case_in(State.RECEIVED, cast, at=TUESDAY), organ=cast.city.tax, since=TUESDAY)
        passing.held(MARCH, organs, at=AT)

        with django_assert_num_queries(3):
            assert self.line(cast.city.tax, organs).cases == 3


class TestPages:
    def test_each_figure_leads_to_the_cases_that_it_counts(self, cast, to_and_fro, client: Client):
        client.force_login(cast.inspector)
        page = client.get(f"{PAGE}?{WEEK}")
        pair, line = page.context["pairs"][0], page.context["page"].object_list[0]
        addresses = {
            f"{PAGE}passed-on/?{WEEK}": page.context["count"],
            f"{PAGE}to-and-fro/?{WEEK}&from={pair.first.pk}&back={pair.second.pk}": pair.cases,
            f"{PAGE}held/?{WEEK}&organ={line.organ.pk}&alone=on": line.cases,
            f"{PAGE}passed-on/?{WEEK}&organ={line.organ.pk}&alone=on": line.passed_on,
        }

        for address, figure in addresses.items():
            assert figure == client.get(address).context["count"] == 1
            assert address.replace("&", "&amp;") in page.content.decode()

    def test_Z07_a_case_that_concerns_the_viewer_is_neither_counted_nor_shown(self, cast, to_and_fro, client: Client):
        to_and_fro.recusals.create(user=cast.officer, ground="declared", at=TUESDAY)
        client.force_login(cast.officer)
        for address in (f"{PAGE}?{WEEK}", f"{PAGE}passed-on/?{WEEK}", f"{PAGE}held/?{WEEK}"):
            page = client.get(address)
            assert page.context["count"] == 0
            assert to_and_fro.number not in page.content.decode()

        assert page.context["beyond"] == 0

    @pytest.mark.parametrize("as_", ["csv", "xlsx"])
    def test_O02_each_table_as_a_file_once_that_is_on_record(self, cast, to_and_fro, client: Client, as_):
        client.force_login(cast.inspector)
        for name in ("passing-chains", "passing-pairs", "passing-held"):
            answer = client.get(f"/supervision/outlook/{name}/?{WEEK}&as={as_}")
            got = b"".join(answer.streaming_content)

            assert answer.status_code == 200
            assert as_ == "xlsx" or (cast.city.tax.name in got.decode() and "2026-03" in got.decode()), name
        assert AuditRecord.objects.filter(action="outlook.export", actor_id=cast.inspector.pk).count() == 3

    def test_O02_each_list_behind_a_figure_as_a_file(self, cast, to_and_fro, client: Client):
        client.force_login(cast.officer)
        for which in ("passed-on", "to-and-fro", "held"):
            address = f"{PAGE}{which}/?{WEEK}"
            assert f"/supervision/outlook/{which}/?" in client.get(address).content.decode()
            answer = client.get(f"/supervision/outlook/{which}/?{WEEK}&as=csv")
            text = b"".join(answer.streaming_content).decode()
            assert to_and_fro.number in text, which
        answer = client.get(f"/supervision/outlook/to-and-fro/?{WEEK}&as=csv&from=999999&back=1")
        assert to_and_fro.number not in b"".join(answer.streaming_content).decode()

    def test_what_is_no_table_and_filters_that_make_no_sense_give_no_file(self, cast, client: Client):
        client.force_login(cast.inspector)
        assert client.get("/supervision/outlook/nothing/").status_code == 404
        assert client.get("/supervision/outlook/passing-held/?first=2026-03-05&last=2026-03-01").status_code == 400
        client.force_login(cast.clerk)
        assert client.get("/supervision/outlook/passing-held/").status_code == 404

    def test_dates_that_make_no_span_are_said_so(self, cast, client: Client):
        client.force_login(cast.inspector)

        assert client.get(f"{PAGE}?first=2026-03-05&last=2026-03-01").context["form"].errors
        for span in ("last=9999-12-31", "first=0001-01-01", "first=9999-12-01", "first=2010-01-01", "last=0001-01-01"):
            assert client.get(f"{PAGE}?{span}").context["form"].errors, span
            assert client.get(f"/supervision/doubts/?{span}").context["form"].errors, span
        assert not client.get(f"{PAGE}?last=2020-02-29").context["form"].errors
        assert client.get(f"{PAGE}to-and-fro/?from=x").status_code == 400
        assert client.get(f"{PAGE}nothing/").status_code == 404
