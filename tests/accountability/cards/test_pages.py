"""The pages of cards in the back office and of the office (docs/access.md)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.admin import card_forms
from accountability.cards import by_hand, life, sweeps
from accountability.corrections import issuing
from accountability.models import Card, CardFile, CardTerm, SweepWithdrawal
from complaints.enums import RecusalGround
from complaints.models import Recusal
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, Sweep
from efficiency.outbox import texts
from efficiency.outbox.models import Message
from tests.factories import cards, corrections
from tests.factories import cases as make
from tests.factories.cards import act, post_of

pytestmark = pytest.mark.django_db
LIST = reverse("admin:accountability_card_changelist")


def browser(user) -> Client:
    found = Client()
    found.force_login(user)
    return found


def page_of(card: Card) -> str:
    return reverse("admin:accountability_card_change", args=[card.pk])


def step(card: Card, name: str) -> str:
    return reverse("admin:accountability_card_do", args=[card.pk, name])


@pytest.fixture
def card(hands) -> Card:
    """A yellow card that a sweep has just issued, whatever holidays were of late."""
    now = timezone.now()
    deadline = cards.broken(hands, at=now - timedelta(days=5))
    moments = {"due_at": timedelta(hours=-1, seconds=-1), "overdue_at": timedelta(hours=-1)}
    moments |= {"red_at": timedelta(days=2), "fourth_at": timedelta(days=9)}
    Deadline.objects.filter(pk=deadline.pk).update(
        next_check_at=now - timedelta(hours=1), **{name: now + after for name, after in moments.items()}
    )
    sweep.run(at=now, rehearsal=True)
    return Card.objects.get(colour="yellow")


class TestWhoSees:
    @pytest.mark.parametrize(
        ("who", "status"),
        [
            ("clerk", 200), ("leader", 200), ("officer", 200), ("inspector", 200), ("appraiser", 200),
            ("auditor", 200), ("colleague", 404), ("stranger", 404),
        ],
    )  # fmt: skip
    def test_Z02_the_page_is_there_for_those_it_is_for(self, card, hands, who, status):
        assert browser(getattr(hands, who)).get(page_of(card)).status_code == status

    def test_the_auditor_reads_the_header_alone(self, card, hands):
        shown = browser(hands.auditor).get(page_of(card)).content.decode()
        assert card.number in shown
        assert str(hands.clerk) not in shown
        listed = browser(hands.auditor).get(LIST).content.decode()
        assert card.number in listed
        assert str(hands.clerk) not in listed

    def test_a_clerk_finds_the_own_ones_alone(self, card, hands):
        assert card.number in browser(hands.clerk).get(LIST).content.decode()
        assert card.number not in browser(hands.colleague).get(LIST).content.decode()

    def test_shows_rule_promise_post_person_and_points(self, card, hands):
        shown = browser(hands.clerk).get(page_of(card)).content.decode()
        for each in (card.number, "signing in", post_of(hands.clerk).name, str(hands.clerk), "−5"):
            assert each in shown

    def test_Z07_a_card_about_a_case_that_concerns_the_viewer_is_absent(self, cast):
        now = timezone.now()
        case = make.case_in("handling", cast, at=now - timedelta(days=60))
        sweep.run(at=now, rehearsal=True)
        card = Card.objects.filter(object_id=case.pk, kind="complaints.reply").first()
        assert browser(cast.inspector).get(page_of(card)).status_code == 200
        Recusal.objects.create(case=case, user=cast.inspector, ground=RecusalGround.values[0], at=now)
        assert browser(cast.inspector).get(page_of(card)).status_code == 404
        assert card.number not in browser(cast.inspector).get(LIST).content.decode()


class TestSteps:
    def test_explained_with_a_file_and_accepted(self, card, hands):
        clerk = browser(hands.clerk)
        assert clerk.get(step(card, "explain")).status_code == 200
        file = SimpleUploadedFile("记录.txt", "维修记录".encode(), "text/plain")
        sent = clerk.post(
            step(card, "explain"), {"version": card.version, "text": "系统故障。", "attachments": file}, follow=True
        )
        card.refresh_from_db()
        assert card.state == "explained"
        attached = CardFile.objects.get()
        address = reverse("admin:accountability_card_file", args=[card.pk, attached.pk])
        assert address in sent.content.decode()
        assert browser(hands.officer).get(address).status_code == 200
        assert browser(hands.colleague).get(address).status_code == 404
        browser(hands.officer).post(step(card, "accept_explanation"), {"version": card.version, "text": ""})
        card.refresh_from_db()
        assert card.explanation_accepted_by == hands.officer

    def test_Z02_who_may_not_take_a_step_finds_no_page_for_it(self, card, hands):
        assert browser(hands.officer).get(step(card, "explain")).status_code == 403
        assert browser(hands.clerk).get(step(card, "uphold")).status_code in (403, 302)
        assert browser(hands.colleague).get(step(card, "explain")).status_code == 404
        assert browser(hands.officer).get(step(card, "nothing")).status_code == 404

    def test_F21_a_stale_page_keeps_what_was_typed(self, card, hands):
        shown = browser(hands.clerk).post(step(card, "appeal"), {"version": 9, "reason": "other", "text": "有异议"})
        assert "有异议" in shown.content.decode()
        card.refresh_from_db()
        assert card.state == "issued"

    def test_appealed_and_issued_anew_to_another_post(self, card, hands):
        browser(hands.clerk).post(step(card, "appeal"), {"version": 0, "reason": "wrong_responsible", "text": "非本岗"})
        officer = browser(hands.officer)
        assert officer.get(step(card, "grant")).status_code == 200
        officer.post(step(card, "grant"), {"version": 1, "text": "属实", "post": post_of(hands.colleague).pk})
        assert Card.objects.get(follows=card).person == hands.colleague

    def test_proposed_by_one_and_confirmed_by_another(self, hands, city):
        inspector, now = browser(hands.inspector), timezone.localtime()
        add = reverse("admin:accountability_card_add")
        assert inspector.get(add).status_code == 200
        sent = {
            "rule": "rude_service",
            "post": post_of(hands.clerk).pk,
            "happened_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
            "facts": "与群众争吵。",
        }
        inspector.post(f"{add}?organ={city.construction.pk}", sent)
        card = Card.objects.get()
        assert (card.state, card.person) == ("proposed", hands.clerk)
        assert browser(hands.clerk).get(page_of(card)).status_code == 404
        browser(hands.officer).post(step(card, "confirm"), {"version": card.version, "text": ""})
        card.refresh_from_db()
        assert card.state == "issued"

    @pytest.mark.parametrize("by", ["number", "address"])
    def test_9_4_a_promise_of_any_kind_falsely_reported_as_kept_can_be_named(self, hands, city, by):
        at = timezone.now()
        correction = corrections.draft_for(city.construction, by=hands.officer, at=at, post=post_of(hands.clerk))
        issuing.issue(correction, by=hands.head, at=at, version=correction.version)
        page = reverse("admin:accountability_correction_change", args=[correction.pk])
        typed = {
            "rule": "false_meeting",
            "happened_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}",
            "facts": "整改未完成却上报完成。",
            "number": correction.number if by == "number" else page,
            "kind": "rectification.finish",
        }
        form = card_forms.ProposeForm(typed, organ=city.construction, viewer=hands.officer)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["subject"] == correction
        assert form.cleaned_data["deadline"].kind == "rectification.finish"
        # What one may not know of has neither number nor page.
        assert not card_forms.ProposeForm(typed, organ=city.construction, viewer=hands.stranger).is_valid()

    def test_S10_the_same_form_sent_twice_proposes_one_card(self, hands, city):
        inspector, now = browser(hands.inspector), timezone.localtime()
        add = f"{reverse('admin:accountability_card_add')}?organ={city.construction.pk}"
        sent = {
            "token": inspector.get(add).context["form"].initial["token"],
            "rule": "rude_service",
            "post": post_of(hands.clerk).pk,
            "happened_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
            "facts": "与群众争吵。",
        }
        first, again = (inspector.post(add, sent) for _ in range(2))
        assert first["Location"] == again["Location"] == page_of(Card.objects.get())

    def test_Z07_an_organ_out_of_reach_cannot_be_chosen(self, hands, city):
        leader = browser(hands.leader).get(reverse("admin:accountability_card_add"))
        assert leader.status_code == 403


class TestWork:
    def test_what_waits_is_on_the_first_page(self, card, hands):
        assert card.number in browser(hands.clerk).get("/admin/").content.decode()
        assert card.number not in browser(hands.officer).get("/admin/").content.decode()
        act(life.explain, card, hands.clerk, timezone.now(), text="说明")
        assert card.number in browser(hands.officer).get("/admin/").content.decode()
        assert card.number in browser(hands.officer).get(f"{LIST}?mine=waits").content.decode()

    @pytest.mark.parametrize(
        ("query", "is_there"),
        [
            ("colour__exact=yellow", True),
            ("colour__exact=red", False),
            ("state__exact=issued", True),
            ("rule__exact=fees", False),
            ("mine=own", False),
            ("month=2005-01", False),
            ("q=JP20260000000", False),
            ("q=whoever", False),
        ],
    )
    def test_filters(self, card, hands, query, is_there):
        assert (card.number in browser(hands.officer).get(f"{LIST}?{query}").content.decode()) is is_there

    def test_Z03_nothing_else_can_be_asked(self, card, hands):
        assert browser(hands.officer).get(f"{LIST}?person__username=x").status_code in (302, 400)
        export = reverse("admin:accountability_card_export")
        for month in ("never", "9999-12", "0001-01"):
            assert browser(hands.officer).get(f"{LIST}?month={month}").status_code in (302, 400)
            assert browser(hands.officer).get(f"{export}?month={month}").status_code == 400

    @pytest.mark.parametrize("as_", ["csv", "xlsx"])
    def test_the_list_goes_out_as_a_file(self, card, hands, as_):
        address = reverse("admin:accountability_card_export")
        assert browser(hands.officer).get(address).status_code == 200
        file = browser(hands.officer).post(address, {"format": as_})
        assert file["Content-Disposition"].startswith("attachment")
        content = b"".join(file.streaming_content)
        assert content
        if as_ == "csv":
            assert card.number in content.decode("utf-8-sig")
            auditor = browser(hands.auditor).post(address, {"format": as_})
            assert str(hands.clerk) not in b"".join(auditor.streaming_content).decode("utf-8-sig")


class TestMessages:
    def test_Z15_the_message_of_the_level_leads_to_the_card_of_whoever_may_know_it(self, card, hands):
        told = Message.objects.filter(event=f"escalation:{card.escalation_id}", channel="portal")
        words = {message.recipient_id: texts.words_of([message])[message.pk] for message in told}
        assert [line.path for line in words[hands.clerk.pk].lines] == [page_of(card)]
        assert card.number in words[hands.leader.pk].lines[0].text
        assert browser(hands.clerk).get(reverse("admin:messages")).content.decode().count(card.number) >= 1

    def test_nobody_else_is_led_there(self, card, hands):
        message = Message.objects.filter(event=f"escalation:{card.escalation_id}", channel="portal").first()
        message.recipient = hands.stranger
        assert texts.words_of([message])[message.pk].lines == ()


class TestNumber:
    def test_a_card_is_found_by_its_number(self, card, hands):
        found = browser(hands.officer).get(LIST, {"q": card.number.lower()})
        assert found.context["cl"].result_count == 1


class TestOffice:
    def test_the_month_by_colour_state_and_organ(self, card, hands):
        month = f"{timezone.localtime(card.passed_at):%Y-%m}"
        address = f"{reverse('supervision:cards')}?month={month}"
        shown = browser(hands.inspector).get(address)
        assert shown.status_code == 200
        colours = dict(shown.context["colours"])
        listed = browser(hands.inspector).get(f"{LIST}?month={month}&colour__exact=yellow")
        assert colours["yellow"] == listed.context["cl"].result_count >= 1
        organ, score, average, grade = shown.context["rows"][0]
        assert (organ, average, grade) == (card.organ, score.score, "excellent")
        assert browser(hands.inspector).get(reverse("supervision:cards") + "?month=x").status_code == 400
        assert browser(hands.leader).get(address).status_code == 404

    def test_Z07_what_is_absent_for_the_viewer_is_in_no_score_either(self, cast):
        now = timezone.now()
        case = make.case_in("handling", cast, at=now - timedelta(days=60))
        sweep.run(at=now, rehearsal=True)
        month = timezone.localtime(Card.objects.filter(object_id=case.pk).first().passed_at)
        address = f"{reverse('supervision:cards')}?month={month:%Y-%m}"

        def cards_shown() -> int:
            shown = browser(cast.inspector).get(address).context
            assert sum(score.cards for _organ, score, *_quarter in shown["rows"]) == sum(
                dict(shown["colours"]).values()
            )
            return sum(score.cards for _organ, score, *_quarter in shown["rows"])

        before = cards_shown()
        Recusal.objects.create(case=case, user=cast.inspector, ground=RecusalGround.values[0], at=now)
        assert cards_shown() < before

    def test_points_are_set_by_the_head(self, hands):
        add = reverse("admin:accountability_cardterm_add")
        tomorrow = timezone.localdate() + timedelta(days=1)
        sent = {"of": "yellow", "rule": "", "points": 6, "valid_from": tomorrow.isoformat(), "reason": "试行办法"}
        assert browser(hands.officer).post(add, sent).status_code == 403
        browser(hands.head).post(add, sent)
        assert CardTerm.objects.get().set_by == hands.head
        again = browser(hands.head).post(add, sent)
        assert again.status_code == 200

    def test_D08_all_cards_of_a_sweep_are_withdrawn_by_two(self, card, hands):
        swept = Sweep.objects.get()
        add = reverse("admin:accountability_sweepwithdrawal_add")
        assert str(swept.cards) in browser(hands.officer).get(add).content.decode()
        browser(hands.officer).post(f"{add}?sweep={swept.pk}", {"reason": "时钟错误"})
        wish = SweepWithdrawal.objects.get()
        confirm = reverse("admin:accountability_sweepwithdrawal_confirm", args=[wish.pk])
        browser(hands.officer).post(confirm)
        card.refresh_from_db()
        assert card.state == "issued"
        browser(hands.second).post(confirm)
        card.refresh_from_db()
        assert card.state == "revoked"

    def test_a_wrong_proposal_to_withdraw_a_sweep_is_dropped(self, card, hands):
        swept = Sweep.objects.get()
        wish = sweeps.propose(swept, by=hands.officer, at=timezone.now(), reason="有误")
        drop = reverse("admin:accountability_sweepwithdrawal_drop", args=[wish.pk])
        assert browser(hands.inspector).get(drop).status_code in (403, 404)
        assert (
            drop
            in browser(hands.officer)
            .get(reverse("admin:accountability_sweepwithdrawal_change", args=[wish.pk]))
            .content.decode()
        )
        assert browser(hands.second).get(drop).status_code == 200
        assert SweepWithdrawal.objects.exists()
        browser(hands.second).post(drop)
        assert not SweepWithdrawal.objects.exists()

    def test_what_is_no_longer_due_is_put_before_the_office(self, card, hands):
        type(card.deadline).objects.filter(pk=card.deadline_id).update(
            state="met",
            met_at=card.passed_at - timedelta(hours=9),
            ended_at=card.passed_at - timedelta(hours=9),
            next_check_at=None,
        )
        officer = browser(hands.officer)
        assert card.number in officer.get(f"{LIST}?mine=doubtful").content.decode()
        assert step(card, "keep") in officer.get(page_of(card)).content.decode()


def test_the_page_of_a_proposal_shows_facts(hands, city):
    card = by_hand.propose(
        city.construction,
        post_of(hands.clerk),
        rule="fees",
        happened_at=timezone.now() - timedelta(hours=2),
        facts="收取清单外费用。",
        by=hands.inspector,
        at=timezone.now(),
    )
    shown = browser(hands.officer).get(page_of(card)).content.decode()
    assert "收取清单外费用。" in shown
    assert step(card, "confirm") in shown
