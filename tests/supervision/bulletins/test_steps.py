"""The way of a bulletin: who writes, who approves, who knows of it (docs/domain.md 12, docs/trust.md Z-10)."""

import pytest
from django.test import Client
from django.urls import reverse

from disclosure.documents.markup import to_text
from disclosure.models import Document
from efficiency.outbox.models import Message
from supervision.bulletins import editing, offers
from supervision.bulletins.enums import State
from supervision.bulletins.refusals import Absent, Changed, Invalid, NotAllowed, NotInState
from supervision.models import Bulletin
from tests.factories import bulletins as make

pytestmark = pytest.mark.django_db
AT = make.THURSDAY


@pytest.fixture
def draft(cast):
    return make.make_bulletin()


def _write(bulletin, by, **texts):
    return editing.write(bulletin, by=by, at=AT, version=bulletin.version, **texts)


def _submit(bulletin, by):
    return editing.submit(bulletin, by=by, at=AT, version=bulletin.version)


def _publish(bulletin, by):
    return editing.publish(bulletin, by=by, at=AT, version=bulletin.version)


class TestWriting:
    def test_what_is_left_out_stays_and_what_is_emptied_goes(self, cast, draft):
        _write(draft, cast.officer, figures="收到{{received}}件。", organs="见下表。")
        _write(draft, cast.officer, organs="")
        assert set(draft.texts) == {"headline", "figures"}

    def test_a_typed_number_is_refused(self, cast, draft):
        with pytest.raises(Invalid) as refusal:
            _write(draft, cast.officer, figures="按时办结率95%。")
        assert refusal.value.field == "figures"
        assert "95%" in str(refusal.value.message)

    def test_a_figure_that_there_is_not_is_refused(self, cast, draft):
        with pytest.raises(Invalid):
            _write(draft, cast.officer, figures="{{profit}}")

    def test_an_old_version_changes_nothing(self, cast, draft):
        version = draft.version
        _write(draft, cast.officer, figures="一。")
        with pytest.raises(Changed):
            editing.write(draft, by=cast.other_officer, at=AT, version=version, figures="二。")

    def test_the_same_form_writes_once(self, cast, draft):
        values = {"by": cast.officer, "at": AT, "version": draft.version, "figures": "一。", "token": "form"}
        first = editing.write(draft, **values)
        assert editing.write(draft, **values) == first


class TestApproval:
    def test_the_head_approves_what_another_handed_in(self, cast, draft):
        _submit(draft, cast.officer)
        _publish(draft, cast.head)
        assert (draft.state, draft.published_by, draft.published_at) == (State.PUBLISHED, cast.head, AT)

    def test_Z10_nobody_approves_what_they_wrote_of(self, cast, draft):
        _write(draft, cast.head, figures="一。")
        _submit(draft, cast.officer)
        with pytest.raises(NotAllowed):
            _publish(draft, cast.head)
        assert {offer.name: bool(offer.why_not) for offer in offers.offers(draft, cast.head)} == {
            "publish": True,
            "send_back": False,
        }
        _publish(draft, cast.other_head)

    def test_Z10_nobody_approves_what_they_handed_in(self, cast, draft):
        _submit(draft, cast.head)
        with pytest.raises(NotAllowed):
            _publish(draft, cast.head)

    def test_an_officer_does_not_approve(self, cast, draft):
        _submit(draft, cast.officer)
        with pytest.raises(NotAllowed):
            _publish(draft, cast.other_officer)

    def test_what_is_sent_back_is_a_draft_again_with_a_reason(self, cast, draft):
        _submit(draft, cast.officer)
        with pytest.raises(Invalid):
            editing.send_back(draft, by=cast.head, at=AT, version=draft.version, reason=" ")
        event = editing.send_back(draft, by=cast.head, at=AT, version=draft.version, reason="请补充说明。")
        assert (draft.state, event.text) == (State.DRAFT, "请补充说明。")

    def test_what_is_published_is_written_to_no_more(self, cast, draft):
        make.publish(cast, draft)
        with pytest.raises(NotInState):
            _write(draft, cast.officer, figures="一。")

    def test_corrections_are_not_handed_in_without_a_word(self, cast, monkeypatch):
        from supervision.bulletins import gathering

        make.make_published(cast)
        monkeypatch.setattr(
            gathering, "own", lambda period, at, **_more: make.counted({**make.EXAMPLE, "cards_red": (0, None)})
        )
        april = make.make_bulletin(period=make.MARCH.following)
        with pytest.raises(Invalid):
            _submit(april, cast.officer)
        _write(april, cast.officer, corrections="一张红牌经申诉撤销。")
        _submit(april, cast.officer)


class TestWhoKnows:
    @pytest.mark.parametrize("role", ["district_head", "leader", "clerk", "auditor"])
    def test_a_draft_does_not_exist_for_others(self, cast, draft, role):
        person = getattr(cast, role)
        assert not Bulletin.objects.visible_to(person).exists()
        with pytest.raises(Absent):
            _write(draft, person, figures="一。")

    def test_an_inspector_reads_and_writes_nothing(self, cast, draft):
        assert Bulletin.objects.visible_to(cast.inspector).exists()
        with pytest.raises(NotAllowed):
            _write(draft, cast.inspector, figures="一。")
        assert offers.offers(draft, cast.inspector) == []

    def test_each_is_offered_what_is_theirs(self, cast, draft):
        assert list(offers.waiting_for(cast.officer)) == [draft]
        _submit(draft, cast.officer)
        assert list(offers.waiting_for(cast.officer)) == []
        assert list(offers.waiting_for(cast.head)) == [draft]

    def test_who_has_to_act_is_told(self, cast, draft):
        assert {message.kind for message in Message.objects.all()} == {"bulletins.freeze"}
        _submit(draft, cast.officer)
        told = Message.objects.filter(kind="bulletins.submit").values_list("recipient", flat=True)
        assert set(told) == {cast.head.pk}


class TestDisclosure:
    def test_a_published_bulletin_is_in_the_catalogue_of_disclosure_by_itself(self, cast, draft):
        assert not Document.objects.filter(source="bulletin").exists()
        make.publish(cast, draft)
        document = Document.objects.select_related("public_version", "column").get(source="bulletin")
        version = document.public_version
        assert (document.organ, document.column.code) == (cast.city.office, "statistics")
        assert version.title == "2026年3月机关效能通报"
        text = to_text(version.body)
        assert "94.44%" in text
        assert draft.checksum in text
        assert cast.officer.full_name not in text


class TestPagesOfStaff:
    def test_the_head_reads_and_approves_on_its_page(self, cast, draft):
        _submit(draft, cast.officer)
        client = Client()
        client.force_login(cast.head)
        page = client.get(reverse("admin:supervision_bulletin_change", args=[draft.pk]))
        assert page.status_code == 200
        assert "240" in page.content.decode()
        form = client.get(reverse("admin:supervision_bulletin_do", args=[draft.pk, "publish"]))
        sent = {"version": draft.version, "token": form.context["form"]["token"].value()}
        answer = client.post(reverse("admin:supervision_bulletin_do", args=[draft.pk, "publish"]), sent)
        assert answer.status_code == 302
        draft.refresh_from_db()
        assert draft.state == State.PUBLISHED

    def test_a_typed_number_comes_back_with_the_form(self, cast, draft):
        client = Client()
        client.force_login(cast.officer)
        address = reverse("admin:supervision_bulletin_do", args=[draft.pk, "write"])
        form = client.get(address)
        sent = {"version": draft.version, "token": form.context["form"]["token"].value(), "figures": "共999件"}
        answer = client.post(address, sent)
        assert answer.status_code == 200
        assert "999" in answer.content.decode()
        draft.refresh_from_db()
        assert "figures" not in draft.texts

    def test_the_list_is_for_the_office(self, cast, draft):
        client = Client()
        client.force_login(cast.officer)
        assert "2026年3月" in client.get(reverse("admin:supervision_bulletin_changelist")).content.decode()
        client.force_login(cast.clerk)
        assert client.get(reverse("admin:supervision_bulletin_changelist")).status_code in (403, 404)
