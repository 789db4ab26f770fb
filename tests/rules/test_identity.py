"""Who complained stays secret (docs/domain.md 4.3; docs/trust.md S-09, S-12, P-01 to P-06, P-09)."""

import base64
import secrets
from datetime import timedelta

import pytest
from django.db import connection

from complaints import actions, deadlines, invariants, messages, timeline
from complaints.actions.identity import MANY_REVEALS
from complaints.enums import RevealReason, State
from complaints.models import CaseIdentity, Reveal
from efficiency import codes
from efficiency.access import cipher
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
NAME, PHONE, EMAIL = "端木赐明", "13787654321", "duanmu.ciming@example.cn"


def dump() -> str:
    """Everything that the database holds, every column of every table as text, as a dump would show it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        tables = [name for (name,) in cursor.fetchall()]
        parts = []
        for table in tables:
            rows = f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {table} AS t"  # noqa: S608 - a table's name
            cursor.execute(rows)
            parts.append(f"== {table}\n{cursor.fetchone()[0]}")
    return "\n".join(parts)


def forms_of(value: str) -> list[str]:
    """A planted value as it could lie somewhere: in clear, in hexadecimal (bytea), in base64."""
    raw = value.encode()
    return [value, value.lower(), raw.hex(), base64.b64encode(raw).decode().rstrip("=")]


def reveal(case, by, *, at=LATER, reason="需电话核实事发经过"):
    return actions.reveal(case, by=by, at=at, category=RevealReason.VERIFY, reason=reason)


class TestDump:
    def test_S09_a_planted_code_is_found_nowhere_in_the_database(self, cast):
        token = codes.new_token()
        receipt = make.file(cast, token=token, email=EMAIL)
        case = receipt.case
        make.accept(case, cast)
        assert actions.open_tracking(receipt.number, receipt.code) == case

        everything = dump()

        assert case.number in everything  # the dump is one
        for planted in (receipt.code, codes.in_fours(receipt.code), receipt.code.lower(), token):
            for form in forms_of(planted):
                assert form not in everything

    def test_P01_a_planted_identity_is_found_nowhere_in_the_database(self, cast):
        case = make.case_in(State.HANDLING, cast, name=NAME, phone=PHONE, email=EMAIL)
        reveal(case, cast.officer)

        everything = dump()

        for planted in (NAME, PHONE, EMAIL):
            for form in forms_of(planted):
                assert form not in everything

    def test_P09_messages_hold_neither_text_nor_person(self, cast):
        case = make.case_in(State.CLOSED, cast, name=NAME, phone=PHONE, email=EMAIL, title="端木投诉的标题")

        told = Message.objects.filter(subject_id=case.pk)

        assert told.filter(recipient_ref=f"{messages.IDENTITY}:{case.pk}").exists()
        stored = str(list(told.values()))
        for secret in (NAME, PHONE, EMAIL, "端木", case.title, case.description[:8]):
            assert secret not in stored


class TestSealed:
    def test_P01_a_field_moved_to_another_row_or_field_does_not_open(self, cast):
        one = make.file(cast, name=NAME, phone=PHONE, email=EMAIL).case
        other = make.file(cast, name="李四", phone="13811112222").case
        sealed = bytes(one.identity.name)

        CaseIdentity.objects.filter(case=other).update(name=sealed)
        with pytest.raises(cipher.CannotOpen):
            reveal(other, cast.officer)
        assert invariants.identities_that_do_not_open() == 1

        CaseIdentity.objects.filter(case=one).update(phone=sealed)
        with pytest.raises(cipher.CannotOpen):
            reveal(one, cast.officer)
        assert not Reveal.objects.exists()  # nothing was shown, nothing is on record as shown

    def test_P01_a_damaged_value_does_not_open(self):
        sealed = bytearray(cipher.encrypt(NAME, row="case:1", field="name"))
        sealed[-1] ^= 1

        with pytest.raises(cipher.CannotOpen):
            cipher.decrypt(bytes(sealed), row="case:1", field="name")

    def test_P01_the_same_name_is_sealed_differently_each_time(self):
        assert cipher.encrypt(NAME, row="case:1", field="name") != cipher.encrypt(NAME, row="case:1", field="name")

    def test_P01_a_key_is_changed_by_putting_a_new_one_in_front(self, settings):
        old = cipher.encrypt(NAME, row="case:1", field="name")
        new_key = "2027:" + base64.b64encode(secrets.token_bytes(32)).decode()
        settings.FIELD_KEYS = [new_key, *settings.FIELD_KEYS]

        new = cipher.encrypt(NAME, row="case:1", field="name")

        assert cipher.decrypt(old, row="case:1", field="name") == NAME
        assert (cipher.key_name(old), cipher.key_name(new)) == ("test", "2027")
        settings.FIELD_KEYS = [new_key]
        with pytest.raises(cipher.CannotOpen):
            cipher.decrypt(old, row="case:1", field="name")

    def test_P01_the_algorithm_can_be_chosen_and_old_values_still_open(self, settings):
        old = cipher.encrypt(NAME, row="case:1", field="name")
        settings.FIELD_ALGORITHM = "SM4-GCM"

        new = cipher.encrypt(NAME, row="case:1", field="name")

        assert old[0] != new[0]
        assert cipher.decrypt(old, row="case:1", field="name") == cipher.decrypt(new, row="case:1", field="name")

    def test_P02_repeat_complainants_are_found_by_keyed_hash_by_the_office_alone(self, cast):
        first = make.case_in(State.HANDLING, cast, phone="138 1234 5678", consent=True)
        second = make.file(cast, phone="+86 13812345678").case
        make.file(cast, phone="13899999999")

        assert list(actions.others_of_same_person(first, cast.officer)) == [second]
        assert list(actions.others_of_same_person(first, cast.inspector)) == [second]
        assert not actions.others_of_same_person(first, cast.clerk).exists()


class TestAnonymous:
    def test_P05_nothing_of_the_person_is_stored_even_if_it_was_sent(self, cast):
        receipt = make.file(cast, anonymous=True, name=NAME, phone=PHONE, email=EMAIL, consent=True)

        assert not CaseIdentity.objects.filter(case=receipt.case).exists()
        assert not receipt.case.consent
        everything = dump()
        for planted in (NAME, PHONE, EMAIL):
            for form in forms_of(planted):
                assert form not in everything
        assert not Message.objects.exclude(recipient_ref="").exists()

    def test_P05_what_was_typed_about_the_person_is_not_even_checked(self, cast):
        assert make.file(cast, anonymous=True, name="\x00", phone="x", email="no address").case.anonymous

    def test_P05_an_anonymous_case_has_no_promise_that_needs_a_person(self, cast):
        case = make.case_in(State.REPLIED, cast, anonymous=True)

        kinds = {row.kind for row in deadlines.of_case(case)}

        assert not kinds & {deadlines.CONTACT, deadlines.REVIEW_APPLY}
        assert deadlines.EVALUATE in kinds

    def test_P05_nobody_can_reveal_it(self, cast):
        case = make.file(cast, anonymous=True).case

        with pytest.raises(actions.NotAllowed):
            reveal(case, cast.officer)
        assert not Reveal.objects.exists()


class TestReveal:
    def test_P04_the_record_is_there_before_anything_is_shown(self, cast, monkeypatch):
        case = make.file(cast, name=NAME, phone=PHONE, email=EMAIL).case
        seen = []
        opened = cipher.decrypt

        def watching(*args, **kwargs):
            seen.append((Reveal.objects.count(), AuditRecord.objects.filter(action="case.reveal").count()))
            return opened(*args, **kwargs)

        monkeypatch.setattr(cipher, "decrypt", watching)
        identity = reveal(case, cast.officer)

        assert (identity.name, identity.phone, identity.email) == (NAME, PHONE, EMAIL)
        assert set(seen) == {(1, 1)}
        look = Reveal.objects.get()
        assert (look.by, look.organ, look.category, look.at) == (cast.officer, cast.city.office, "verify", LATER)
        assert AuditRecord.objects.get(action="case.reveal").detail == {"category": "verify"}

    @pytest.mark.parametrize("fault", ["complaints.actions.identity.record", "complaints.models.Reveal.objects.create"])
    def test_P04_no_record_no_reveal(self, fault, cast, monkeypatch):
        case = make.file(cast, name=NAME, phone=PHONE).case

        def broken(*args, **kwargs):
            raise OSError("the disk is full")

        monkeypatch.setattr(fault, broken)
        monkeypatch.setattr(cipher, "decrypt", lambda *args, **kwargs: pytest.fail("shown without a record"))

        with pytest.raises(OSError, match="disk"):
            reveal(case, cast.officer)

    @pytest.mark.parametrize(("category", "reason", "field"), [("", "有原因", "category"), ("verify", "  ", "reason")])
    def test_P04_category_and_reason_are_asked_for(self, category, reason, field, cast):
        case = make.file(cast).case

        with pytest.raises(actions.Invalid) as refusal:
            actions.reveal(case, by=cast.officer, at=LATER, category=category, reason=reason)

        assert refusal.value.field == field

    @pytest.mark.parametrize("consent", [True, False])
    def test_P06_the_handling_organ_needs_the_consent_of_the_complainant(self, consent, cast):
        case = make.case_in(State.HANDLING, cast, name=NAME, consent=consent)

        for user in (cast.clerk, cast.leader):
            if consent:
                assert reveal(case, user).name == NAME
            else:
                with pytest.raises(actions.NotAllowed):
                    reveal(case, user)
        assert AuditRecord.objects.filter(action="case.reveal", outcome=Outcome.REFUSED).count() == (0, 2)[not consent]

    def test_P04_who_does_not_know_of_the_case_learns_nothing(self, cast):
        case = make.case_in(State.HANDLING, cast)
        administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)

        for user in (cast.tax_clerk, administrator):
            with pytest.raises(actions.Absent):
                reveal(case, user)
        with pytest.raises(actions.NotAllowed):  # knows the header only
            reveal(case, cast.auditor)
        actions.declare_recusal(case, by=cast.officer, at=LATER, reason="与投诉人系亲属")
        with pytest.raises(actions.Absent):
            reveal(case, cast.officer)

    def test_P04_the_complainant_sees_date_and_office_of_each_look(self, cast):
        case = make.file(cast).case
        reveal(case, cast.officer)

        entry = next(entry for entry in timeline.public(case) if entry.at == LATER)

        assert entry.who == str(cast.city.office)
        assert str(cast.officer) not in f"{entry.word}{entry.text}{entry.who}"

    def test_P04_many_looks_by_one_person_are_pointed_out_to_the_auditors_once_a_day(self, cast):
        case = make.file(cast).case

        for minute in range(MANY_REVEALS + 3):
            reveal(case, cast.officer, at=LATER + timedelta(minutes=minute))

        told = Message.objects.filter(kind="complaints.many_reveals", channel="portal")
        assert [message.recipient for message in told] == [cast.auditor]

    def test_P03_pages_show_the_complainants_own_data_masked(self, cast):
        case = make.file(cast, name=NAME, phone=PHONE, email=EMAIL).case

        assert actions.masked(case) == actions.Identity("端木**", "137****4321", "d***@example.cn")
        assert actions.masked(make.file(cast, anonymous=True).case) is None


class TestTracking:
    def test_S12_unknown_number_wrong_code_and_nonsense_give_the_same_answer(self, cast):
        receipt = make.file(cast)
        unknown = codes.number_for(999_999_999, TUESDAY)
        wrong = codes.code_of(codes.new_token())

        for number, code in [
            (receipt.number, wrong),
            (unknown, wrong),
            (unknown, receipt.code),
            (receipt.number, ""),
            ("", ""),
            ("XN\x00", "\ud800"),
            (receipt.number, "查询码" * 300),
            ("X" * 5000, receipt.code),
        ]:
            assert actions.open_tracking(number, code) is None

    def test_S12_the_same_work_is_done_for_known_and_unknown_numbers(
        self, cast, monkeypatch, django_assert_num_queries
    ):
        receipt = make.file(cast)
        compared = []
        monkeypatch.setattr(
            codes.hmac, "compare_digest", lambda one, other: compared.append((len(one), len(other))) or one == other
        )

        for number in (receipt.number, codes.number_for(999_999_999, TUESDAY)):
            with django_assert_num_queries(1):
                actions.open_tracking(number, codes.code_of(codes.new_token()))

        assert compared == [(32, 32), (32, 32)]

    def test_S09_number_and_code_may_be_typed_in_any_way(self, cast):
        receipt = make.file(cast)
        wide = "".join(chr(ord(char) + 0xFEE0) for char in receipt.code)

        for number in (receipt.number, receipt.number.lower(), f" {receipt.number[:6]} {receipt.number[6:]}"):
            for code in (receipt.code.lower(), codes.in_fours(receipt.code), wide, codes.in_fours(receipt.code) + "-"):
                assert actions.open_tracking(number, code) == receipt.case

    def test_S09_a_code_opens_its_own_case_only(self, cast):
        one, other = make.file(cast), make.file(cast)

        assert actions.open_tracking(other.number, one.code) is None


class TestWhatStaffRead:
    def test_P06_records_of_talks_with_a_confidential_complainant_are_for_the_office_alone(self, cast):
        case = make.case_in(State.HANDLING, cast)
        actions.record_contact(
            case, by=cast.officer, at=LATER, version=case.version, text="陈先生称已收到许可", reached=True
        )

        def told(viewer):
            return "\n".join(str(entry.text) for entry in timeline.internal(case, viewer))

        assert "陈先生" in told(cast.officer)
        assert "陈先生" not in told(cast.clerk)
        assert "陈先生" not in told(None)

    def test_P06_the_public_story_names_organs_and_never_persons(self, cast):
        cast.clerk.full_name, cast.officer.full_name = "经办张三丰", "受理李四光"
        cast.clerk.save()
        cast.officer.save()
        case = make.case_in(State.ARCHIVED, cast)

        told = "\n".join(f"{entry.word} {entry.text} {entry.who}" for entry in timeline.public(case))

        assert str(cast.city.construction) in told
        assert "张三丰" not in told
        assert "李四光" not in told
