"""A file on its whole way: sent with the form, stored, fetched by citizen and staff (docs/trust.md 2.4, P-01)."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from complaints.models import Attachment, Case
from efficiency.files import store
from tests.complaints.uploads import samples

pytestmark = pytest.mark.django_db

NEW, TRACK = "/complaints/new/", "/complaints/track/"
NAME = "我家住址照片.jpg"


def file(client, cast, *, anonymous: bool, files: list[SimpleUploadedFile]):
    """File as a browser does, without a script; return the case and its code."""
    fields = {
        "kind": "complaint",
        "category": "delay",
        "organ": cast.city.construction.pk,
        "title": "施工许可超过承诺时限",
        "description": "11月3日递交材料，承诺五个工作日办结，至今没有答复，请督促。",
        "attachments": files,
    }
    person = {"anonymous": "on"} if anonymous else {"name": "陈小明", "phone": "13812345678"}
    page = client.post(NEW, fields | person, follow=True).content.decode()
    number = re.search(r'data-case-number="([^"]+)"', page)[1]
    code = re.search(r'data-case-code="([^"]+)"', page)[1]
    return Case.objects.get(number=number), code


def uploads() -> list[SimpleUploadedFile]:
    return [
        SimpleUploadedFile(NAME, samples.photo(), "image/jpeg"),
        SimpleUploadedFile("letter.docx", samples.letter(), samples.DOCX_TYPE),
        SimpleUploadedFile("report.pdf", samples.report(), "application/pdf"),
    ]


def everything_stored(files) -> bytes:
    """Every byte of the storage, the names in it, and every value of every table of the cases."""
    found = [path.read_bytes() for path in files.rglob("*") if path.is_file()]
    found += [str(path).encode() for path in files.rglob("*")]
    tables = [name for name in connection.introspection.table_names() if name.startswith("complaints_")]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')  # noqa: S608 - names from the database itself
            for (row,) in cursor.fetchall():
                found.append(row.encode())
                # Binary values are shown in hexadecimal digits.
                found += [bytes.fromhex(digits) for digits in re.findall(r"\\\\x((?:[0-9a-f]{2})+)", row)]
    return b"\n".join(found)


@pytest.mark.parametrize("anonymous", [False, True])
def test_U03_P01_what_files_tell_of_their_maker_is_stored_nowhere_in_the_clear(client, cast, files, anonymous):
    case, _code = file(client, cast, anonymous=anonymous, files=uploads())

    held = everything_stored(files)
    assert case.title.encode() in held
    assert bytes(case.attachments.get(position=1).sha256) in held
    for secret in (*samples.SECRETS, "我家住址"):
        assert secret.encode() not in held
    assert case.attachments.count() == 3
    assert case.attachments.exclude(sealed_name="").count() == (0 if anonymous else 3)
    assert (store.count_mismatches(), store.count_orphans()) == (0, 0)


def test_U04_the_citizen_fetches_the_copy_and_nobody_else_by_that_address(client, cast):
    case, code = file(client, cast, anonymous=True, files=uploads())
    address = reverse("complaints:attachment", args=[case.number, 1])
    assert client.get(address).status_code == 302

    client.post(TRACK, {"number": case.number, "code": code})
    response = client.get(address)

    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "no-store"
    assert samples.SECRET.encode() not in response.content
    assert "我家住址".encode() not in response.content + str(response.headers).encode()


def test_U03_the_office_fetches_it_in_the_admin_and_the_organ_not_before_it_has_the_case(client, cast):
    case, _code = file(client, cast, anonymous=False, files=uploads())
    address = reverse("admin:complaints_case_file", args=[case.pk, Attachment.objects.get(case=case, position=1).pk])
    answers = {}
    for user in (cast.officer, cast.clerk, cast.auditor):
        client.force_login(user)
        answers[user.username] = client.get(address).status_code

    assert answers == {"officer": 200, "clerk": 404, "auditor": 404}


def test_F12_a_full_disk_for_files_refuses_the_filing_and_keeps_the_text(client, cast, monkeypatch):
    def full(name, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.storage(), "save", full)
    fields = {"kind": "suggestion", "title": "延长窗口时间", "description": "建议中午也安排人员值班，方便群众办事。"}
    person = {"name": "陈小明", "phone": "13812345678", "attachments": uploads()[:1]}
    response = client.post(NEW, fields | person)

    assert response.status_code == 200
    assert fields["description"] in response.content.decode()
    assert response.context["form"].errors["attachments"]
    assert not Case.objects.exists()
