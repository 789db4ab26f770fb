"""Keys of fields are changed while the portal runs (docs/trust.md P-01)."""

import base64
import secrets
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from complaints import actions
from complaints.enums import Channel, RevealReason, State
from complaints.models import Attachment, CaseIdentity, FormDraft, IncomingMail
from disclosure.models import RequestFile, RequestIdentity
from efficiency.access import cipher, mobile, rotating
from efficiency.access.models import User
from efficiency.audit.models import AuditRecord
from efficiency.audit.verify import run
from supervision.models import ReceptionVisitor
from tests.complaints.uploads.test_serve import sent
from tests.factories import cases as make
from tests.factories.cases import TUESDAY

pytestmark = pytest.mark.django_db

NAME, PHONE, EMAIL = "端木赐明", "13787654321", "duanmu.ciming@example.cn"


def new_key(name: str = "2027") -> str:
    return f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


@pytest.fixture
def sealed(cast):
    """Something in every sealed field of the portal, under the key of before."""
    case = make.case_in(
        State.HANDLING,
        cast,
        name=NAME,
        phone=PHONE,
        email=EMAIL,
        channel=Channel.VISIT,
        intake=actions.Intake(by=cast.clerk, group_size=3, representatives=["李四"]),
        files=[sent("我家门口.pdf")],
    )
    mobile.keep(cast.clerk, "13900001111")
    actions.keep_form(cast.clerk, "propose_reply", {"findings": "经查属实"}, at=TUESDAY, case=case)
    return case


@pytest.fixture
def changed(sealed, settings):
    """A new key in front of the ring."""
    settings.FIELD_KEYS = [new_key(), *settings.FIELD_KEYS]
    return sealed


def rotate(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_field_keys", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def lost_keys() -> int:
    with translation.override("en"):
        return sum(each.violations for each in run() if each.title == "the key of every sealed value is in the ring")


def test_P01_every_sealed_field_is_known(sealed):
    assert {each.model: set(each.fields) for each in rotating.registered()} == {
        CaseIdentity: {"name", "phone", "email", "representatives"},
        Attachment: {"sealed_key", "original_name"},
        FormDraft: {"content"},
        User: {"mobile"},
        IncomingMail: {"sealed_key", "envelope"},
        RequestIdentity: {"name", "contact", "phone", "email", "address"},
        RequestFile: {"sealed_key", "original_name"},
        ReceptionVisitor: {"name", "phone", "email"},
    }


def test_P01_after_it_the_old_key_can_go_and_everything_opens(changed, cast, settings):
    assert "8 values sealed with 2027" in rotate()

    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    look = {"by": cast.officer, "at": TUESDAY, "category": RevealReason.VERIFY, "reason": "核实"}
    seen = actions.reveal(changed, **look)
    assert (seen.name, seen.phone, seen.email, seen.representatives) == (NAME, PHONE, EMAIL, ("李四",))
    original = actions.open_original(changed, position=1, **look)
    assert (original.name, original.content) == ("我家门口.pdf", b"%PDF-1.4 as sent")
    assert mobile.number_of(User.objects.get(pk=cast.clerk.pk)) == "13900001111"
    draft = actions.kept_form(cast.clerk, "propose_reply", at=TUESDAY, case=changed)
    assert draft is not None
    assert draft.values == {"findings": "经查属实"}
    assert lost_keys() == 0


def test_P01_a_check_says_which_keys_are_needed_and_changes_nothing(changed):
    before = rotating.keys_in_use()
    assert before["test"] == 8

    with pytest.raises(CommandError, match=r"newest key: test\."):
        rotate("--check")
    assert rotating.keys_in_use() == before

    rotate()
    assert "2027: 8 values" in rotate("--check")


def test_P01_a_second_run_writes_nothing(changed):
    rotate()

    with CaptureQueriesContext(connection) as asked:
        assert rotating.rotate() == rotating.Result()
    assert not [each for each in asked if each["sql"].startswith("UPDATE")]


def test_P01_it_goes_on_where_it_was_stopped(sealed, cast, settings, monkeypatch):
    for _number in range(5):
        make.file(cast)
    settings.FIELD_KEYS = [new_key(), *settings.FIELD_KEYS]
    monkeypatch.setattr(rotating, "BATCH", 2)
    seal, done = cipher.seal, []

    def until_stopped(*args, **kwargs):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(args)
        return seal(*args, **kwargs)

    CaseIdentity.objects.update(phone=b"", email=b"", representatives=b"")
    monkeypatch.setattr(cipher, "seal", until_stopped)
    with pytest.raises(KeyboardInterrupt):
        rotating.rotate()
    monkeypatch.setattr(cipher, "seal", seal)

    assert rotating.keys_in_use()["test"] > 0
    rotating.rotate()
    assert set(rotating.keys_in_use()) == {"2027"}


def test_P01_another_algorithm_seals_anew_as_well(sealed, settings):
    settings.FIELD_ALGORITHM = "SM4-GCM"

    assert rotating.rotate().sealed == 8
    assert bytes(CaseIdentity.objects.get().name)[0] == 2
    assert rotating.rotate().sealed == 0


def test_P01_what_does_not_open_is_counted_and_stays_as_it_is(changed, settings):
    damaged = bytes(CaseIdentity.objects.get().phone)[:-1] + b"?"
    CaseIdentity.objects.update(phone=damaged)

    with pytest.raises(CommandError, match="test"):
        rotate()

    row = CaseIdentity.objects.get()
    assert bytes(row.phone) == damaged
    assert cipher.key_name(row.name) == "2027"
    assert AuditRecord.objects.get(action="keys.rotate").detail == {"key": "2027", "sealed": 7, "broken": 1}


def test_I13_a_key_that_was_taken_out_too_early_is_found(changed, settings):
    assert lost_keys() == 0
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]

    assert lost_keys() == 8


def test_I13_a_damaged_head_is_counted_and_stops_no_check(changed):
    CaseIdentity.objects.update(phone=b"\x01\x04\xff\xfe\xfd\xfc rest")

    assert lost_keys() == 1
