"""Bundles of evidence: complete, provable, for one person and one day, without who complained (docs/trust.md Z-13)."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accountability.models import Bundle, BundleState
from accountability.papers import access, actions, archive, bundle_pdf, bundles, bundling, layout, messages
from accountability.papers.bundles import Part, Table
from complaints.enums import NamedPerson, RecusalGround
from complaints.models import Case, Recusal
from efficiency.access.models import User
from efficiency.audit.models import AuditRecord
from efficiency.files import making, store
from efficiency.organs.models import Tenure
from efficiency.outbox.models import Message
from efficiency.refusals import Invalid
from tests.accountability.papers.conftest import COMPLAINANT, WORDS
from tests.accountability.papers.test_papers import bare, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def bundle(case, cast, source, now):
    """A bundle that is ready."""
    found = bundling.ask(case, by=cast.officer, at=now, is_confirmed=True)
    assert bundling.make_due(at=now) == 1
    found.refresh_from_db()
    assert found.state == BundleState.READY
    return found


def zipped(bundle) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(store.read(bundle.zip_name, bundle.zip_sha256))) as archive_:
        return {name: archive_.read(name) for name in archive_.namelist()}


class TestWhatIsInIt:
    """One PDF with every part; one ZIP with each as JSON and CSV, the files and the manifest."""

    def test_every_part_stands_in_the_pdf_the_json_and_the_csv(self, bundle, case):
        files = zipped(bundle)
        pdf = text_of(files["bundle.pdf"])

        parts = [json.loads(content) for name, content in files.items() if name[:2].isdigit() and name.endswith("json")]
        assert [part["name"] for part in parts][:2] == ["note", "promise"]
        assert {"case", "course", "reply1"} <= {part["name"] for part in parts}
        for place, part in enumerate(parts, start=1):
            cells = [cell for row in part["rows"] for cell in row]
            cells += [cell for table in part["tables"] for row in (table["head"], *table["rows"]) for cell in row]
            table = list(csv.reader(io.StringIO(files[f"{place:02d}-{part['name']}.csv"].decode("utf-8-sig"))))
            listed = {cell for row in table for cell in row}
            for said in [part["title"], *part["paragraphs"], *cells]:
                assert bare(said) in pdf
                assert said in listed

    def test_a_promise_explains_its_last_day_day_by_day(self, bundle):
        parts = [json.loads(content) for name, content in zipped(bundle).items() if name.endswith("-promise.json")]
        accounts = [table for part in parts for table in part["tables"] if table["title"] == "期限逐日计算"]

        assert accounts
        assert all(len(account["rows"]) > 1 for account in accounts)

    def test_the_contents_name_the_page_of_each_part(self, bundle):
        pages = PdfReader(io.BytesIO(store.read(bundle.pdf_name, bundle.pdf_sha256))).pages
        texts = [bare(page.extract_text()) for page in pages]
        begin = next(place for place, text in enumerate(texts) if "一、情况说明" in text and "目录" not in text)

        assert "目录" in texts[0]
        assert re.search(rf"\.{begin + 1}一、情况说明", texts[0])

    def test_O05_all_names_are_plain(self, bundle):
        assert all(archive.PLAIN.fullmatch(name) for name in zipped(bundle))

    def test_the_papers_of_the_subject_go_along(self, case, cast, kind, source, now):
        paper = actions.issue("test", case, by=cast.officer, at=now)
        made = archive_of(case, cast.officer, now)

        [name] = [name for name in made if name.endswith("papers-file1.pdf")]
        assert made[name] == store.read(paper.storage_name, paper.sha256)

    def test_is_the_same_bytes_for_the_same_story(self, case, cast, source, now):
        first, second = (bundling.built(case, by=cast.officer, at=now) for _turn in range(2))

        assert first == second

    def test_heads_that_others_registered_stand_in_the_manifest(self, case, cast, source, now):
        bundles.register_head(lambda at: {"chain": {"number": 7, "hash": "ab"}})

        assert json.loads(archive_of(case, cast.officer, now)["manifest.json"])["chain"] == {"number": 7, "hash": "ab"}

    def test_long_tables_and_texts_go_on_over_pages(self, now):
        rows = tuple((f"2026-03-{day % 28 + 1:02d}", f"第{day}步", "经办说明" * (day % 60)) for day in range(400))
        narrow = ["窄栏里的长话" * 100 for _column in range(9)]
        many = Table("很多栏", tuple(f"列{number}" for number in range(9)), (tuple(narrow),))
        tables = (Table("过程", ("日", "步", "话"), rows), many)
        part = Part("long", "很长的办理过程" * 6, paragraphs=("一段" * 3000,), tables=tables)
        pdf = archive.build([part], label="长", at=now).pdf

        said = text_of(pdf)
        assert len(PdfReader(io.BytesIO(pdf)).pages) > 20
        assert all(bare("".join(row[:2])) in said for row in rows)


def archive_of(case, user, at) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundling.built(case, by=user, at=at).zip)) as made:
        return {name: made.read(name) for name in made.namelist()}


class TestWhoComplained:
    """No byte of a bundle tells who complained (docs/trust.md P-04, P-06)."""

    def test_P06_neither_name_nor_contact_nor_words_of_the_complaint(self, bundle, case):
        files = zipped(bundle)
        said = [text_of(content) if name.endswith("pdf") else content.decode() for name, content in files.items()]
        planted = (*COMPLAINANT.values(), "晓岚", "欧阳女士", "红棉花", case.title, WORDS[:12])

        for secret in planted:
            assert not any(bare(secret) in bare(text) for text in said), secret
        assert any("诉求人" in text for text in said)

    def test_P01_nothing_goes_out_where_the_identity_cannot_be_compared_with(self, case, cast, source, now, settings):
        found = bundling.ask(case, by=cast.officer, at=now, is_confirmed=True)
        settings.FIELD_KEYS = ["other:" + "A" * 43 + "="]
        try:
            bundling.make_due(at=now)
        finally:
            found.refresh_from_db()
        assert found.state != BundleState.READY

    def test_who_knows_the_header_alone_gets_the_header(self, case, cast, source):
        from accountability.papers import parts

        [header] = parts.case(case, cast.auditor)
        assert header.name == "case"
        assert parts.case(case, cast.tax_clerk) == []


class TestTheManifest:
    """Whoever holds the ZIP finds any change (``manage.py verify_bundle``)."""

    def faults(self, content: bytes, tmp_path) -> list[str]:
        file = tmp_path / "bundle.zip"
        file.write_bytes(content)
        out = io.StringIO()
        ended = 0
        try:
            call_command("verify_bundle", str(file), stdout=out)
        except CommandError as error:
            ended = error.returncode
        faults = json.loads(out.getvalue())["faults"]
        assert ended == (1 if faults else 0)
        return faults

    def test_a_sound_bundle_has_no_fault(self, bundle, tmp_path):
        assert self.faults(store.read(bundle.zip_name, bundle.zip_sha256), tmp_path) == []

    def test_every_flipped_byte_is_found(self, tmp_path, now):
        content = archive.build([Part("note", "说明", rows=(("一", "二"),))], label="试", at=now).zip
        # Every byte of the head and the end, where the names and places are, and every hundredth of what is between.
        for place in (*range(600), *range(600, len(content), 101), *range(len(content) - 600, len(content))):
            damaged = bytearray(content)
            damaged[place] ^= 1
            assert archive.faults_of(bytes(damaged)), place
        assert archive.faults_of(content) == []

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            (lambda files: files | {"bundle.pdf": b"%PDF other"}, "bundle.pdf: another SHA-256"),
            (lambda files: {name: files[name] for name in files if name != "bundle.pdf"}, "bundle.pdf: missing"),
            (lambda files: files | {"more.txt": b"x"}, "more.txt: not in the manifest"),
            (lambda files: files | {"../more.txt": b"x"}, "../more.txt: no plain name"),
            (lambda files: files | {"manifest.json": b"{}"}, "manifest.json: missing or not readable"),
        ],
    )
    def test_what_was_changed_taken_out_or_put_in_is_named(self, tmp_path, now, change, fault):
        content = archive.build([Part("note", "说明")], label="试", at=now).zip
        with zipfile.ZipFile(io.BytesIO(content)) as made:
            files = change({name: made.read(name) for name in made.namelist()})
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as other:
            for name, each in files.items():
                other.writestr(name, each)

        assert fault in self.faults(packed.getvalue(), tmp_path)

    @pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + b"\0" * 18])
    def test_what_is_no_bundle_is_a_fault(self, tmp_path, content):
        assert self.faults(content, tmp_path)


class TestAskingMakingFetching:
    """The right is asked three times; one person, one day (docs/trust.md Z-13, S-05, L-01)."""

    @pytest.mark.parametrize("who", ["clerk", "leader", "tax_clerk", "auditor"])
    def test_Z13_only_office_and_inspectors_ask(self, case, cast, source, now, who):
        with pytest.raises(bundling.NotAllowed):
            bundling.ask(case, by=getattr(cast, who), at=now, is_confirmed=True)
        assert not Bundle.objects.exists()

    def test_S05_the_password_comes_first(self, case, cast, source, now):
        with pytest.raises(Invalid) as refusal:
            bundling.ask(case, by=cast.officer, at=now, is_confirmed=False)
        assert refusal.value.field == "password"

    def test_asking_twice_is_one_bundle(self, case, cast, source, now):
        asked = {bundling.ask(case, by=cast.officer, at=now, is_confirmed=True).pk for _turn in range(2)}

        assert len(asked) == 1

    def test_Z07_nobody_gets_a_bundle_about_themselves(self, case, cast, source, now):
        own = Tenure.objects.get(user=cast.officer)
        Case.objects.filter(pk=case.pk).update(about_post=own.post, named_person_state=NamedPerson.LINKED)
        case.refresh_from_db()

        with pytest.raises(bundling.NotAllowed):
            bundling.ask(case, by=cast.officer, at=now, is_confirmed=True)

    def test_Z13_whoever_lost_the_right_meanwhile_gets_none(self, case, cast, source, now):
        found = bundling.ask(case, by=cast.officer, at=now, is_confirmed=True)
        Recusal.objects.create(case=case, user=cast.officer, ground=RecusalGround.PERSON_CONCERNED, at=now)
        bundling.make_due(at=now)

        found.refresh_from_db()
        assert (found.state, found.zip_name) == (BundleState.REFUSED, "")

    def test_Z07_whoever_was_recused_afterwards_does_not_find_it_in_their_list(self, bundle, case, cast, now):
        assert list(access.bundles_of(cast.officer)) == [bundle]

        Recusal.objects.create(case=case, user=cast.officer, ground=RecusalGround.PERSON_CONCERNED, at=now)

        assert list(access.bundles_of(User.objects.get(pk=cast.officer.pk))) == []

    @pytest.mark.parametrize(("most", "number"), [("MOST_BYTES", 1000), ("MOST_FILES", 3)])
    def test_one_that_nobody_could_verify_is_not_made(self, case, cast, source, kind, now, monkeypatch, most, number):
        actions.issue("test", case, by=cast.officer, at=now)
        found = bundling.ask(case, by=cast.officer, at=now, is_confirmed=True)
        monkeypatch.setattr(archive, most, number)
        monkeypatch.setattr(store, "read", lambda *_file: pytest.fail("was read"))
        bundling.make_due(at=now)

        found.refresh_from_db()
        assert (found.state, found.attempts) == (BundleState.FAILED, 1)

    def test_Z13_whoever_lost_the_right_afterwards_cannot_fetch(self, bundle, case, cast, now):
        User.objects.filter(pk=cast.officer.pk).update(is_active=False)

        with pytest.raises(bundling.NotAllowed):
            bundling.fetch(bundle, by=User.objects.get(pk=cast.officer.pk), at=now, as_="zip", is_confirmed=True)

    def test_Z13_a_colleague_does_not_fetch_it(self, bundle, cast, now):
        with pytest.raises(bundling.NotAllowed):
            bundling.fetch(bundle, by=cast.office_head, at=now, as_="zip", is_confirmed=True)

    def test_Z13_it_is_gone_after_24_hours(self, bundle, cast, now):
        names = [bundle.pdf_name, bundle.zip_name]
        day_over = now + timedelta(hours=24)
        with pytest.raises(Invalid):
            bundling.fetch(bundle, by=cast.officer, at=day_over, as_="zip", is_confirmed=True)
        assert bundling.remove_expired(at=day_over - timedelta(seconds=1)) == 0

        assert bundling.remove_expired(at=day_over) == 1
        assert bundling.remove_expired(at=day_over) == 0
        assert not Bundle.objects.exists()
        assert len(names) == 2

    def test_what_was_not_made_within_its_day_is_told_and_can_be_asked_for_again(self, case, cast, source, now, client):
        found = bundling.ask(case, by=cast.officer, at=now, is_confirmed=True)
        day_over = now + timedelta(hours=24)
        assert bundling.end_unmade(at=day_over - timedelta(seconds=1)) == 0
        assert (bundling.end_unmade(at=day_over), bundling.end_unmade(at=day_over)) == (1, 0)
        assert bundling.remove_expired(at=day_over) == 0
        found.refresh_from_db()
        assert found.state == BundleState.FAILED
        assert Message.objects.filter(kind="bundles.not_made", recipient=cast.officer, channel="portal").count() == 1
        client.force_login(cast.officer)
        mine = client.get(reverse("admin:accountability_bundle_changelist")).content.decode()
        again = reverse("admin:accountability_bundle_ask", args=["case", case.pk])
        assert again in mine
        assert bundling.ask(case, by=cast.officer, at=day_over, is_confirmed=True) != found
        # It is told of for a day, then it is gone.
        assert bundling.remove_expired(at=day_over + timedelta(hours=24)) == 1

    def test_L01_asking_making_and_fetching_are_on_record(self, bundle, case, cast, now):
        bundling.fetch(bundle, by=cast.officer, at=now, as_="pdf", is_confirmed=True)

        kept = AuditRecord.objects.filter(action__startswith="bundle.", object_id=str(case.pk)).order_by("pk")
        assert [each.action for each in kept] == ["bundle.ask", "bundle.make", "bundle.fetch"]
        assert {each.actor for each in kept} == {cast.officer}

    def test_whoever_asked_is_told_once_it_is_ready(self, bundle, cast, now):
        assert bundling.make_due(at=now) == 0
        told = Message.objects.get(subject_type="accountability.bundle", channel="portal")
        assert (told.kind, told.recipient, told.subject_id) == ("bundles.ready", cast.officer, bundle.pk)
        assert messages.may_know([cast.officer.pk, cast.leader.pk], [bundle.pk]) == {(cast.officer.pk, bundle.pk)}

    def test_D07_what_cannot_be_made_comes_to_rest(self, case, cast, source, now, monkeypatch):
        monkeypatch.setattr(bundling, "built", lambda *_args, **_more: 1 / 0)
        found = bundling.ask(case, by=cast.officer, at=now, is_confirmed=True)
        for minute in range(making.MOST_ATTEMPTS + 1):
            bundling.make_due(at=now + timedelta(minutes=2 * minute))

        found.refresh_from_db()
        assert (found.state, found.attempts) == (BundleState.FAILED, making.MOST_ATTEMPTS)
        assert Message.objects.get(subject_type="accountability.bundle", channel="portal").kind == "bundles.not_made"

    def test_D03_a_bundle_whose_maker_died_is_made_by_the_next(self, case, cast, source, now):
        found = bundling.ask(case, by=cast.officer, at=now, is_confirmed=True)
        assert bundling.MAKER.take(now) == found
        assert bundling.make_due(at=now) == 0

        assert bundling.make_due(at=now + making.LEASE) == 1
        found.refresh_from_db()
        assert found.state == BundleState.READY

    def test_F10_a_frozen_maker_changes_nothing_when_it_wakes(self, case, cast, source, now):
        bundling.ask(case, by=cast.officer, at=now, is_confirmed=True)
        frozen = bundling.MAKER.take(now)
        bundling.make_due(at=now + making.LEASE)
        ready = Bundle.objects.get()

        assert not bundling.MAKER.make_one(frozen, now)
        assert Bundle.objects.get().zip_name == ready.zip_name


class TestThePages:
    """My bundles: asked for, listed, fetched; those of others do not exist."""

    def client_of(self, user):
        client = Client()
        client.force_login(user)
        return client

    def test_from_the_question_to_the_file(self, case, cast, source, now):
        client = self.client_of(cast.officer)
        confirmed(client, now - timedelta(hours=1))
        address = reverse("admin:accountability_bundle_ask", args=["case", case.pk])
        assert "password" in client.get(address).content.decode()
        assert client.post(address, {"password": "wrong"}).status_code == 200
        assert not Bundle.objects.exists()

        confirmed(client, timezone.now())
        assert client.post(address).status_code == 302
        bundling.make_due(at=now)
        mine = client.get(reverse("admin:accountability_bundle_changelist")).content.decode()
        assert case.number in mine

        found = Bundle.objects.get()
        for form, begin in (("zip", b"PK"), ("pdf", b"%PDF")):
            place = reverse("admin:accountability_bundle_fetch", args=[found.pk, form])
            assert place in mine
            assert client.get(place).status_code == 200
            answer = client.post(place)
            assert answer.content.startswith(begin)
            assert "attachment" in answer["Content-Disposition"]

    def test_Z02_the_bundle_of_another_does_not_exist(self, bundle, cast, case):
        client = self.client_of(cast.office_head)
        names = [("change", []), ("fetch", ["zip"]), ("history", []), ("delete", [])]
        for name, more in names:
            assert (
                client.get(reverse(f"admin:accountability_bundle_{name}", args=[bundle.pk, *more])).status_code == 404
            )
        listed = client.get(reverse("admin:accountability_bundle_changelist")).content.decode()
        assert case.number not in listed

    @pytest.mark.parametrize(("who", "status"), [("clerk", 404), ("tax_clerk", 404), ("auditor", 404)])
    def test_Z02_who_asks_for_none_finds_no_page(self, case, cast, source, who, status):
        client = self.client_of(getattr(cast, who))

        assert client.get(reverse("admin:accountability_bundle_changelist")).status_code == status
        assert client.get(reverse("admin:accountability_bundle_ask", args=["case", case.pk])).status_code == status

    @pytest.mark.parametrize(("model", "pk"), [("case", 0), ("user", 1), ("nothing", 1)])
    def test_Z02_what_is_not_there_is_no_subject(self, cast, source, model, pk):
        address = reverse("admin:accountability_bundle_ask", args=[model, pk])

        assert self.client_of(cast.officer).get(address).status_code == 404


def confirmed(client, at):
    """Let the password have been given at ``at``, and the session have begun long before."""
    session = client.session
    session["confirmed_at"] = at.isoformat()
    session["staff"] = session["staff"] | {"since": (timezone.now() - timedelta(hours=2)).isoformat()}
    session.save()


def test_no_column_of_a_table_is_so_narrow_that_a_day_is_broken():
    head = ("单位", "岗位", "人员", "责任", "告知立案", "拟处理告知", "送达", "执行", "处理")
    row = ("佛山市建设局", "窗口岗位", "张三", "直接责任", *["2026-11-17 03:40"] * 3, "", "扣发岗位津贴和奖金")
    widths = bundle_pdf._widths(head, [row])
    assert sum(widths) == pytest.approx(bundle_pdf.WIDTH)
    assert min(widths[4:7]) - 9 >= layout.width_of("2026-11-17", bundle_pdf.CELL)
