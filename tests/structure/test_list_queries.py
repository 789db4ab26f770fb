"""
No page asks the database more questions because there is more to show (CONTRIBUTING.md).

The addresses come from the portal's own table of addresses: every page without parameters is opened with few rows and
with many, by everybody who finds it. A new page is measured without being named here; a new list of the back office
fails until the world below has more rows for it.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import count

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accountability.corrections import issuing
from accountability.faults import clauses, clues
from accountability.models import Bundle, CardTerm, Correction, FaultLook, Paper, SweepWithdrawal
from accountability.papers import registry as papers
from complaints import actions
from complaints.commitments import drafting
from complaints.enums import State
from complaints.matters import reporting
from complaints.models import (
    Case,
    IncomingMail,
    ItemVersion,
    KnowledgeEntry,
    MailLook,
    ReplyTemplate,
    RetentionHold,
    Reveal,
    SavedFilter,
)
from disclosure.catalogue import raising
from disclosure.documents import actions as documents
from disclosure.models import RequestHold, RequestLook
from efficiency.access.models import User
from efficiency.deadlines import sweep
from efficiency.deadlines.models import LimitRule, Sweep
from efficiency.keys import actions as keys
from efficiency.letters.models import ResponsibilityLetter
from efficiency.organs.models import Absence, AbsenceReason, CounterpartChange, Level, Role, Tenure, TenureChange
from supervision.models import DeskExport, DeskView, ReceptionLook
from supervision.surveys import holding
from targets.appraisal.enums import AppraisalState
from targets.models import AppraisalTerms, VetoTerm
from targets.reports import opening
from tests.factories import appraisal as make_appraisals
from tests.factories import cases as make
from tests.factories import corrections as make_corrections
from tests.factories import foresight as make_foresight
from tests.factories import inspections as make_inspections
from tests.factories import matters as make_matters
from tests.factories import pilots as make_pilots
from tests.factories import public_documents as make_documents
from tests.factories import reception as make_receptions
from tests.factories import requests as make_requests
from tests.factories import sanctions as make_sanctions
from tests.factories import supervisors as make_supervisors
from tests.factories.bulletins import MARCH, make_bulletin, make_contact, make_published_by
from tests.factories.commitments import draft_of, make_item, promise
from tests.factories.disclosure import make_column, make_duty
from tests.factories.staff import make_organ, seat
from tests.factories.surveys import draft_survey
from tests.factories.targets import make_plan

# Pages that show no rows, or no page at all when opened like this, and why.
NO_LISTS = {
    "admin:login": "a form",
    "admin:logout": "only sent",
    "admin:password_change": "a form",
    "admin:password_change_done": "words alone",
    "admin:autocomplete": "answers scripts, for a field",
    "admin:jsi18n": "words for scripts",
    "admin:complaints_case_filed": "one's own, after filing",
    "admin:complaints_case_intake_draft": "only sent",
    "complaints:receipt": "one's own, after filing",
    "complaints:leave": "only sent",
    "admin:disclosure_informationrequest_registered": "one's own, after registering",
    "disclosure:request_leave": "only sent",
    "supervision:reception_leave": "only sent",
    "supervision:reception_receipt": "one's own, after booking",
    "disclosure:request_receipt": "one's own, after filing",
    "admin:efficiency_siteidentity_changelist": "leads to its one row",
    "pages:healthz": "asks nothing",
    "admin:complaints_matter_upload": "a form",
    "api:api-root": "no page",
    "api:matters": "for systems with a key",
    "api:openapi-json": "asks nothing",
    "accountability:corrections_export": "a file",
    "supervision:inspections_export": "a file",
    "targets:progress_export": "a file",
    "supervision:overview_pdf": "a file",
    "api:report": "for systems with a key",
    "complaints:interface": "asks nothing",
    "pages:robots": "asks nothing",
    "pages:sitemap_pages": "asks nothing",
}
# What these pages show is chosen by their address.
QUERIES = {
    "admin:accountability_card_add": lambda world: f"?organ={world['cast'].city.construction.pk}",
    "admin:complaints_case_hand_over": lambda world: f"?handler={world['clerk'].pk}",
    "admin:complaints_case_assign": lambda world: "?ids=" + ",".join(str(case.pk) for case in Case.objects.all()),
    "admin:complaints_case_chase": lambda world: "?ids=" + ",".join(str(case.pk) for case in Case.objects.all()),
    "admin:complaints_itemversion_publish_many": lambda world: (
        "?ids=" + ",".join(str(version.pk) for version in ItemVersion.objects.filter(state="draft"))
    ),
    "admin:complaints_case_save_filter": lambda world: "?state__exact=handling",
}
# Lists that grow by a row a year.
ALWAYS_AS_LONG = {"admin:efficiency_calendaryear_changelist"}
# Lists with a page of their own, and where its rows are.
OWN_ROWS = {"admin:efficiency_limitrule_changelist": "changes"}
# The search of a list is a page of its own.
SEARCHES = {"admin:complaints_case_changelist": "?q=许可"}
# By so many rows the lists grow.
MORE = 4
_running = count(1)


def names(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """Return the names of all addresses without parameters."""
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            if each.name and not each.pattern.regex.groups:
                yield f"{space}:{each.name}" if space else each.name
        elif not each.pattern.regex.groups:
            yield from names(each, ":".join(filter(None, (space, each.namespace))))


ADDRESSES = sorted(set(names(get_resolver())) - set(NO_LISTS))


@pytest.fixture
def world(db) -> dict[str, User]:
    """The people who look, and one row of each kind."""
    cast = make.make_cast()
    people = {
        "officer": cast.office_head,
        "clerk": cast.clerk,
        "leader": cast.leader,
        "editor": seat(Role.DISCLOSURE_EDITOR, cast.city.construction),
        "auditor": cast.auditor,
        "administrator": seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government),
        "social": make_supervisors.somebody(cast),
    }
    grow(cast, people)
    return people | {"cast": cast}


def grow(cast: make.Cast, people: dict[str, User]) -> None:
    """Add one row to every list."""
    now, number = timezone.now(), next(_running)
    today = timezone.localdate(now)
    for state in (State.RECEIVED, State.HANDLING, State.REPLIED, State.ARCHIVED):
        make.case_in(state, cast, at=now - timedelta(days=1))
    passed_on = make.case_in(State.HANDLING, cast, at=now - timedelta(days=1))
    actions.transfer(
        passed_on, by=cast.officer, at=now, version=passed_on.version, organ=cast.city.tax, reason="属地税局职责"
    )
    joined = make.case_in(State.HANDLING, cast, at=now - timedelta(days=1))
    make.join(joined, cast, at=now - timedelta(days=1))
    actions.chase(joined, by=cast.inspector, at=now, version=joined.version)
    asked = make.file(cast, at=now, email="chen@example.cn", wants_email=True)
    actions.ask_erasure(asked.case, at=now, code=asked.code)
    late = make.case_in(State.HANDLING, cast, at=now - timedelta(days=90))
    assert late.next_due_at is not None

    organ = make_organ(f"more-{number}", f"新设单位{number}", "department", Level.CITY, cast.city.government)
    person = seat(Role.CLERK, organ)
    tenure = Tenure.objects.get(user=person)
    stand_in = Tenure.objects.create(
        user=seat(Role.CLERK, organ), post=tenure.post, since=today, until=today + timedelta(days=3), kind="stand_in"
    )
    Absence.objects.create(
        tenure=tenure,
        stand_in=stand_in,
        since=today,
        until=today + timedelta(days=3),
        reason=AbsenceReason.values[0],
        recorded_at=now,
        recorded_by=person,
    )
    ResponsibilityLetter.objects.create(
        year=today.year, post=tenure.post, tenure=tenure, holder=people["clerk"], text="职责。", issued_at=now
    )
    TenureChange.objects.create(
        user=person, post=tenure.post, since=today, reason="调任", proposed_at=now, proposed_by=people["administrator"]
    )
    CounterpartChange.objects.create(post=tenure.post, reason="调整", proposed_at=now, proposed_by=people["leader"])
    LimitRule.objects.create(
        kind="complaints.reply",
        number=15,
        unit="wd",
        valid_from=date(2030, 1, 1) + timedelta(days=number),
        reason="试行",
        set_by=cast.office_head,
        set_at=now,
    )
    ReplyTemplate.objects.create(title=f"模板{number}", text="您好。", organ=cast.city.office)
    KnowledgeEntry.objects.create(
        title=f"问题{number}", text="答复。", source="《办法》第一条", valid_from=today, organ=cast.city.office
    )
    promised = promise(make_item(organ, f"事项{number}"), today, by=(cast.officer, cast.office_head), at=now)
    drafting.save_draft(draft_of(promised.item, today + timedelta(days=7), 3), by=cast.officer, at=now)
    keys.issue(by=people["administrator"], at=now, organ=organ, name=f"系统{number}", scopes=["matters.push"], days=365)
    Reveal.objects.create(case=late, by=cast.officer, organ=cast.city.office, at=now, category="verify", reason="核实")
    mail = IncomingMail.objects.create(
        mailbox="x",
        origin=f"1:{number}",
        office=cast.city.office,
        size=number,
        stored_at=now,
        done_at=now,
        state="filed",
        case=late,
        possible_case=asked.case,
    )
    MailLook.objects.create(mail=mail, by=cast.officer, at=now, category="verify", reason="核实")
    RetentionHold.objects.create(case=late, reason="诉讼", until=today, placed_by=cast.officer, placed_at=now)
    for holder in (organ, cast.city.construction):
        make_duty(holder, holds_from=today, column=make_column())
    raising.raise_due(at=now)
    content = documents.Content(title=f"通知{number}", formed_on=today, body="正文")
    documents.draft(cast.city.construction, make_column(), content, by=people["editor"], at=now)
    answered = make.case_in(State.REPLIED, cast, at=now - timedelta(days=1))
    make_foresight.draw_one(answered, cast.officer, at=now)
    item = make_matters.make_item(organ, f"MORE-{number}")
    reporting.report(
        [
            make_matters.said("accepted", now, f"M-{number}", item=item.code),
            make_matters.said("accepted", late.received_at, "M-0", item=item.code),
        ],
        organ=organ,
        key=make_matters.make_key(organ),
        at=now,
    )
    wanted = make_requests.file(cast, at=now).request
    RequestHold.objects.create(request=wanted, reason="诉讼", until=today, placed_by=cast.officer, placed_at=now)
    month = MARCH
    for _back in range(number):
        month = month.previous
    make_contact(
        make_organ(f"44XN{number}", f"效能办{number}", "efficiency_office", Level.DISTRICT, cast.city.government)
    )
    bulletin = make_bulletin(period=month)
    if number % 2:
        make_published_by(cast.officer, cast.office_head, bulletin)
    RequestLook.objects.create(
        request=wanted, by=cast.officer, organ=cast.city.office, at=now, category="proof", reason="核实"
    )
    concerned = Tenure.objects.get(user=people["clerk"]).post
    correction = make_corrections.draft_for(cast.city.construction, by=cast.officer, post=concerned, at=now)
    issuing.issue(correction, by=cast.office_head, at=now, version=1)
    make_corrections.draft_for(cast.city.construction, by=cast.officer, at=now)
    add_paper(correction, people["officer"], number, now)
    team = [cast.officer, cast.inspector]
    make_inspections.announce(cast.city.construction, team=team, approver=cast.office_head, number=number, at=now)
    for year, post in ((today.year, tenure.post), (2030 + number, concerned)):
        make_plan(post.organ, cast.city.office, post=post, year=year, at=now)
    opening.open_missing(at=now)
    clue = clues.register_clue(
        by=cast.officer,
        at=now,
        kind="audit",
        organ=cast.city.construction,
        post=Tenure.objects.get(user=people["clerk"]).post,
        text="审计线索。",
        fault_on=today,
    )
    clue.respondents.update(notified_at=now)
    FaultLook.objects.create(case=clue, by=cast.officer, organ=cast.city.office, at=now, reason="核实")
    clauses.enter(
        f"more-{number}", by=cast.officer, at=now, kind="conduct", text="不得推诿。", source="本规定", valid_from=today
    )
    make_sanctions.impose(organ, person, officer=cast.officer, head=cast.office_head, at=now)
    make_documents.make_document(organ, f"第{number}号公告", at=now, theme=f"主题{number}")
    sweep.run(at=now + timedelta(seconds=number))
    SweepWithdrawal.objects.create(
        sweep=Sweep.objects.latest("pk"), reason="时钟错误", proposed_by=cast.officer, proposed_at=now
    )
    CardTerm.objects.create(
        of="yellow",
        points=6,
        valid_from=date(2030, 1, 1) + timedelta(days=number),
        reason="试行",
        set_by=cast.office_head,
        set_at=now,
    )
    for holder in (organ, cast.city.construction):
        booked = make_receptions.make_booked(holder, people["clerk"], at=now)
        ReceptionLook.objects.create(
            booking=booked, by=cast.officer, organ=cast.city.office, at=now, category="verify", reason="核实"
        )
    appraisal = make_appraisals.make_appraised(
        cast.city.office, cast.officer, [cast.city.construction, organ], year=2000 + number
    )
    for sheet in appraisal.sheets.all():
        make_appraisals.make_adjustment(sheet, "1", by=cast.officer)
    make_appraisals.make_survey(organ, "88", by=cast.officer, second=None)
    opinions = draft_survey([cast.city.construction, organ], by=cast.officer, at=now)
    holding.open(opinions, by=cast.office_head, at=now, version=opinions.version)
    draft_survey([organ], by=cast.officer, at=now)
    VetoTerm.objects.create(
        office=cast.city.office,
        cause="not_signed",
        is_on=False,
        valid_from=date(2030, 1, 1) + timedelta(days=number),
        reason="试行",
        set_by=cast.office_head,
        set_at=now,
    )
    AppraisalTerms.objects.create(
        office=cast.city.office,
        valid_from=date(2030, 1, 1) + timedelta(days=number),
        terms={},
        reason="试行",
        entered_by=cast.officer,
        entered_at=now,
    )
    published, organs = AppraisalState.PUBLISHED, [cast.city.construction, organ]
    make_appraisals.make_appraised(cast.city.office, cast.officer, organs, year=2100 + number, state=published)
    make_supervisors.grow(cast, number, at=now)
    make_pilots.grow(cast, number, at=now)
    for user in people.values():
        DeskView.objects.create(owner=user, name=f"视图{number}", query="kind=complaint", saved_at=now)
        DeskExport.objects.create(
            figure="received",
            part="numerator",
            format="csv",
            language="zh-hans",
            label=f"清单{number}",
            asked_at=now,
            asked_by=user,
            expires_at=now + timedelta(days=1),
        )
        SavedFilter.objects.create(owner=user, name=f"筛选{number}", query=f"kind__exact={number}", saved_at=now)


def add_paper(correction: Correction, by: User, number: int, at: datetime) -> None:
    """Let a paper about the correction have been issued, and a bundle of it have been asked for."""
    about = {"content_type": ContentType.objects.get_for_model(Correction), "object_id": correction.pk}
    Paper.objects.create(
        kind=next(kind.name for kind in papers.kinds() if kind.model is Correction),
        number=f"佛效改〔2030〕{number}号",
        content={"issued_on": "2030-01-01"},
        content_sha256=b"0" * 32,
        storage_name=f"papers/{number}",
        size=1,
        sha256=b"0" * 32,
        code=f"{number:016d}",
        issued_at=at,
        issued_by=by,
        **about,
    )
    Bundle.objects.create(label=f"材料{number}", asked_at=at, asked_by=by, expires_at=at + timedelta(days=1), **about)


def rows_on(page: HttpResponse, name: str) -> int:
    """Return how many rows a list shows."""
    context = page.context or {}
    return len(context[OWN_ROWS[name]]) if name in OWN_ROWS else getattr(context.get("cl"), "result_count", 0)


def look(
    name: str, world: dict, browsers: dict[str, Client], finders: Iterable[str] | None = None
) -> dict[str, tuple[int, int]]:
    """Return the questions and the rows of a page by everybody who finds it, or by those who found it before."""
    found: dict[str, tuple[int, int]] = {}
    address = reverse(name) + QUERIES.get(name, lambda _world: "")(world)
    # What is read once a process is read by the first who finds the page.
    is_warm = finders is not None
    for who, browser in browsers.items():
        if finders is not None and who not in finders:
            continue
        if not is_warm:
            if browser.get(address).status_code != 200:
                continue
            is_warm = True
        with CaptureQueriesContext(connection) as seen:
            page = browser.get(address)
        if finders is None and page.status_code != 200:
            continue
        rows = rows_on(page, name)
        found[who] = (len(seen), rows)
        if name in SEARCHES:
            with CaptureQueriesContext(connection) as seen:
                browser.get(address + SEARCHES[name])
            found[f"{who}, searching"] = (len(seen), rows)
    return found


def log_in(world: dict) -> dict[str, Client]:
    """Return a browser of each who looks."""
    browsers = {who: Client() for who, user in world.items() if isinstance(user, User)}
    for who, browser in browsers.items():
        browser.force_login(world[who])
    return browsers


@pytest.mark.django_db
@pytest.mark.xdist_group("list_queries")
def test_no_page_asks_more_because_there_is_more_to_show(world):
    # The clock stands still: what is read anew every so many seconds is not what is counted here.
    with time_machine.travel(timezone.now(), tick=False):
        everybody = {who: user for who, user in world.items() if isinstance(user, User)}
        # Something waits for everybody, of every kind: where nothing does, a part of a page asks one question less.
        for _ in range(MORE):
            grow(world["cast"], everybody)
        browsers = log_in(world)
        few = {name: look(name, world, browsers) for name in ADDRESSES}
        for _ in range(MORE):
            grow(world["cast"], everybody)
        browsers = log_in(world)  # as many questions for whoever has looked at nothing yet
        look(ADDRESSES[0], world, browsers)  # what has to be read anew because the world has changed
        many = {name: look(name, world, browsers, finders=few[name]) for name in ADDRESSES}

    asked_more = {
        f"{name} by {who}": (questions, many[name][who][0])
        for name, found in few.items()
        for who, (questions, _rows) in found.items()
        # The first message of somebody is one question more on every page; what is asked for each row is one for each.
        if many[name][who][0] >= questions + MORE
    }
    # What nobody adds by a form has a page for it all the same, which is refused.
    by_nobody = {name for name, found in few.items() if not found and not name.endswith("_add")}
    lists = {name for name in ADDRESSES if name.endswith("_changelist")} - ALWAYS_AS_LONG
    not_longer = {
        name for name in lists if not any(many[name][who][1] > rows for who, (_asked, rows) in few[name].items())
    }
    assert not asked_more, f"more questions for more rows: {asked_more}"
    assert not by_nobody, f"found by nobody, name why in NO_LISTS: {sorted(by_nobody)}"
    assert not not_longer, f"no more rows in this world, add one to grow(): {sorted(not_longer)}"


def test_what_is_named_here_exists():
    known = set(names(get_resolver()))

    assert set(NO_LISTS) | set(QUERIES) | ALWAYS_AS_LONG | set(SEARCHES) | set(OWN_ROWS) <= known
    assert "admin:complaints_case_changelist" in ADDRESSES
