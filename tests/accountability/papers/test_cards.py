"""The notice of a card, which whoever got it reads, and the bundle of it, which they do not (docs/domain.md 9.3)."""

import json

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.cards import life, sweeps
from accountability.models import Paper, PaperRevocation
from accountability.papers import actions, bundling, cards
from accountability.papers.cards import NOTICE
from complaints.actions import file_case
from complaints.models import Case
from efficiency.deadlines.models import Sweep
from efficiency.refusals import Refused
from tests.accountability.papers.conftest import COMPLAINANT, WORDS
from tests.accountability.papers.test_bundles import archive_of
from tests.accountability.papers.test_papers import bare, text_of
from tests.factories import cards as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def hands(city, monkeypatch):
    make.only_cards(monkeypatch)
    return make.hands(city)


@pytest.fixture
def card(hands):
    return make.yellow(hands)


@pytest.fixture
def paper(card, hands):
    return actions.issue(NOTICE, card, by=hands.officer, at=make.SWEPT)


class TestTheNotice:
    def test_says_who_what_until_when_and_what_can_be_done(self, card, paper, hands):
        said = text_of(actions.opened(paper, by=hands.clerk, at=make.SWEPT))

        words = (
            "关于对佛山市建设局予以黄牌警示的通知",
            card.number,
            "2026-03-03",
            str(hands.clerk),
            "扣分5",
            "佛山市效能办",
        )
        assert all(bare(word) in said for word in words)
        # Three working days to explain, five to appeal, after Wednesday, 4 March.
        assert "请在2026年3月9日以前提交书面说明" in said
        assert "可以在2026年3月11日以前提出申诉" in said
        assert paper.public_title == "黄牌警示通知书"

    @pytest.mark.parametrize(
        ("who", "opens"),
        [
            ("clerk", True),
            ("leader", True),
            ("officer", True),
            ("inspector", True),
            ("colleague", False),
            ("stranger", False),
            ("auditor", False),
        ],
    )
    def test_Z01_who_may_read_the_card_opens_its_notice(self, paper, hands, who, opens):
        client = Client()
        client.force_login(getattr(hands, who))

        answer = client.get(reverse("admin:accountability_paper_pdf", args=[paper.pk]))
        assert answer.status_code == (200 if opens else 404)

    def test_no_longer_holds_once_the_card_is_revoked(self, card, paper, hands):
        make.act(life.appeal, card, hands.clerk, make.SWEPT, reason="data_error", text="系统数据有误，当日已经签收。")
        make.act(life.grant, card, hands.head, make.SWEPT, text="经核实，当日确已签收，予以撤销。")

        paper.refresh_from_db()
        assert paper.revocation.at == make.SWEPT
        card.refresh_from_db()
        with pytest.raises(Refused):
            actions.issue(NOTICE, card, by=hands.officer, at=make.SWEPT)

    def test_D08_the_notices_of_a_sweep_that_is_withdrawn_hold_no_longer(self, card, paper, hands):
        wish = sweeps.propose(Sweep.objects.get(), by=hands.officer, at=make.SWEPT, reason="时钟错误")
        sweeps.confirm(wish, by=hands.second, at=make.SWEPT)

        (revocation,) = PaperRevocation.objects.all()
        assert (revocation.paper, revocation.at, revocation.by) == (paper, make.SWEPT, None)
        page = Client().get(reverse("accountability:verify"), {"code": paper.code}).content.decode()
        assert str(revocation.reason) in page or "失效" in page or "撤销" in page

    def test_its_page_leads_to_notice_and_bundle_for_those_who_may(self, card, hands):
        client = Client()
        bundle = reverse("admin:accountability_bundle_ask", args=["card", card.pk])
        issue = reverse("admin:accountability_paper_issue", args=[NOTICE, card.pk])
        for who, found in (("officer", True), ("clerk", False)):
            client.force_login(getattr(hands, who))
            page = client.get(reverse("admin:accountability_card_change", args=[card.pk])).content.decode()
            assert ((bundle in page), (issue in page)) == (found, found)
        client.force_login(hands.officer)
        assert client.post(issue).status_code == 302
        assert Paper.objects.get().subject == card


class TestTheBundle:
    def test_tells_the_whole_chain(self, card, paper, hands):
        files = archive_of(card, hands.officer, timezone.now())
        parts = [json.loads(each) for name, each in files.items() if name[:2].isdigit() and name.endswith(".json")]

        assert [part["name"] for part in parts] == ["card", "course", "promise", "levels", "papers"]
        assert any(name.endswith("papers-file1.pdf") for name in files)

    @pytest.mark.parametrize("who", ["clerk", "leader", "colleague", "stranger", "auditor", "appraiser"])
    def test_Z13_nobody_but_office_and_inspectors_gets_one(self, card, hands, who):
        assert not bundling.may_ask(getattr(hands, who), card)

    @pytest.mark.parametrize("who", ["officer", "head", "inspector"])
    def test_Z13_office_and_inspectors_do(self, card, hands, who):
        assert bundling.may_ask(getattr(hands, who), card)

    def test_Z07_an_officer_gets_none_of_the_own_card(self, card, hands):
        type(card).objects.filter(pk=card.pk).update(person=hands.officer)
        card.refresh_from_db()

        assert not bundling.may_ask(hands.officer, card)

    def test_its_label_names_no_person(self, card, hands):
        assert cards.TITLES[card.colour] == "黄牌警示"
        bundle = bundling.ask(card, by=hands.officer, at=timezone.now(), is_confirmed=True)
        assert bundle.label == f"黄牌警示 {card.number}"


class TestWhoComplained:
    """A card about a complaint tells nobody who complained, whoever wrote what into it (docs/trust.md P-06)."""

    @pytest.fixture
    def filed(self, card, cast_case):
        """The card is about a complaint, and whoever stated the facts named the complainant."""
        said = f"{COMPLAINANT['name']}（{COMPLAINANT['phone']}，{COMPLAINANT['email']}）反映，欧阳女士多次来电。"
        type(card).objects.filter(pk=card.pk).update(
            content_type=ContentType.objects.get_for_model(Case), object_id=cast_case.pk, facts=said, explanation=said
        )
        card.refresh_from_db()
        return card

    @pytest.fixture
    def cast_case(self, hands, city):
        receipt = file_case(
            kind="complaint",
            category="delay",
            organ=city.construction,
            title="红棉花旁边的施工许可",
            description=WORDS,
            at=make.SWEPT,
            **COMPLAINANT,
        )
        return receipt.case

    PLANTED = (*COMPLAINANT.values(), "晓岚", "欧阳女士", "红棉花", "普君新城")

    def test_P06_neither_in_the_notice(self, filed, hands):
        paper = actions.issue(NOTICE, filed, by=hands.officer, at=make.SWEPT)
        said = text_of(actions.opened(paper, by=hands.clerk, at=make.SWEPT))

        case = Case.objects.get(pk=filed.object_id)
        assert "多次来电" in said
        assert not [secret for secret in (*self.PLANTED, case.number, case.title) if bare(secret) in said]

    def test_P06_nor_in_any_byte_of_the_bundle(self, filed, hands):
        actions.issue(NOTICE, filed, by=hands.officer, at=make.SWEPT)
        files = archive_of(filed, hands.officer, timezone.now())
        said = [text_of(each) if name.endswith("pdf") else bare(each.decode()) for name, each in files.items()]

        assert any("多次来电" in text for text in said)
        assert not [secret for secret in self.PLANTED if any(bare(secret) in text for text in said)]
