"""Files handed out: to whom, and how (docs/trust.md U-02, U-03, U-04, Z-02, Z-07, L-01, F-24)."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse

from complaints import actions
from complaints.enums import RecusalGround, State
from complaints.models import Attachment, Case, Recusal, Reveal
from complaints.uploads import attaching, serve
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.files import store
from efficiency.files.clean import CleanFile
from efficiency.files.handing_out import SANDBOX
from tests.factories.cases import TUESDAY, Cast, case_in, file

pytestmark = pytest.mark.django_db

REASON = {"category": "verify", "reason": "核对照片拍摄时间"}


def sent(name: str = "证据.pdf", *, office_only: bool = False) -> CleanFile:
    return CleanFile(b"%PDF-1.7 copy", "application/pdf", name, original=b"%PDF-1.4 as sent", office_only=office_only)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case in the hands of the construction bureau: one file for all who read it, one for the office alone."""
    return case_in(State.HANDLING, cast, files=[sent(), sent("扫描.pdf", office_only=True)])


def get(user, attachment_id: int):
    request = RequestFactory().get("/")
    request.user = user
    return serve.to_staff(request, attachment_id, at=TUESDAY)


def ids(user) -> list[int]:
    return list(Attachment.objects.visible_to(user).order_by("position").values_list("position", flat=True))


class TestPreview:
    """A picture, which was re-encoded, may be looked at on the page of the case; everything else is saved first."""

    def test_of_pictures_alone_and_only_of_those_that_may_be_opened(self, cast, client):
        photo = CleanFile(b"clean", "image/jpeg", "现场.jpg", b"raw")
        hidden = CleanFile(b"clean", "image/png", "扫描.png", b"raw", office_only=True)
        case = case_in(State.HANDLING, cast, files=[photo, sent(), hidden])
        pictures = {row.position: f"/files/{row.pk}/" for row in case.attachments.all()}

        def shown_to(user):
            client.force_login(user)
            page = client.get(reverse("admin:complaints_case_change", args=[case.pk])).content.decode()
            images = re.findall(r'<img src="([^"]+)" loading="lazy"', page)
            return {position for position, end in pictures.items() if any(each.endswith(end) for each in images)}

        assert shown_to(cast.officer) == {1, 3}
        assert shown_to(cast.clerk) == {1}


class TestResponse:
    def test_U04_a_browser_can_only_save_it(self, cast, case):
        response = get(cast.clerk, case.attachments.get(position=1).pk)

        assert response.content == b"%PDF-1.7 copy"
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"].startswith("attachment;")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response["Cache-Control"] == "no-store"

    def test_U04_the_policy_of_pages_does_not_replace_that_of_files(self, client, cast, case):
        from csp.middleware import CSPMiddleware

        response = get(cast.clerk, case.attachments.get(position=1).pk)
        request = RequestFactory().get("/")
        CSPMiddleware(lambda _request: response)(request)

        assert response["Content-Security-Policy"] == SANDBOX

    def test_U03_the_name_is_a_number_in_the_portals_language(self, case):
        row = case.attachments.get(position=1)

        assert serve.shown_name(row) in ("附件1.pdf", "Attachment 1.pdf")
        assert "证据" not in str(vars(row))

    def test_F24_a_file_with_other_bytes_is_not_handed_out(self, cast, case, files):
        row = case.attachments.get(position=1)
        (files / row.storage_name).write_bytes(b"something else")

        response = get(cast.clerk, row.pk)

        assert response.status_code == 503
        assert b"something else" not in response.content
        assert "Content-Disposition" not in response


class TestStaff:
    def test_U03_who_reads_the_case_reads_its_files_and_the_office_all_of_them(self, cast, case):
        assert ids(cast.clerk) == ids(cast.leader) == [1]
        assert ids(cast.officer) == ids(cast.inspector) == [1, 2]

    def test_Z02_for_everybody_else_there_are_none(self, cast, case):
        for user in (cast.tax_clerk, cast.tax_leader, cast.auditor, AnonymousUser()):
            assert ids(user) == []
            with pytest.raises(Http404):
                get(user, case.attachments.get(position=1).pk)

    def test_U03_a_file_for_the_office_alone_does_not_exist_for_the_organ(self, cast, case):
        with pytest.raises(Http404):
            get(cast.clerk, case.attachments.get(position=2).pk)

        assert get(cast.officer, case.attachments.get(position=2).pk).status_code == 200

    def test_Z07_whoever_is_recused_finds_no_file(self, cast, case):
        Recusal.objects.create(case=case, user=cast.officer, ground=RecusalGround.values[0], by=None, at=TUESDAY)

        assert ids(cast.officer) == []

    def test_before_assignment_the_organ_finds_no_file(self, cast):
        file(cast, files=[sent()])

        assert ids(cast.clerk) == []
        assert ids(cast.officer) == [1]

    def test_L01_a_download_is_on_record(self, cast, case):
        get(cast.clerk, case.attachments.get(position=1).pk)

        row = AuditRecord.objects.get(action="case.download")
        assert (row.actor, row.object_id, row.detail) == (cast.clerk, str(case.pk), {"attachment": 1})

    def test_L07_without_the_record_there_is_no_download(self, cast, case, monkeypatch):
        def fails(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr(serve, "record", fails)
        with pytest.raises(RuntimeError):
            get(cast.clerk, case.attachments.get(position=1).pk)


class TestCitizen:
    def test_U03_the_citizen_gets_the_copies_of_the_own_files(self, case):
        response = serve.to_citizen(RequestFactory().get("/"), case, 1)

        assert response.content == b"%PDF-1.7 copy"

    @pytest.mark.parametrize("position", [2, 3, 0])
    def test_Z02_no_other_file_exists_for_the_citizen(self, case, position):
        with pytest.raises(Http404):
            serve.to_citizen(RequestFactory().get("/"), case, position)

    def test_Z02_what_staff_added_inside_does_not_exist_for_the_citizen(self, cast, case):
        event = case.events.get(action="sign_in")
        (row,) = attaching.attach(case, event, [sent()], sealed=False, at=TUESDAY)

        with pytest.raises(Http404):
            serve.to_citizen(RequestFactory().get("/"), case, row.position)

    def test_Z02_a_file_of_another_case_does_not_exist_for_the_citizen(self, cast, case):
        other = file(cast).case

        with pytest.raises(Http404):
            serve.to_citizen(RequestFactory().get("/"), other, 1)


class TestOriginal:
    def test_U03_office_and_inspectors_open_it_for_a_reason_on_record(self, cast, case):
        for user in (cast.officer, cast.inspector):
            original = actions.open_original(case, by=user, at=TUESDAY, position=1, **REASON)

            assert (original.name, original.content) == ("证据.pdf", b"%PDF-1.4 as sent")
            look = Reveal.objects.get(by=user)
            assert (look.case, look.reason, look.category) == (case, REASON["reason"], "verify")
            row = AuditRecord.objects.get(action="case.open_original", actor=user)
            assert row.detail == {"category": "verify", "attachment": 1}
            assert REASON["reason"] not in str(row.detail)

    def test_U03_nobody_else_opens_it_and_the_attempt_is_on_record(self, cast, case):
        for user, refusal in (
            (cast.clerk, actions.NotAllowed),
            (cast.leader, actions.NotAllowed),
            (cast.tax_clerk, actions.Absent),
        ):
            with pytest.raises(refusal):
                actions.open_original(case, by=user, at=TUESDAY, position=1, **REASON)
            row = AuditRecord.objects.get(action="case.open_original", actor=user)
            assert row.outcome == Outcome.REFUSED
        assert not Reveal.objects.exists()

    @pytest.mark.parametrize("wrong", [{"reason": " "}, {"category": ""}, {"category": "curiosity"}, {"position": 9}])
    def test_P04_without_reason_or_file_nothing_is_shown_or_recorded(self, cast, case, wrong):
        with pytest.raises(actions.Invalid) as refusal:
            actions.open_original(case, by=cast.officer, at=TUESDAY, **({"position": 1} | REASON | wrong))

        assert refusal.value.field in wrong
        assert not Reveal.objects.exists()

    def test_P05_of_an_anonymous_case_there_is_none(self, cast):
        case = file(cast, anonymous=True, files=[sent()]).case

        with pytest.raises(actions.NotAllowed):
            actions.open_original(case, by=cast.officer, at=TUESDAY, position=1, **REASON)

    def test_F24_a_lost_original_is_no_look_at_it(self, cast, case, files):
        (files / case.attachments.get(position=1).sealed_name).unlink()

        with pytest.raises(store.FileUnavailable):
            actions.open_original(case, by=cast.officer, at=TUESDAY, position=1, **REASON)
        assert not Reveal.objects.exists()

    def test_L07_without_the_record_nothing_is_opened(self, cast, case, monkeypatch):
        from complaints.actions import originals

        def fails(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr(originals, "record", fails)
        with pytest.raises(RuntimeError):
            actions.open_original(case, by=cast.officer, at=TUESDAY, position=1, **REASON)
        assert not Reveal.objects.exists()


def test_U03_originals_are_not_found_by_guessing_their_storage_names(client, case):
    row = case.attachments.get(position=1)

    assert client.get(f"/{row.sealed_name}").status_code == 404
