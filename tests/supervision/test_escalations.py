"""Broken promises at the efficiency office: who sees them, what it says and does (docs/domain.md 9.2)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints import actions as case_actions
from complaints.enums import State
from complaints.models import Case, SupervisionOrder
from efficiency.access.models import User
from efficiency.audit.models import AuditRecord
from efficiency.deadlines import actions as deadlines
from efficiency.deadlines import registry, sweep
from efficiency.deadlines.models import Acknowledgement, Escalation
from efficiency.letters import actions as letters
from efficiency.letters.models import ResponsibilityLetter
from efficiency.organs.models import Duty, DutyKind, Post, Role, Tenure, TenureKind
from efficiency.outbox import registry as subjects
from supervision.escalations.acknowledging import AlreadyAcknowledged, Refused, acknowledge
from supervision.escalations.querysets import SUBJECTS, escalations_visible_to, highest
from tests.factories.cases import TUESDAY, case_in, file, join
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LIST = "/supervision/escalations/"
MONTHS_LATER = TUESDAY + timedelta(days=60)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(MONTHS_LATER, tick=False):
        yield


@pytest.fixture
def broken(cast):
    """A case that nobody replied to, found by the sweep."""
    case = case_in(State.HANDLING, cast)
    sweep.run(at=MONTHS_LATER)
    return case


def reply_escalation(case):
    return highest(Escalation.objects.filter(object_id=case.pk, kind="complaints.reply")).get()


class TestWhoSeesIt:
    @pytest.mark.parametrize("person", ["officer", "office_head", "inspector"])
    def test_office_and_inspectors_open_the_list(self, client, cast, broken, person):
        client.force_login(getattr(cast, person))

        assert broken.number in client.get(LIST).content.decode()

    @pytest.mark.parametrize("person", ["clerk", "leader", "tax_clerk", "auditor"])
    def test_Z02_for_everybody_else_the_pages_do_not_exist(self, client, cast, broken, person):
        client.force_login(getattr(cast, person))

        assert client.get(LIST).status_code == 404
        assert client.get(reverse("supervision:escalation", args=[reply_escalation(broken).pk])).status_code == 404

    def test_visitors_are_asked_to_log_in(self, client, broken):
        assert client.get(LIST).status_code == 302

    def test_Z07_who_holds_the_post_complained_about_finds_the_promise_absent(self, client, cast, broken):
        concerned = seat(Role.INSPECTOR, cast.city.office)
        case_actions.declare_recusal(broken, by=concerned, at=MONTHS_LATER, reason="当事人是我的亲属")
        client.force_login(concerned)

        assert broken.number not in client.get(LIST).content.decode()
        assert client.get(reverse("supervision:escalation", args=[reply_escalation(broken).pk])).status_code == 404
        assert not escalations_visible_to(concerned).exists()

    def test_a_district_office_sees_its_district_alone(self, cast, broken):
        officer = seat(Role.OFFICE_OFFICER, cast.city.district_office)

        assert not escalations_visible_to(officer).exists()


class TestOfficeInOnePlaceAndOrganInAnother:
    """Who oversees a district and works in an organ elsewhere does not oversee that organ (docs/trust.md Z-02)."""

    @pytest.fixture
    def both(self, cast):
        """An inspector of a district who is clerk of a bureau of the city."""
        person = seat(Role.INSPECTOR, cast.city.district_office)
        post = Post.objects.create(organ=cast.city.construction, code="JS-09", name="兼任", role=Role.CLERK)
        Tenure.objects.create(user=person, post=post, kind=TenureKind.HOLDER, since=date(2020, 1, 1))
        return person

    def test_what_the_own_organ_owes_is_neither_seen_nor_acknowledged(self, client, cast, broken, both):
        escalation = reply_escalation(broken)
        assert Case.objects.visible_to(both).filter(pk=broken.pk).exists()
        assert not escalations_visible_to(both).exists()
        with pytest.raises(Refused):
            acknowledge(escalation, by=both, at=MONTHS_LATER)
        client.force_login(both)
        assert client.get(reverse("supervision:escalation", args=[escalation.pk])).status_code == 404
        assert broken.number not in client.get(LIST).content.decode()

    def test_what_is_no_case_is_known_by_the_organ_that_owes_it(self, cast, both):
        post = Tenure.objects.get(user=cast.clerk).post
        Duty.objects.bulk_create(Duty(post=post, kind=kind, text=f"{kind.label}。") for kind in DutyKind)
        letters.issue(MONTHS_LATER.year, [cast.city.construction], by=cast.officer, at=TUESDAY)
        sweep.run(at=MONTHS_LATER)
        assert escalations_visible_to(cast.inspector).filter(kind=letters.SIGN).exists()
        assert not escalations_visible_to(both).exists()


def test_Z07_what_another_account_of_the_person_answers_for_is_absent(cast):
    post = Tenure.objects.get(user=cast.clerk).post
    Duty.objects.bulk_create(Duty(post=post, kind=kind, text=f"{kind.label}。") for kind in DutyKind)
    letters.issue(MONTHS_LATER.year, [cast.city.construction], by=cast.officer, at=TUESDAY)
    same = {"full_name": cast.leader.full_name, "phone": "13800000077"}
    User.objects.filter(pk__in=[cast.leader.pk, cast.inspector.pk]).update(**same)
    owed_by = {"organ": post.organ, "post": post, "responsible": cast.leader}
    deadlines.reassign(ResponsibilityLetter.objects.get(), [letters.SIGN], **owed_by)
    sweep.run(at=MONTHS_LATER)
    inspector = User.objects.get(pk=cast.inspector.pk)
    assert escalations_visible_to(cast.officer).filter(kind=letters.SIGN).exists()
    assert not escalations_visible_to(inspector).exists()


def test_every_promise_is_about_something_that_the_office_finds_and_can_name():
    kinds = [kind for kind in registry.kinds() if not kind.name.startswith("tests.")]
    models = {apps.get_model(kind.subject_model) for kind in kinds}

    assert models == set(SUBJECTS)
    assert [model for model in models if subjects.subject(model._meta.label_lower) is None] == []


class TestTheList:
    def test_shows_each_broken_promise_once_with_its_highest_level(self, client, cast, broken):
        client.force_login(cast.officer)

        rows = client.get(LIST).context["rows"]

        reply = [row for row in rows if row.escalation.kind == "complaints.reply"]
        assert [row.escalation.level for row in reply] == [4]

    def test_says_how_late_in_working_days_and_who_owes_it(self, client, cast, broken):
        client.force_login(cast.officer)

        row = next(row for row in client.get(LIST).context["rows"] if row.escalation.kind == "complaints.reply")

        # 15 working days from Tuesday 3 March end on 24 March; until 2 May there are 26 working days.
        assert row.days_over == 26
        assert row.escalation.organ == cast.city.construction

    def test_the_figures_count_what_their_links_list(self, client, cast, broken):
        client.force_login(cast.officer)

        page = client.get(LIST)
        listed = client.get(LIST, {"standing": "open", "level": "4"}).context["page"].paginator.count

        assert page.context["figures"]["fourth"] == listed

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"level": "2"}, False),
            ({"level": "4"}, True),
            ({"kind": "complaints.reply"}, True),
            ({"kind": "complaints.accept"}, False),
            ({"acknowledged": "yes"}, False),
            ({"acknowledged": "no"}, True),
            ({"standing": "open"}, True),
            ({"standing": "late"}, False),
            ({"words": "施工许可"}, True),
            ({"words": "许可"}, True),
            ({"words": "没有这个词"}, False),
        ],
    )
    def test_filters_and_search_by_two_characters(self, client, cast, broken, query, found):
        client.force_login(cast.officer)

        rows = client.get(LIST, query).context["rows"]

        assert any(row.escalation.kind == "complaints.reply" for row in rows) is found

    def test_the_organ_filter_takes_in_what_lies_below(self, client, cast, broken):
        client.force_login(cast.officer)

        assert client.get(LIST, {"organ": cast.city.government.pk}).context["rows"]
        assert not client.get(LIST, {"organ": cast.city.tax.pk}).context["rows"]

    def test_an_unknown_value_is_answered_and_not_an_error(self, client, cast, broken):
        client.force_login(cast.officer)

        assert client.get(LIST, {"level": "9", "organ": "x", "page": "abc"}).status_code == 200

    def test_the_queries_do_not_grow_with_the_rows(self, client, cast, broken):
        client.force_login(cast.officer)
        few = _queries(client)
        for _ in range(10):
            case_in(State.HANDLING, cast)
        sweep.run(at=MONTHS_LATER)

        assert _queries(client) == few


def test_the_list_asks_of_nothing_that_no_promise_is_about(client, cast, broken):
    client.force_login(cast.officer)

    with CaptureQueriesContext(connection) as captured:
        page = client.get(LIST)

    assert page.context["rows"]
    asked = [
        query["sql"] for query in captured.captured_queries if '"efficiency_escalation"."level" >= 2' in query["sql"]
    ]
    assert asked
    assert not any("accountability_" in sql or "supervision_" in sql for sql in asked)


def test_the_page_names_each_level_that_was_passed(client, cast, broken):
    client.force_login(cast.officer)

    page = client.get(reverse("supervision:escalation", args=[reply_escalation(broken).pk]))

    assert [level.level for _name, level in page.context["levels"]] == [1, 2, 3, 4]
    assert all(f"<td>{name}</td>" in page.content.decode() for name, _level in page.context["levels"])


class TestAcknowledging:
    def test_writes_down_who_has_seen_it_and_a_record(self, cast, broken):
        escalation = reply_escalation(broken)

        acknowledge(escalation, by=cast.officer, at=MONTHS_LATER, note="已电话催办")

        assert Acknowledgement.objects.get().by == cast.officer
        assert AuditRecord.objects.filter(action="escalation.acknowledge").count() == 1

    def test_happens_once(self, cast, broken):
        escalation = reply_escalation(broken)
        acknowledge(escalation, by=cast.officer, at=MONTHS_LATER)

        with pytest.raises(AlreadyAcknowledged):
            acknowledge(escalation, by=cast.inspector, at=MONTHS_LATER)

    @pytest.mark.parametrize("person", ["clerk", "leader", "auditor"])
    def test_is_refused_to_everybody_else(self, cast, broken, person):
        with pytest.raises(Refused):
            acknowledge(reply_escalation(broken), by=getattr(cast, person), at=MONTHS_LATER)

    def test_from_the_page(self, client, cast, broken):
        client.force_login(cast.inspector)
        address = reverse("supervision:escalation", args=[reply_escalation(broken).pk])

        client.post(address, {"acknowledge": "1", "seen-note": "已阅"})

        assert "已阅" in client.get(address).content.decode()


class TestOrderingSupervision:
    def test_from_the_page_opens_the_promise_of_an_answer(self, client, cast, broken):
        client.force_login(cast.inspector)
        address = reverse("supervision:escalation", args=[reply_escalation(broken).pk])

        client.post(address, {"order": "1", "order-version": broken.version, "order-text": "请三日内办结并书面说明。"})

        assert SupervisionOrder.objects.get().organ == cast.city.construction

    def test_on_a_stale_page_says_what_changed_and_keeps_the_text(self, client, cast, broken):
        client.force_login(cast.inspector)
        address = reverse("supervision:escalation", args=[reply_escalation(broken).pk])

        response = client.post(address, {"order": "1", "order-version": "1", "order-text": "请三日内办结。"})

        assert response.context["order_form"].errors
        assert response.context["order_form"]["text"].value() == "请三日内办结。"
        assert not SupervisionOrder.objects.exists()

    def test_needs_words(self, client, cast, broken):
        client.force_login(cast.officer)
        address = reverse("supervision:escalation", args=[reply_escalation(broken).pk])

        response = client.post(address, {"order": "1", "order-version": broken.version, "order-text": " "})

        assert "text" in response.context["order_form"].errors


class TestPartsOfAssistingOrgans:
    @pytest.fixture
    def late_part(self, cast):
        """A part that nobody has answered, in a case that is late as well."""
        part = join(case_in(State.HANDLING, cast), cast)
        sweep.run(at=MONTHS_LATER)
        return part

    def escalation(self, part):
        return highest(Escalation.objects.filter(object_id=part.pk, kind="complaints.assist")).get()

    def test_the_office_reads_which_organ_is_late_with_its_part_of_which_case(self, client, cast, late_part):
        client.force_login(cast.officer)

        rows = client.get(LIST, {"kind": "complaints.assist"}).context["rows"]

        assert [(row.escalation.organ, row.case) for row in rows] == [(cast.city.tax, late_part.case)]

    def test_the_page_names_case_and_part_and_takes_an_acknowledgement(self, client, cast, late_part):
        client.force_login(cast.officer)
        address = reverse("supervision:escalation", args=[self.escalation(late_part).pk])

        page = client.get(address)
        client.post(address, {"acknowledge": "1", "seen-note": "已电话催办。"})

        assert page.context["case"] == late_part.case
        assert Acknowledgement.objects.get().escalation == self.escalation(late_part)

    def test_words_of_the_case_find_its_parts_as_well(self, client, cast, late_part):
        client.force_login(cast.officer)

        kinds = {row.escalation.kind for row in client.get(LIST, {"words": late_part.case.number}).context["rows"]}

        assert {"complaints.reply", "complaints.assist"} <= kinds

    def test_Z07_they_are_absent_for_whom_the_case_concerns(self, cast, late_part):
        concerned = seat(Role.INSPECTOR, cast.city.office)
        case_actions.declare_recusal(late_part.case, by=concerned, at=MONTHS_LATER, reason="当事人是我的亲属")

        assert not escalations_visible_to(concerned).exists()

    def test_Z12_the_assisting_organ_finds_no_page_here(self, client, cast, late_part):
        client.force_login(cast.tax_clerk)

        assert client.get(reverse("supervision:escalation", args=[self.escalation(late_part).pk])).status_code == 404


class TestLetters:
    @pytest.fixture
    def late(self, cast):
        """A responsibility letter that nobody signed in time."""
        post = Tenure.objects.get(user=cast.clerk).post
        Duty.objects.bulk_create(Duty(post=post, kind=kind, text=f"{kind.label}。") for kind in DutyKind)
        letters.issue(MONTHS_LATER.year, [cast.city.construction], by=cast.officer, at=TUESDAY)
        return ResponsibilityLetter.objects.get()

    def test_the_list_names_and_finds_them_and_the_page_takes_an_acknowledgement(self, client, cast, broken, late):
        sweep.run(at=MONTHS_LATER)
        client.force_login(cast.officer)
        for query in ({}, {"kind": letters.SIGN}, {"words": late.number}, {"words": late.post.name}):
            page = client.get(LIST, query)
            (found,) = (row for row in page.context["rows"] if row.letter)
            assert (found.letter, found.case) == (late, None)
            assert late.number in page.content.decode()
        page = reverse("supervision:escalation", args=[found.escalation.pk])
        assert late.number in client.get(page).content.decode()
        client.post(page, {"acknowledge": "1", "seen-note": "已催办。"})
        assert Acknowledgement.objects.get(escalation=found.escalation).by == cast.officer

    def test_nobody_acknowledges_what_they_did_not_sign_themselves(self, cast, late):
        owed_by = {"organ": late.post.organ, "post": late.post, "responsible": cast.inspector}
        deadlines.reassign(late, [letters.SIGN], **owed_by)
        sweep.run(at=MONTHS_LATER)
        assert escalations_visible_to(cast.officer).filter(kind=letters.SIGN).exists()
        assert not escalations_visible_to(cast.inspector).filter(kind=letters.SIGN).exists()


class TestTheEnginePage:
    def test_shows_the_last_checks(self, client, cast):
        file(cast)
        sweep.run(at=MONTHS_LATER)
        client.force_login(cast.officer)

        page = client.get(reverse("supervision:engine"))

        assert page.status_code == 200
        assert len(page.context["sweeps"]) == 1


def _queries(client):
    with CaptureQueriesContext(connection) as seen:
        client.get(LIST)
    return len(seen)
