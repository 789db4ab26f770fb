"""Files of reports, for departments without a system; the organ's own list (docs/trust.md Z-02, L-01)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from complaints.matters import uploading
from complaints.models import Matter, MatterReport
from complaints.refusals import NotAllowed, Refused
from efficiency.audit.models import AuditRecord
from tests.factories.matters import make_item, said
from tests.moments import local

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/complaints/matter/upload/"
LINES = (
    "办件编号,类型,时间,事项编码,结果\n"
    "X-1,受理,2026-03-02 10:00,JS-1,\n"
    "X-1,办结,2026/03/03 10:00,,准予\n"
    "X-2,受理,昨天,JS-1,\n"
    "X-3,受理,2026-03-02 10:00,JS-9,\n"
)


@pytest.fixture
def clerk(client, people):
    """Return a browser of the construction bureau's clerk."""
    client.force_login(people["clerk"])
    return client


def hand_in(client, city, content: bytes):
    file = SimpleUploadedFile("a.csv", content)
    return client.post(ADDRESS, {"organ": city.construction.pk, "file": file})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_looked_at_line_by_line_and_then_taken_in(clerk, city, bureau, encoding):
    looked = hand_in(clerk, city, LINES.encode(encoding))

    assert [(each["line"], each["field"]) for each in looked.context["faults"]] == [(4, "at"), (5, "item")]
    assert not Matter.objects.exists()
    lines = looked.context["form"].initial["lines"]
    done = clerk.post(ADDRESS, {"organ": city.construction.pk, "lines": lines})
    assert done.status_code == 302
    matter = Matter.objects.get()
    assert (matter.external_id, matter.state, matter.accepted_at) == ("X-1", "finished", local("2026-03-02 10:00"))
    assert AuditRecord.objects.get(action="matter.upload").detail["new"] == 2

    assert hand_in(clerk, city, LINES.encode(encoding)).context["taken"].repeated == 2
    assert MatterReport.objects.count() == 2


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026/3/9 9:05", "2026-03-09T09:05:00+08:00"),
        ("2026/3/9 9:05:07", "2026-03-09T09:05:07+08:00"),
        ("2026-3-9  09:5", "2026-03-09T09:05:00+08:00"),
        ("2026/3/9", "2026-03-09T00:00:00+08:00"),
        ("2026-03-09T09:05:00+08:00", "2026-03-09T09:05:00+08:00"),
        ("2026/13/9 9:05", "2026/13/9 9:05"),
        ("9:05", "9:05"),
    ],
)
def test_a_moment_is_read_as_chinese_office_programs_write_it(written, meant):
    [line] = uploading.read(f"办件编号,类型,时间\nX-1,受理,{written}\n".encode())

    assert line.report["at"] == meant


def test_a_file_names_post_and_reason_in_chinese(bureau, people):
    post = bureau.organ.posts.earliest("pk")
    lines = (
        "办件编号,类型,时间,事项编码,岗位编码,结果,不予理由\n"
        f"X-1,受理,2026-03-02 10:00,JS-1,{post.code},,\n"
        "X-1,办结,2026-03-03 10:00,,,不予,不符合法定条件\n"
        "X-2,受理,2026-03-02 10:00,JS-1,,,\n"
        "X-2,办结,2026-03-03 10:00,,,不予,\n"
    )
    reports = [line.report for line in uploading.read(lines.encode())]
    taken = uploading.upload(reports, organ=bureau.organ, by=people["clerk"], at=local("2026-03-31 10:00"))

    assert [(each.index, each.field) for each in taken.rejected] == [(3, "reason")]
    kept = MatterReport.objects.filter(matter__external_id="X-1").order_by("at")
    assert list(kept.values_list("post", "reason")) == [(post.pk, ""), (None, "conditions")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"a,b\n1,2\n",
        "类型,时间\n".encode(),
        "办件编号,类型,时间,时间\n".encode(),
        b"\x00\x01\xff",
        b'matter,kind,at\nA-1,"accepted,x\n',
    ],
)
def test_a_file_that_is_none_is_refused_at_its_field(clerk, city, bureau, content):
    page = hand_in(clerk, city, content)

    assert page.status_code == 200
    assert "file" in page.context["form"].errors


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_numbered_as_in_the_file(end):
    content = end.join(
        ["", "matter,kind,at", "", "A-1,accepted,x", f'"A-{end}2",accepted,x', ",,", "A-3,accepted,x", ""]
    )
    lines = uploading.read(content.encode())

    assert [(line.number, line.report["matter"]) for line in lines] == [(4, "A-1"), (5, f"A-{end}2"), (8, "A-3")]


def test_lines_that_were_changed_on_the_way_are_checked_anew(clerk, city, bureau):
    clerk.post(ADDRESS, {"organ": city.construction.pk, "lines": '[{"organ": 1}, 3]'})
    page = clerk.post(ADDRESS, {"organ": city.construction.pk, "lines": "x"})

    assert page.status_code == 200
    assert not Matter.objects.exists()


@pytest.mark.parametrize("who", ["officer", "inspector", "auditor", "administrator", "other_clerk", "editor"])
def test_Z01_only_the_organ_itself_hands_in_its_reports(people, city, bureau, who):
    with pytest.raises(NotAllowed):
        uploading.upload([], organ=city.construction, by=people[who], at=local("2026-03-03 10:00"))


def test_a_file_of_too_many_lines_is_refused():
    with pytest.raises(Refused):
        uploading.read(("matter,kind,at\n" + "A,accepted,x\n" * 10_001).encode())


def test_a_cell_beyond_the_headings_is_refused_with_its_line(bureau, people):
    at = local("2026-03-03 10:00")
    good, more = "A-1,accepted,2026-03-02 10:00,JS-1", "A-2,accepted,2026-03-02 10:00,JS-1,,JS-9"
    lines = uploading.read(f"matter,kind,at,item\n{good},,\n{more}\n".encode())
    taken = uploading.upload([line.report for line in lines], organ=bureau.organ, by=people["clerk"], at=at)

    assert [(each.index, each.code, each.field) for each in taken.rejected] == [(1, "unknown_field", "F")]
    assert taken.new == 1


class TestTheOrgansOwnList:
    def test_Z02_clerks_find_the_matters_of_their_organ_and_no_others(self, clerk, city, bureau):
        make_item(city.tax, "TAX-1")
        bureau.report(said("accepted", local("2026-03-02 10:00"), item="JS-1"))
        other = Matter.objects.create(
            organ=city.tax, external_id="T-1", state="announced", first_reported_at=local("2026-03-02 10:00"),
            last_reported_at=local("2026-03-02 10:00"),
        )  # fmt: skip
        listed = clerk.get("/admin/complaints/matter/").content.decode()

        assert "A-1" in listed
        assert "T-1" not in listed
        assert clerk.get(f"/admin/complaints/matter/{other.pk}/change/").status_code == 404
        page = clerk.get(f"/admin/complaints/matter/{bureau.matter().pk}/change/").content.decode()
        assert "受理" in page

    def test_Z02_the_auditor_knows_headers_alone(self, client, people, bureau):
        report = said("accepted", local("2026-03-02 10:00"), item="JS-1")
        bureau.report(report)
        client.force_login(people["auditor"])
        page = client.get(f"/admin/complaints/matter/{bureau.matter().pk}/change/").content.decode()

        assert "A-1" in page
        assert report["id"] not in page
        assert client.get(ADDRESS).status_code == 403
