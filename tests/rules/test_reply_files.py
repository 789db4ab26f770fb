"""Files that go with a reply: checked, approved and sent with it (docs/domain.md 4.6)."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from complaints import actions, citizen, obstacles
from complaints.admin.forms import FORMS
from complaints.enums import State
from complaints.models import Attachment, Case
from efficiency.audit import verify
from efficiency.files import store
from efficiency.files.clean import CleanFile
from efficiency.files.models import DraftFile
from efficiency.organs.models import Role
from tests.complaints.views.test_tracking import LATER_THAT_DAY, led_to, page_of, signed_in
from tests.factories.cases import TUESDAY, case_in, file, reply
from tests.factories.staff import seat
from tests.rules.test_merging import join

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
WORDS = {"outcome": "upheld", "findings": "情况属实。", "measures": "已整改。", "basis": "《行政许可法》"}


@pytest.fixture
def case(cast) -> Case:
    return case_in(State.HANDLING, cast)


def paper(text: str = "附表", **more) -> CleanFile:
    content = text.encode()
    return CleanFile(content=content, content_type="text/plain", original_name="附表.txt", original=content, **more)


def add(case: Case, by, *files: CleanFile):
    given = list(files) or [paper()]
    return actions.add_reply_files(case, by=by, at=TUESDAY, version=case.version, files=given)


def address(case: Case, held: Attachment) -> str:
    return reverse("complaints:reply_file", args=[case.number, held.pk])


def sound() -> bool:
    return not [finding for finding in verify.run() if finding.violations]


class TestAdding:
    def test_they_belong_to_the_draft_and_nothing_but_the_copy_is_kept(self, case, cast):
        add(case, cast.clerk, paper("一"), paper("二"))

        held = obstacles.reply_in_work(case).files.order_by("position")
        assert [bytes(store.read(each.storage_name, each.sha256)).decode() for each in held] == ["一", "二"]
        assert {(each.sealed_name, bytes(each.original_name)) for each in held} == {("", b"")}
        assert sound()

    def test_what_cannot_be_cleaned_is_refused(self, case, cast):
        with pytest.raises(actions.Invalid):
            add(case, cast.clerk, paper(office_only=True))

        assert not case.attachments.exists()

    def test_there_are_ten_at_most(self, case, cast):
        add(case, cast.clerk, *[paper(str(number)) for number in range(10)])

        with pytest.raises(actions.Invalid):
            add(case, cast.clerk)

    def test_Z10_whoever_adds_one_is_an_author_and_approves_nothing(self, case, cast):
        writer = seat(Role.CLERK, cast.city.construction)
        add(case, writer)
        actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **WORDS)

        refusal = obstacles.obstacle(case, "approve_reply", writer)

        assert isinstance(refusal, actions.NotAllowed)

    def test_what_waits_is_not_changed(self, case, cast):
        add(case, cast.clerk)
        actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **WORDS)

        with pytest.raises(actions.NotInState):
            add(case, cast.clerk)
        with pytest.raises(actions.NotInState):
            actions.remove_reply_file(
                case, by=cast.clerk, at=TUESDAY, version=case.version, file=case.attachments.get()
            )

    def test_U08_a_reply_with_something_harmful_is_not_sent(self, case, cast):
        add(case, cast.clerk)
        actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **WORDS)
        assert obstacles.obstacle(case, "approve_reply", cast.leader) is None

        case.attachments.update(scanned_at=TUESDAY, harmful="Eicar")

        assert isinstance(obstacles.obstacle(case, "approve_reply", cast.leader), actions.NotInState)
        actions.return_reply(case, by=cast.leader, at=TUESDAY, version=case.version, remark="请移除附件。")
        actions.save_draft(case, by=cast.clerk, at=TUESDAY, version=case.version, **WORDS)
        held = case.attachments.get()
        actions.remove_reply_file(case, by=cast.clerk, at=TUESDAY, version=case.version, file=held)
        reply(case, cast)

    def test_one_is_taken_off_again_for_good(self, case, cast, django_capture_on_commit_callbacks):
        add(case, cast.clerk)
        held = case.attachments.get()

        with django_capture_on_commit_callbacks(execute=True):
            actions.remove_reply_file(case, by=cast.clerk, at=TUESDAY, version=case.version, file=held)

        assert not case.attachments.exists()
        with pytest.raises(store.FileUnavailable):
            store.read(held.storage_name, held.sha256)

    def test_its_number_is_not_given_to_another_one(self, case, cast):
        add(case, cast.clerk, paper("一"), paper("二"))
        last = case.attachments.get(position=2)
        actions.remove_reply_file(case, by=cast.clerk, at=TUESDAY, version=case.version, file=last)

        add(case, cast.clerk, paper("三"))

        assert list(case.attachments.order_by("position").values_list("position", flat=True)) == [1, 3]

    def test_what_the_complainant_sent_is_not_taken_off(self, cast):
        case = case_in(State.HANDLING, cast, files=[paper("照片说明")])
        add(case, cast.clerk)

        with pytest.raises(actions.Invalid):
            actions.remove_reply_file(
                case, by=cast.clerk, at=TUESDAY, version=case.version, file=case.attachments.get(reply=None)
            )

    def test_they_go_on_with_the_next_draft_when_the_reply_comes_back(self, case, cast):
        add(case, cast.clerk)
        actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **WORDS)
        actions.return_reply(case, by=cast.leader, at=TUESDAY, version=case.version, remark="请补充依据。")

        add(case, cast.clerk, paper("二"))

        draft = obstacles.reply_in_work(case)
        assert (draft.files.count(), draft.findings) == (2, WORDS["findings"])

    def test_Z12_what_came_back_to_one_organ_is_no_beginning_for_another(self, case, cast):
        add(case, cast.clerk)
        actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **WORDS)
        actions.return_reply(case, by=cast.leader, at=TUESDAY, version=case.version, remark="请补充依据。")
        actions.transfer(
            case, by=cast.officer, at=TUESDAY, version=case.version, organ=cast.city.tax, reason="属税务事项。"
        )
        actions.sign_in(case, by=cast.tax_clerk, at=TUESDAY, version=case.version)
        assert not Attachment.objects.visible_to(cast.tax_clerk).filter(case=case).exists()

        add(case, cast.tax_clerk, paper("二"))

        draft = obstacles.reply_in_work(case)
        assert (draft.files.count(), draft.findings) == (1, "")

    def test_where_no_reply_is_in_work_nothing_is_offered_to_be_taken_off(self, cast):
        case = case_in(State.HANDLING, cast, files=[paper("照片说明")])

        form = FORMS["remove_reply_file"](case=case, viewer=cast.clerk)

        assert not form.fields["file"].queryset.exists()

    def test_Z12_another_organ_does_not_find_what_was_set_aside(self, case, cast):
        add(case, cast.clerk)
        actions.transfer(
            case, by=cast.officer, at=TUESDAY, version=case.version, organ=cast.city.tax, reason="属税务事项。"
        )

        assert not Attachment.objects.visible_to(cast.tax_clerk).filter(case=case).exists()
        assert Attachment.objects.visible_to(cast.officer).filter(case=case).exists()


class TestTheComplainant:
    def test_has_them_with_the_reply_and_not_before(self, client, cast):
        with time_machine.travel(LATER_THAT_DAY, tick=False):
            case, code = led_to(State.HANDLING, cast)
            signed_in(client, case, code)
            add(case, cast.clerk)
            held = case.attachments.get()

            assert client.get(address(case, held)).status_code == 404
            assert address(case, held) not in page_of(client, case).content.decode()
            reply(case, cast)

            assert address(case, held) in page_of(client, case).content.decode()
            answer = client.get(address(case, held))
        assert (answer.status_code, answer.content) == (200, "附表".encode())
        assert "attachment" in answer["Content-Disposition"]
        assert sound()

    def test_of_a_joined_case_has_them_too_and_no_other_file_of_the_leading_one(self, client, cast):
        leading = case_in(State.HANDLING, cast, files=[paper("照片说明")])
        receipt = file(cast)
        case = join(receipt.case, leading, cast)
        add(leading, cast.clerk)
        reply(leading, cast)
        case.refresh_from_db()
        sent = leading.attachments.get(reply__isnull=False)
        own = leading.attachments.get(reply=None)

        [shown] = citizen.page_of(case, at=LATER).replies
        assert [(each.href, each.name.count("1")) for each in shown.files] == [(address(case, sent), 1)]
        with time_machine.travel(LATER_THAT_DAY, tick=False):
            client.post("/complaints/track/", {"number": receipt.number, "code": receipt.code})
            assert client.get(address(case, sent)).status_code == 200
            assert client.get(address(case, own)).status_code == 404
            assert client.get(address(leading, sent)).status_code == 302  # that case is not open in this browser

    @pytest.mark.parametrize(
        ("looked_at", "status"), [({"harmful": "Eicar"}, 403), ({"scanned_at": None}, 503), ({}, 200)]
    )
    def test_U08_has_none_in_which_a_scanner_found_something_or_has_still_to_look(
        self, client, cast, settings, looked_at, status
    ):
        settings.SCANNER_URL = "unix:///nobody.ctl"
        with time_machine.travel(LATER_THAT_DAY, tick=False):
            case, code = led_to(State.HANDLING, cast)
            signed_in(client, case, code)
            add(case, cast.clerk)
            reply(case, cast)
            Attachment.objects.update(**({"scanned_at": TUESDAY} | looked_at))

            answer = client.get(address(case, case.attachments.get()))

        assert answer.status_code == status
        assert ("附表".encode() in answer.content) == (status == 200)

    def test_does_not_find_them_among_what_they_sent(self, case, cast):
        add(case, cast.clerk)
        reply(case, cast)

        assert citizen.page_of(case, at=LATER).files == []


class TestThePages:
    @pytest.fixture(autouse=True)
    def _clock(self):
        with time_machine.travel(LATER_THAT_DAY, tick=False):
            yield

    def do(self, case, action):
        return reverse("admin:complaints_case_do", args=[case.pk, action])

    def test_a_file_is_added_cleaned_shown_and_taken_off(self, client, case, cast):
        client.force_login(cast.clerk)
        assert 'enctype="multipart/form-data"' in client.get(self.do(case, "add_reply_files")).content.decode()
        upload = SimpleUploadedFile("附表.txt", "检查情况一览表".encode(), content_type="text/plain")

        client.post(self.do(case, "add_reply_files"), {"version": case.version, "attachments": [upload]})

        case.refresh_from_db()
        held = case.attachments.get()
        link = reverse("admin:complaints_case_file", args=[case.pk, held.pk])
        assert link in client.get(reverse("admin:complaints_case_change", args=[case.pk])).content.decode()
        client.post(self.do(case, "remove_reply_file"), {"version": case.version, "file": held.pk})
        assert not case.attachments.exists()

    def test_4_7_whoever_answers_several_is_told_that_all_of_them_get_the_files(self, client, case, cast):
        client.force_login(cast.clerk)
        told = "各投诉人"
        assert told not in client.get(self.do(case, "add_reply_files")).content.decode()
        join(file(cast).case, case, cast)

        assert told in client.get(self.do(case, "add_reply_files")).content.decode()

    def test_whoever_checks_or_approves_sees_them_before(self, client, case, cast):
        add(case, cast.clerk)
        actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **WORDS)
        link = reverse("admin:complaints_case_file", args=[case.pk, case.attachments.get().pk])
        client.force_login(cast.leader)

        assert link in client.get(self.do(case, "approve_reply")).content.decode()
        assert client.get(link).status_code == 200

    def test_a_bad_file_is_named_and_the_good_one_need_not_be_chosen_again(self, client, case, cast):
        client.force_login(cast.clerk)
        address, token = self.do(case, "add_reply_files"), ""
        token = client.get(address).context["token"]
        good = SimpleUploadedFile("附表.txt", "检查情况一览表".encode(), "text/plain")
        bad = SimpleUploadedFile("程序.exe", b"MZ\x90\x00", "application/octet-stream")

        page = client.post(address, {"version": case.version, "token": token, "attachments": [good, bad]})

        assert "程序.exe" in str(page.context["form"].errors["attachments"])
        assert [draft.name for draft in page.context["drafts"]] == ["附表.txt"]
        assert "附表.txt" in page.content.decode()
        assert not case.attachments.exists()
        stale = client.post(address, {"version": case.version - 1, "token": token})
        assert (stale.status_code, [draft.name for draft in stale.context["drafts"]]) == (409, ["附表.txt"])

        assert client.post(address, {"version": case.version, "token": token}).status_code == 302

        assert case.attachments.count() == 1
        assert not DraftFile.objects.exists()
