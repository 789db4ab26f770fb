"""
Every address outside the back office, and to whom it answers (docs/trust.md Z-01, Z-02).

The addresses come from the portal's own table: one that nobody named here fails the test. Those of the back office are
walked in ``tests/efficiency/access/test_admin_walk.py``.
"""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from complaints.enums import State
from complaints.models import Case
from efficiency.organs.models import Role
from tests.factories import cases as make
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

# Without an account, a session or a parameter.
OF_EVERYBODY = {
    "accountability:verify",
    "complaints:answers",
    "complaints:commitments",
    "complaints:interface",
    "complaints:new",
    "complaints:open311:root",
    "complaints:track",
    "disclosure:feed",
    "disclosure:list",
    "disclosure:completeness",
    "disclosure:completeness_rows",
    "disclosure:request_new",
    "disclosure:request_track",
    "disclosure:data_catalogue",
    "disclosure:data_index",
    "disclosure:data_package",
    "pages:about",
    "pages:integrity",
    "pages:integrity_heads",
    "pages:accessibility",
    "pages:posts",
    "pages:stand_ins",
    "pages:preferences",
    "pages:privacy",
    "pages:robots",
    "pages:site_map",
    "pages:sitemap_index",
    "pages:sitemap_pages",
    "targets:years",
    "pages:status",
    "supervision:home",
    "supervision:statistics",
    "supervision:definitions",
    "supervision:contacts",
    "supervision:reception",
    "supervision:reception_track",
    "supervision:supervisor_list",
    "supervision:surveys",
    "supervision:pilot_list",
}
# The same, for what does not exist under any address that could be guessed.
OF_EVERYBODY_WHO_KNOWS = {
    "complaints:answer": ("0" * 16,),
    "complaints:calendar": ("0" * 43,),
    "complaints:commitment": ("NO-SUCH-ITEM",),
    "complaints:open311:collect": ("0" * 32,),
    "complaints:open311:request": ("0" * 16, "json"),
    "complaints:open311:service": ("nothing", "json"),
    "complaints:open311:token": ("0" * 16, "xml"),
    "complaints:open311:unknown": ("nothing",),
    "disclosure:comparison": (0, 2),
    "disclosure:document": (0,),
    "disclosure:file": (0, 1),
    "disclosure:version": (0, 1),
    "disclosure:version_file": (0, 1, 1),
    "disclosure:completeness_organ": ("999999",),
    "disclosure:data_csv": ("nothing",),
    "disclosure:data_dataset": ("nothing",),
    "disclosure:data_dictionary": ("nothing",),
    "disclosure:data_json": ("nothing",),
    "disclosure:data_schema": ("nothing",),
    "pages:mark": ("0" * 64,),
    "pages:organ": ("999999",),
    "pages:post": ("999999-01",),
    "pages:sitemap_part": ("nothing", 0),
    "supervision:bulletin": ("2001-01",),
    "supervision:bulletin_file": ("2001-01", "pdf"),
    "supervision:bulletin_figure": ("2001-01", "received"),
    "supervision:reception_calendar": (0, 0),
    "supervision:reception_day": (0,),
    # tests/supervision/surveys/test_public.py
    "supervision:survey": (0,),
    "supervision:survey_answer": (0,),
    "supervision:survey_csv": (0,),
    "supervision:survey_thanks": (0,),
    "supervision:survey_xlsx": (0,),
    "supervision:pilot_page": (0,),
    "targets:results": (2001,),
    "targets:results_csv": (2001,),
}
# The same, for applications; what they send needs a key (tests/complaints/open311).
OF_APPLICATIONS = {
    "complaints:open311:discovery",
    "complaints:open311:discovery_above",
    "complaints:open311:requests",
    "complaints:open311:services",
}
# For programs that watch the portal (tests/efficiency/test_health.py says from where).
OF_MACHINES = {"pages:healthz", "pages:metrics", "pages:readyz"}
# To systems of departments with a key (tests/complaints/matters/test_interface.py), and what describes them.
OF_SYSTEMS = {"api:api-root", "api:matter", "api:matters", "api:openapi-json", "api:report"}
# To the browser that has just sent something; to everybody else they lead away.
AFTER_SENDING = {"complaints:leave", "complaints:receipt", "disclosure:request_leave", "disclosure:request_receipt"}
AFTER_SENDING |= {"supervision:reception_leave", "supervision:reception_receipt"}
# To whoever has shown number and code of the very case.
OF_THE_CASE = {
    "complaints:attachment",
    "complaints:case",
    "complaints:evaluate",
    "complaints:material",
    "complaints:own_contact",
    "complaints:own_data",
    "complaints:own_erasure",
    "complaints:own_hide",
    "complaints:question",
    "complaints:reply_file",
    "complaints:review",
    "complaints:supplement",
    "complaints:urge",
    "complaints:withdraw",
    "supervision:survey_after",
}
# The same of the very request for information (tests/disclosure/requests/test_public.py).
OF_THE_REQUEST = {"disclosure:request", "disclosure:request_file", "disclosure:request_step", "disclosure:request_urge"}
OF_THE_REQUEST |= {f"disclosure:request_own_{name}" for name in ("contact", "data", "erasure", "hide")}
# The same of the very appointment (tests/supervision/reception/test_public.py).
OF_THE_APPOINTMENT = {"supervision:reception_appointment", "supervision:reception_cancel"}
# To the efficiency office and its inspectors.
OF_OFFICE = {
    "supervision:reception_overview",
    "supervision:cards",
    "accountability:corrections",
    "accountability:corrections_export",  # tests/accountability/corrections/test_desk.py
    "accountability:faults",
    "supervision:duties",
    "supervision:duty_rows",  # tests/supervision/test_duties.py
    "supervision:engine",
    "supervision:escalation",
    "supervision:escalations",
    "supervision:inspection_rows",  # tests/supervision/inspections/test_pages.py
    "supervision:inspections",
    "supervision:inspections_export",
    "supervision:matter_list",
    "supervision:matters",
    "supervision:doubts",
    "supervision:forecast",
    "supervision:passing",
    "supervision:passing_cases",
    "supervision:sampling",
    "supervision:sampling_draw",  # tests/supervision/foresight/test_sampling.py
    "supervision:likeness",  # tests/supervision/foresight/test_likeness.py
    "supervision:foresight_table",  # tests/supervision/foresight/test_passing.py
    "supervision:pilots",
    "supervision:supervisors",
}
# What stands in the address of some of them.
OF_OFFICE_WITH: dict[str, list[object]] = {
    "supervision:duty_rows": ["handed-on"],
    "supervision:escalation": [1],
    "supervision:inspection_rows": ["findings"],
    "supervision:matter_list": ["late"],
    "supervision:passing_cases": ["held"],
    "supervision:foresight_table": ["passing-held"],
    "supervision:sampling_draw": [1],
}
# To whoever sees figures of some organ (tests/supervision/desk).
OF_THE_DESK: dict[str, tuple[object, ...]] = {
    "supervision:overview": (),
    "supervision:overview_pdf": (),
    "supervision:overview_table": ("trend",),
    "supervision:overview_block": ("trend",),
    "supervision:figure_definitions": (),
    "supervision:figure": ("received",),
    "supervision:figure_rows": ("received",),
    "supervision:figure_order": ("received",),
    "supervision:exports": (),
    "supervision:views": (),
}
# The same, of one's own things alone.
OF_THE_OWNER = {"supervision:export": (0,), "supervision:remove_view": (0,)}
# To whoever works in the organ or reaches it (tests/targets/measures/test_pages.py).
OF_FIGURES = {"targets:figure_of_organ", "targets:figure_of_post"}
# To those who lead, check or approve; the page of one plan to whom it concerns (tests/targets/reports/test_desk.py).
OF_PROGRESS = {"targets:progress", "targets:progress_export", "targets:progress_plan"}
# To whoever may read the very sheet or plan, or imagines the appraisal otherwise (tests/targets/sheets).
OF_SHEETS = {
    "targets:comparison": (0,),
    "targets:course": (0,),
    "targets:sheet": (0,),
    "targets:sheet_file": (0, "pdf"),
    "targets:what_if": (0,),
}
# To supervisors in office, of their own alone (tests/supervision/supervisors/test_pages.py).
OF_SUPERVISORS = {
    "supervision:about": ("observation", 0),
    "supervision:own": (),
    "supervision:own_file": (0, 1),
    "supervision:own_gathering": (0,),
    "supervision:own_gathering_file": (0, 1),
    "supervision:own_new": (),
    "supervision:own_observation": (0,),
    "supervision:own_small": (0, 1),
}
# To officers alone, not to inspectors (tests/supervision/foresight/test_sampling.py).
OF_OFFICERS = {"supervision:sampling_new"}
# The engine is looked after by the administrator and looked at by the auditor besides.
OF_OFFICE_AND_KEEPERS = {"supervision:engine"}
TRACK = "/complaints/track/"


def names(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[str]:
    """Return the names of all addresses with their name spaces."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from names(each, (*spaces, each.namespace) if each.namespace else spaces)
        elif isinstance(each, URLPattern):
            yield ":".join((*spaces, each.name or str(each.pattern)))


@pytest.fixture
def filed(cast):
    """Two cases in the hands of an organ, each with its code."""
    receipts = [make.file(cast, at=timezone.now()) for _ in range(2)]
    for receipt in receipts:
        make.lead(receipt.case, cast, State.HANDLING, at=timezone.now())
    return receipts


# Whoever may open a file is shown where files are: tests/complaints/uploads.
OF_FILES = {"complaints:attachment", "complaints:reply_file"}
# And what is offered about a case is where such an offer is: tests/supervision/surveys/test_after_matter.py.
OF_MORE = OF_FILES | {"supervision:survey_after"}


def address_of(name: str, case: Case) -> str:
    return reverse(name, args=[case.number, 1] if name in OF_MORE else [case.number])


def test_every_address_is_named_here():
    known = OF_EVERYBODY | set(OF_EVERYBODY_WHO_KNOWS) | OF_MACHINES | OF_SYSTEMS | OF_APPLICATIONS
    known |= AFTER_SENDING | OF_THE_CASE | OF_THE_REQUEST | OF_OFFICE | OF_FIGURES | OF_PROGRESS | set(OF_SHEETS)
    known |= set(OF_THE_DESK) | set(OF_THE_OWNER)
    known |= OF_THE_APPOINTMENT
    known |= set(OF_SUPERVISORS) | OF_OFFICERS

    assert {name for name in names(get_resolver()) if not name.startswith("admin:")} == known


class TestOfEverybody:
    @pytest.mark.parametrize("name", sorted(OF_EVERYBODY))
    def test_answers_without_an_account(self, client, cast, name):
        assert client.get(reverse(name)).status_code == 200

    @pytest.mark.parametrize("name", sorted(OF_EVERYBODY_WHO_KNOWS))
    def test_what_is_not_there_is_not_there(self, client, cast, name):
        assert client.get(reverse(name, args=OF_EVERYBODY_WHO_KNOWS[name])).status_code == 404

    @pytest.mark.parametrize("name", sorted(OF_APPLICATIONS))
    def test_answers_applications_and_takes_nothing_without_a_key(self, cast, name):
        strict = Client(enforce_csrf_checks=True)

        assert strict.get(reverse(name, args=["json"])).status_code == 200
        assert strict.post(reverse(name, args=["json"]), {"service_code": "request"}).status_code in (403, 405)
        assert not Case.objects.exists()

    @pytest.mark.parametrize("name", sorted(AFTER_SENDING))
    def test_after_sending_alone(self, client, cast, name):
        assert client.get(reverse(name)).status_code in (302, 405, 410)


class TestOfTheCase:
    @pytest.mark.parametrize("name", sorted(OF_THE_CASE))
    def test_Z02_leads_back_without_number_and_code_and_does_nothing(self, filed, name):
        case, other = filed[0].case, filed[1]
        stranger = Client()
        stranger.post(TRACK, {"number": other.number, "code": other.code})
        before = Case.objects.get(pk=case.pk)
        for browser in (Client(), stranger):
            got = browser.get(address_of(name, case))
            sent = browser.post(address_of(name, case), {"text": "补充", "reason": "撤回", "grade": "5"})

            # What is only sent is no page for anybody.
            assert got.status_code == 405 or got["Location"].partition("?")[0] == TRACK
            assert case.title not in sent.content.decode()
            assert sent.status_code in (200, 405) or sent["Location"].startswith(TRACK)
        after = Case.objects.get(pk=case.pk)
        assert (after.state, after.version) == (before.state, before.version)

    @pytest.mark.parametrize("name", sorted(OF_THE_CASE - OF_MORE))
    def test_answers_whoever_has_shown_them(self, client, filed, name):
        receipt = filed[0]
        client.post(TRACK, {"number": receipt.number, "code": receipt.code})

        answer = client.get(address_of(name, receipt.case))

        assert answer.status_code in (200, 302, 405)
        assert not answer.get("Location", "").startswith(f"{TRACK}?")
        assert answer.get("Location") != TRACK


class TestOfSheets:
    @pytest.mark.parametrize("name", sorted(OF_SHEETS))
    def test_Z02_what_is_not_there_is_not_there_and_strangers_log_in_first(self, cast, name):
        address = reverse(name, args=OF_SHEETS[name])
        browser = Client()
        browser.force_login(cast.officer)

        assert Client().get(address)["Location"].startswith("/admin/login/")
        assert browser.get(address).status_code == 404


class TestOfTheDesk:
    @pytest.mark.parametrize("name", sorted(OF_THE_DESK | OF_THE_OWNER))
    def test_Z02_strangers_log_in_first_and_for_others_it_does_not_exist(self, cast, name):
        address = reverse(name, args=(OF_THE_DESK | OF_THE_OWNER)[name])
        browser = Client()
        browser.force_login(seat(Role.SOCIAL_SUPERVISOR, cast.city.construction))

        assert Client().get(address)["Location"].startswith("/admin/login/")
        assert browser.get(address).status_code == 404

    @pytest.mark.parametrize("name", sorted(set(OF_THE_DESK) - {"supervision:overview_pdf"}))
    def test_answers_whoever_sees_figures(self, cast, name):
        browser = Client()
        browser.force_login(cast.clerk)

        assert browser.get(reverse(name, args=OF_THE_DESK[name])).status_code == 200


class TestOfSupervisors:
    @pytest.mark.parametrize("name", sorted(OF_SUPERVISORS))
    def test_Z02_for_others_it_does_not_exist(self, cast, name):
        address = reverse(name, args=OF_SUPERVISORS[name])

        assert Client().get(address)["Location"].startswith("/admin/login/")
        for user in (cast.officer, cast.clerk, cast.leader, cast.auditor):
            browser = Client()
            browser.force_login(user)
            assert browser.get(address).status_code == 404


class TestOfOffice:
    @pytest.mark.parametrize("name", sorted(OF_OFFICE))
    def test_Z02_for_others_it_does_not_exist(self, cast, name):
        address = reverse(name, args=OF_OFFICE_WITH.get(name, []))
        others = [cast.clerk, cast.leader, seat(Role.APPRAISAL_OFFICER, cast.city.office)]
        if name not in OF_OFFICE_AND_KEEPERS:
            others += [cast.auditor, seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)]

        assert Client().get(address)["Location"].startswith("/admin/login/")
        for user in others:
            browser = Client()
            browser.force_login(user)
            assert browser.get(address).status_code == 404

    @pytest.mark.parametrize("name", sorted(OF_OFFICE - set(OF_OFFICE_WITH)))
    def test_answers_the_office(self, cast, name):
        for user in (cast.officer, cast.inspector):
            browser = Client()
            browser.force_login(user)
            assert browser.get(reverse(name, args=OF_OFFICE_WITH.get(name, []))).status_code == 200
