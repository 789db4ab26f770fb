"""The live page of matters: the list equals the figure, and each sees what is theirs (docs/trust.md Z-14)."""

from datetime import datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.matters import reporting
from complaints.models import Matter
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Escalation
from efficiency.organs.models import Organ
from supervision.matters import live
from tests.factories.matters import make_item, make_key, said
from tests.moments import local

pytestmark = pytest.mark.django_db
NOW = local("2026-03-09 10:00")


def report(organ: Organ, item: str, number: str, at: datetime) -> None:
    reporting.report([said("accepted", at, number, item=item)], organ=organ, key=make_key(organ), at=NOW)


@pytest.fixture
def reported(city):
    """Matters of two organs in each of the figures; the clock of two has stood still, of one of them for long."""
    for organ, code in ((city.construction, "JS-1"), (city.street, "ZM-1")):
        make_item(organ, code)
        for number, at in enumerate(
            ["2026-03-09 09:00", "2026-03-02 09:00", "2026-03-04 09:00", "2026-02-24 09:00", "2026-02-25 09:00"]
        ):
            report(organ, code, f"{code}-{number}", local(at))
        for number, days in ((5, "2026-02-09 09:00"), (6, "2026-02-10 09:00")):
            stopped = said("suspended", local(days), f"{code}-{number}", ground="expert")
            begun = said("accepted", local("2026-02-04 09:00"), f"{code}-{number}", item=code)
            reporting.report([begun, stopped], organ=organ, key=make_key(organ), at=NOW)


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


class TestTheFigures:
    def test_each_list_has_as_many_rows_as_its_figure_says(self, people, reported):
        with time_machine.travel(NOW, tick=False):
            inspector = browser(people["inspector"])
            page = inspector.get("/supervision/matters/")
            figures = {name: count for name, _label, count in page.context["figures"]}
            assert figures == {"arrived": 2, "today": 2, "soon": 2, "stopped": 4, "stopped_long": 2, "late": 4}
            for name, count in figures.items():
                assert inspector.get(f"/supervision/matters/{name}/").context["page"].paginator.count == count
            for group, cells in page.context["groups"]:
                for name, _label, count in cells:
                    rows = inspector.get(
                        f"/supervision/matters/{name}/", {"organ": group.organ.pk, "item": group.item.pk}
                    )
                    assert rows.context["page"].paginator.count == count

    def test_receipts_without_an_answer_and_licences_not_handed_over_are_due_and_late(self, people, city):
        organ = city.construction
        make_item(organ, "JS-1")
        begun = [said("received", local(f"2026-03-0{day} 09:00"), f"R-{day}", item="JS-1") for day in (4, 5)] + [
            said("received", local("2026-02-25 09:00"), "R-late", item="JS-1")
        ]
        granted = [
            each
            for number, day in (("L-soon", "2026-02-26 09:00"), ("L-late", "2026-02-09 09:00"))
            for each in (
                said("accepted", local(day), number, item="JS-1"),
                said("finished", local(day), number, outcome="granted"),
            )
        ]
        reporting.report([*begun, *granted], organ=organ, key=make_key(organ), at=NOW)
        with time_machine.travel(NOW, tick=False):
            inspector = browser(people["inspector"])
            page = inspector.get("/supervision/matters/")
            figures = {name: count for name, _label, count in page.context["beside"]}
            assert figures == {"answer_soon": 2, "answer_late": 1, "handing_soon": 1, "handing_late": 1}
            [(of, cells)] = page.context["beside_groups"]
            assert (of, {name: count for name, _label, count in cells}) == (organ, figures)
            for name, count in figures.items():
                rows = inspector.get(f"/supervision/matters/{name}/", {"organ": organ.pk})
                assert rows.context["page"].paginator.count == count
                assert "None" not in rows.content.decode()
            assert live.live(live.matters_of(people["district_officer"]), at=NOW).beside["answer_late"] == 0

    def test_Z14_an_office_counts_what_its_government_answers_for(self, people, reported):
        found = live.live(live.matters_of(people["district_officer"]), at=NOW)

        assert found.figures["late"] == 2
        assert {group.organ.name for group in found.groups} == {"祖庙街道办事处"}

    def test_the_questions_do_not_grow_with_what_is_there(self, people, reported, city):
        def asked() -> int:
            with CaptureQueriesContext(connection) as seen:
                live.live(live.matters_of(people["inspector"]), at=NOW)
            return len(seen)

        asked()  # what is read once
        few = asked()
        make_item(city.tax, "TAX-1")
        report(city.tax, "TAX-1", "T-1", local("2026-02-24 09:00"))
        assert asked() == few

    @pytest.mark.parametrize("address", ["/supervision/matters/", "/supervision/matters/late/"])
    def test_Z02_for_others_it_does_not_exist(self, people, reported, address):
        for who in ("clerk", "leader", "appraiser", "auditor", "administrator", "social"):
            assert browser(people[who]).get(address).status_code == 404

    def test_Z02_what_is_no_figure_and_no_number_is_refused(self, people):
        inspector = browser(people["inspector"])

        assert inspector.get("/supervision/matters/none/").status_code == 404
        assert inspector.get("/supervision/matters/late/", {"organ": "x"}).status_code == 400


class TestBrokenPromises:
    def test_Z02_late_matters_stand_among_the_broken_promises_of_those_who_may_know(self, people, reported):
        sweep.run(at=NOW)
        address = f"/supervision/escalations/{Escalation.objects.filter(level=2).order_by('-organ_id')[0].pk}/"
        with time_machine.travel(NOW, tick=False):
            listed = browser(people["inspector"]).get("/supervision/escalations/").content.decode()
            assert "JS-1-3" in listed
            assert "ZM-1-3" in listed
            district = browser(people["district_officer"])
            assert "JS-1-3" not in district.get("/supervision/escalations/").content.decode()
            page = district.get(address)
            assert "/admin/complaints/matter/" in page.content.decode()
            assert district.post(address, {"acknowledge": "1", "seen-note": "已督促"}).status_code == 302
            found = district.get("/supervision/escalations/", {"words": "ZM-1-3"}).context["page"]
            assert {Matter.objects.get(pk=each.object_id).external_id for each in found} == {"ZM-1-3"}
