"""
Every address of the back office, walked by every role (docs/trust.md Z-01, Z-02, Z-03).

``SEEN`` says by hand who finds which list and who may add to it: the walk compares it with what the site answers, for
lists, forms, histories, deletion and autocompletion. An address or a model that nobody named here fails the test.
"""

from collections.abc import Collection
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.corrections import issuing
from accountability.corrections.enums import Kind
from accountability.corrections.issuing import Content
from accountability.models import Card, CardTerm, Clause, FaultCase, FaultLook, SweepWithdrawal
from complaints import statements
from complaints.admin.forms import FORMS, PART_FORMS
from complaints.enums import NamedPerson, State
from complaints.models import (
    Assistance,
    Case,
    IncomingMail,
    KnowledgeEntry,
    MailLook,
    Matter,
    Recusal,
    ReplyTemplate,
    RetentionHold,
    Reveal,
)
from complaints.querysets import CaseQuerySet
from disclosure.catalogue import raising
from disclosure.documents import actions as documents
from disclosure.models import InformationRequest, RequestHold, RequestLook
from efficiency import absences, counterparts
from efficiency.access.rows import rows_of
from efficiency.audit.records import record
from efficiency.deadlines.models import LimitRule, Sweep
from efficiency.keys.models import ApiKey
from efficiency.organs.models import Organ, Post, Role, Tenure, TenureChange
from efficiency.outbox.models import Message
from efficiency.pages.models import SiteIdentity
from efficiency.timing.models import CalendarProposal, CalendarYear
from supervision.models import Checklist, ReceptionLook
from targets.models import AppraisalTerms, VetoTerm
from tests import known
from tests.factories.appraisal import make_appraised, make_survey
from tests.factories.bulletins import make_bulletin, make_contact
from tests.factories.cases import Cast, case_in, local
from tests.factories.commitments import make_item, promise
from tests.factories.disclosure import make_duty
from tests.factories.reception import make_booked
from tests.factories.staff import make_post, seat
from tests.factories.surveys import draft_survey
from tests.factories.targets import make_plan

READERS = {"clerk", "leader", "other_clerk", "officer", "office_head", "district_officer", "inspector"}
HEADERS = {"appraiser", "auditor"}
OFFICERS = {"officer", "office_head", "district_officer"}
KEEPERS = OFFICERS | {"administrator", "auditor"}
ORGANS = KEEPERS | {"leader", "inspector"}

# Whoever keeps the catalogue of disclosure, or watches over it.
CATALOGUE = OFFICERS | {"leader", "editor", "inspector", "auditor"}
# Who handles requests for information.
OF_REQUESTS = OFFICERS | {"leader", "editor"}

# Whoever may hold a post with a letter to sign; which letters they find: tests/rules/test_letters.py.
SIGNERS = READERS | HEADERS | {"editor", "administrator"}

# Model → who finds its list, who may add a row.
SEEN: dict[str, tuple[set[str], set[str]]] = {
    "accountability.clause": (READERS | HEADERS | {"editor"}, OFFICERS),
    "accountability.sanction": (READERS | HEADERS | {"editor"}, set()),
    "accountability.bundle": (OFFICERS | {"inspector"}, set()),
    "accountability.card": (READERS | HEADERS | {"editor"}, OFFICERS | {"inspector"}),
    "accountability.paper": (READERS | {"editor", "appraiser"}, set()),
    "accountability.cardterm": (OFFICERS | {"auditor", "inspector"}, {"office_head"}),
    "accountability.sweepwithdrawal": (OFFICERS, OFFICERS),
    # Organ and post: tests/accountability/corrections/test_states.py.
    "supervision.officecontact": (OFFICERS, OFFICERS),
    "supervision.bulletin": (OFFICERS | {"inspector"}, set()),
    "accountability.correction": (READERS | HEADERS | {"editor"}, OFFICERS | {"inspector"}),
    # Who finds which: tests/supervision/inspections/test_rules.py.
    "supervision.inspection": (OFFICERS | HEADERS | {"inspector", "social"}, OFFICERS | {"inspector"}),
    "supervision.visit": (OFFICERS | HEADERS | {"leader", "inspector", "social"}, set()),
    "supervision.checklist": (OFFICERS | {"inspector"}, OFFICERS),
    "targets.plan": (READERS | HEADERS | {"editor"}, OFFICERS | {"leader", "appraiser"}),
    "targets.report": (READERS | HEADERS | {"editor"}, set()),
    # Who finds which: tests/targets/procedure/test_access.py.
    "targets.appraisal": (SIGNERS, {"appraiser"}),
    "targets.sheet": (SIGNERS, set()),
    "targets.surveyresult": (OFFICERS | {"appraiser"}, {"appraiser"}),
    "supervision.samplesheet": (OFFICERS | {"inspector"}, set()),
    "targets.vetoterm": (OFFICERS | {"appraiser"}, {"office_head"}),
    "targets.appraisalterms": (OFFICERS | {"appraiser"}, {"appraiser"}),
    "supervision.survey": (OFFICERS | {"inspector", "auditor"}, OFFICERS | {"inspector"}),
    "complaints.case": (READERS | HEADERS, READERS),
    "complaints.replytemplate": (OFFICERS | {"leader", "auditor"}, OFFICERS | {"leader"}),
    "complaints.knowledgeentry": (READERS | {"auditor"}, OFFICERS | {"leader"}),
    "complaints.serviceitem": (READERS | {"editor", "auditor"}, OFFICERS | {"editor"}),
    "complaints.itemversion": (READERS | {"editor", "auditor"}, set()),
    "complaints.assistance": (READERS, set()),
    "complaints.reveal": ({"auditor"}, set()),
    "complaints.incomingmail": (OFFICERS, set()),
    "complaints.maillook": ({"auditor"}, set()),
    "complaints.matter": (READERS | {"auditor"}, set()),
    "complaints.retentionhold": (OFFICERS | {"inspector", "auditor"}, OFFICERS),
    "disclosure.column": (CATALOGUE, OFFICERS),
    "disclosure.owedpublication": (CATALOGUE, set()),
    "disclosure.publicationduty": (CATALOGUE, OFFICERS),
    "disclosure.document": (OFFICERS | {"leader", "inspector", "editor"}, OFFICERS | {"editor"}),
    "disclosure.informationrequest": (OF_REQUESTS | {"inspector", "auditor"}, OF_REQUESTS),
    "disclosure.requesthold": (OFFICERS | {"inspector", "auditor"}, OFFICERS),
    "disclosure.requestlook": ({"auditor"}, set()),
    "accountability.faultcase": (OFFICERS | HEADERS | {"leader", "inspector"}, OFFICERS | {"inspector"}),
    "accountability.faultlook": ({"auditor"}, set()),
    # Organ by organ: tests/supervision/reception.
    "supervision.receptionday": (READERS | {"auditor"}, set()),
    "supervision.receptionbooking": (READERS, set()),
    "supervision.receptionrule": (READERS | {"auditor"}, OFFICERS | {"leader"}),
    "supervision.receptionlook": ({"auditor"}, set()),
    # Which rows: tests/supervision/supervisors.
    "supervision.appointment": (OFFICERS | {"inspector", "auditor"}, OFFICERS),
    "supervision.observation": (OFFICERS | {"inspector", "leader"}, set()),
    "supervision.gathering": (OFFICERS | {"inspector", "auditor"}, OFFICERS),
    # Which rows: tests/supervision/pilots.
    "supervision.programme": (READERS | {"auditor"}, OFFICERS),
    "supervision.participant": (READERS | {"auditor"}, set()),
    "supervision.pilotmilestone": (READERS | {"auditor"}, set()),
    "efficiency.escalation": (READERS | HEADERS, set()),
    "efficiency.organ": (ORGANS, OFFICERS | {"administrator"}),
    "efficiency.post": (ORGANS, OFFICERS | {"administrator"}),
    "efficiency.responsibilityletter": (SIGNERS, set()),
    "efficiency.tenure": (KEEPERS, set()),
    "efficiency.tenurechange": (KEEPERS, {"administrator"}),
    "efficiency.counterpartchange": (SIGNERS, SIGNERS - {"auditor"}),
    "efficiency.absence": (READERS | {"administrator", "auditor"}, READERS),
    "efficiency.user": ({"administrator", "auditor"}, {"administrator"}),
    "efficiency.calendaryear": (KEEPERS | {"inspector"}, set()),
    "efficiency.limitrule": (OFFICERS | {"auditor", "inspector", "administrator"}, {"office_head"}),
    "efficiency.message": (KEEPERS, set()),
    "efficiency.sweep": (KEEPERS | {"inspector"}, set()),
    "efficiency.auditrecord": ({"auditor"}, set()),
    "efficiency.siteidentity": ({"administrator"}, set()),
    "efficiency.apikey": ({"administrator", "auditor"}, {"administrator"}),
}
# Rows that are there for some of those who see the list, by the case that they belong to; walked below.
SCOPED_BY_CASE = {"complaints.case", "complaints.assistance", "efficiency.escalation"}
# Rows that are there for those who sign them, and for those who watch over the post: tests/rules/test_letters.py.
OF_SIGNERS = {"efficiency.responsibilityletter"}
# Rows that are there for those who need to know: tests/accountability/faults/test_need_to_know.py.
OF_NEED_TO_KNOW = {"accountability.faultcase"}
# Rows that are there for whoever may read what they are about, or asked for them: tests/accountability/papers.
OF_SUBJECTS = {"accountability.bundle", "accountability.paper"}
# Rows that are there for those whom they concern, and who watches over the organ: tests/accountability/faults/.
OF_THE_CONCERNED = {"accountability.sanction"}
# Rows that are there for whoever reports and whoever checks: tests/targets/reports/test_rules.py.
OF_REPORTERS = {"targets.report"}
# Rows that are there for whoever is appraised, and the office that does: tests/targets/procedure/test_access.py.
OF_THE_APPRAISED = {"targets.appraisal", "targets.sheet"}
# Rows that are there for the office and inspectors, by the case: tests/supervision/foresight/test_sampling.py.
OF_A_SAMPLE = {"supervision.samplesheet"}
# Rows that are there for the office that handles them, and the organ that answers: tests/supervision/supervisors.
OF_SUPERVISORS = {"supervision.appointment", "supervision.observation", "supervision.gathering"}
# Rows that are there for team, heads and office, and for the organ what it was told: tests/supervision/inspections.
OF_INSPECTIONS = {"supervision.inspection", "supervision.visit"}
# Rows that are there for the office, and for each organ its own: tests/supervision/pilots.
OF_PILOTS = {"supervision.programme", "supervision.participant", "supervision.pilotmilestone"}
WALKED_ELSEWHERE = SCOPED_BY_CASE | OF_SIGNERS | OF_NEED_TO_KNOW | OF_SUBJECTS | OF_THE_CONCERNED
WALKED_ELSEWHERE |= OF_THE_APPRAISED | OF_REPORTERS | OF_SUPERVISORS | OF_A_SAMPLE | OF_INSPECTIONS | OF_PILOTS
# Rows that are there for those of the organ or of its office alone.
OF_AN_ORGAN = {
    "supervision.officecontact",
    "supervision.bulletin",
    "supervision.receptionday",
    "supervision.receptionbooking",
    "supervision.receptionrule",
    "supervision.survey",
    "targets.surveyresult",
    "targets.vetoterm",
    "targets.appraisalterms",
    "accountability.card",
    "accountability.correction",
    "targets.plan",
    "efficiency.tenure",
    "efficiency.tenurechange",
    "efficiency.absence",
    "efficiency.counterpartchange",
    "complaints.retentionhold",
    "complaints.incomingmail",
    "complaints.matter",
    "disclosure.owedpublication",
    "disclosure.publicationduty",
    "disclosure.document",
    "disclosure.informationrequest",
    "disclosure.requesthold",
}
# Roles that find a list, and of its rows their own alone.
OWN_ALONE = {
    "efficiency.counterpartchange": {"appraiser", "editor"},
    "accountability.card": {"editor"},
    "targets.plan": {"inspector"},
}
# Rows that are there for whoever holds the post, and those above it: tests/accountability/corrections/test_states.py.
OF_A_POST = {"accountability.correction"}
# Addresses that are not those of a list, with the test that holds them.
ELSEWHERE = {
    "supervision_bulletin_do",  # tests/supervision/bulletins/test_steps.py
    "supervision_bulletin_file",  # there are none
    "targets_surveyresult_confirm",  # tests/targets/appraisal/test_entries.py
    "targets_appraisalterms_confirm",  # tests/targets/appraisal/test_terms.py
    "supervision_receptionday_do",  # tests/supervision/reception/test_desk.py
    "supervision_receptionday_walk_in",
    "supervision_receptionday_received",
    "supervision_receptionbooking_do",
    "supervision_receptionbooking_identity",
    "accountability_card_do",  # tests/accountability/cards/test_pages.py
    "accountability_card_file",
    "accountability_card_export",
    "accountability_sweepwithdrawal_confirm",
    "accountability_sweepwithdrawal_drop",
    "accountability_bundle_ask",  # tests/accountability/papers/test_bundles.py
    "accountability_bundle_fetch",
    "accountability_paper_issue",  # tests/accountability/papers/test_papers.py
    "accountability_paper_pdf",
    "accountability_paper_revoke",
    "accountability_clause_end",  # tests/accountability/faults/test_pages.py
    "accountability_clause_reword",
    "accountability_clause_eight",  # tests/accountability/faults/test_clause_lists.py
    "accountability_clause_workbook",
    "accountability_sanction_answer",
    "accountability_sanction_confirm_ruling",
    "accountability_sanction_return_ruling",
    "accountability_sanction_ruling",
    "accountability_sanction_export",
    # tests/accountability/cards/test_pages.py
    # tests/accountability/faults/test_pages.py
    "targets_appraisal_do",  # tests/targets/procedure/test_desk.py
    "targets_appraisal_opinions",  # tests/targets/procedure/test_access.py
    "supervision_samplesheet_do",  # tests/supervision/foresight/test_sampling.py
    "supervision_samplesheet_file",
    "targets_sheet_do",
    "targets_sheet_file",
    "index",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "autocomplete",
    "jsi18n",
    "app_list",
    "first_log_in",
    "messages",
    "channels",
    "calendar",  # tests/complaints/test_calendar.py
    "complaints_case_do",
    "complaints_case_draft",
    "complaints_case_step_draft",  # tests/complaints/admin/test_drafts.py
    "complaints_assistance_step_draft",  # tests/complaints/admin/test_drafts.py
    "complaints_case_intake_draft",
    "complaints_case_file",
    "complaints_case_original",
    "complaints_case_identity",
    "complaints_case_filed",  # tests/complaints/admin/test_steps.py
    "complaints_case_hand_over",  # tests/complaints/admin/test_hand_over.py
    "complaints_case_passed_on_list",  # tests/complaints/admin/test_passed_on.py
    "complaints_case_passed_on",
    "complaints_case_contents",  # tests/complaints/admin/test_contents.py
    "efficiency_absence_end",
    "efficiency_counterpartchange_approve",  # tests/efficiency/test_counterparts.py
    "efficiency_counterpartchange_refuse",
    "complaints_case_export",
    "complaints_case_assign",
    "complaints_case_chase",
    "complaints_case_find",  # tests/complaints/admin/test_finding.py
    "complaints_case_save_filter",
    "complaints_case_remove_filter",
    "complaints_assistance_do",
    "complaints_serviceitem_import",  # tests/complaints/admin/test_commitments.py
    "complaints_serviceitem_export",
    "complaints_serviceitem_draft",
    "complaints_serviceitem_withdraw",
    "complaints_itemversion_preview",
    "complaints_itemversion_publish",
    "complaints_itemversion_publish_many",
    "complaints_itemversion_discard",
    "complaints_reveal_day",  # tests/complaints/admin/test_looks.py
    "complaints_incomingmail_open",  # tests/complaints/admin/test_letters.py
    "complaints_incomingmail_try_again",
    "complaints_incomingmail_settle",
    "complaints_matter_upload",  # tests/complaints/matters/test_upload.py
    "accountability_correction_do",  # tests/accountability/corrections/test_desk.py
    "accountability_correction_file",
    "supervision_inspection_do",  # tests/supervision/inspections/test_pages.py
    "supervision_inspection_file",
    "supervision_inspection_small",
    "supervision_visit_checklist",
    "supervision_visit_checklist_save",
    "supervision_visit_do",
    "supervision_visit_file",
    "supervision_visit_small",
    "supervision_checklist_end",
    "targets_plan_do",  # tests/targets/plans/test_desk.py
    "targets_plan_many",
    "targets_plan_letter",
    "targets_plan_coverage",
    "targets_plan_workbook",  # tests/targets/plans/test_exchange.py
    "targets_plan_preview",
    "targets_plan_compare",
    "targets_plan_file",
    "supervision_appointment_do",  # tests/supervision/supervisors/test_pages.py
    "supervision_appointment_file",
    "supervision_appointment_small",
    "supervision_gathering_do",
    "supervision_gathering_file",
    "supervision_gathering_opinion",
    "supervision_observation_do",
    "supervision_observation_file",
    "supervision_observation_small",
    "supervision_participant_do",  # tests/supervision/pilots/test_pages.py
    "supervision_participant_file",
    "supervision_pilotmilestone_do",
    "supervision_pilotmilestone_file",
    "supervision_programme_do",
    "supervision_programme_file",
    "targets_report_do",  # tests/targets/reports/test_desk.py
    "targets_report_file",
    "supervision_survey_batch",  # tests/supervision/surveys/test_desk.py
    "supervision_survey_do",
    "supervision_survey_export",
    "supervision_survey_preview",
    "supervision_survey_results",
    "supervision_survey_texts",
    "disclosure_owedpublication_fulfil",  # tests/disclosure/test_admin.py
    "disclosure_owedpublication_release",
    "disclosure_publicationduty_end",
    "disclosure_publicationduty_lay",
    "accountability_faultcase_complaints",  # tests/accountability/faults/test_need_to_know.py
    "accountability_faultcase_do",
    "accountability_faultcase_names",
    "accountability_faultcase_file",
    "fault_own_list",
    "fault_own",
    "fault_own_step",
    "fault_own_file",
    "disclosure_informationrequest_registered",  # tests/disclosure/requests/test_desk.py
    "disclosure_informationrequest_report",
    "disclosure_informationrequest_report_export",
    "disclosure_informationrequest_disputes",
    "disclosure_informationrequest_do",
    "disclosure_informationrequest_identity",
    "disclosure_informationrequest_proof",
    "disclosure_informationrequest_file",
    "complaints_retentionhold_lift",  # tests/complaints/admin/test_retention.py
    "disclosure_requesthold_lift",  # tests/disclosure/requests/test_retention.py
    "disclosure_document_begin",  # tests/disclosure/documents/test_pages.py
    "disclosure_document_compare",
    "disclosure_document_do",
    "disclosure_document_edit",
    "disclosure_document_file",
    "disclosure_document_word",
    "efficiency_tenure_end",
    "efficiency_organ_hand_over",  # tests/rules/test_succession.py
    "efficiency_tenurechange_confirm",
    "efficiency_tenurechange_refuse",
    "efficiency_post_review_risks",  # tests/rules/test_risk_reviews.py
    "efficiency_post_answerable",  # tests/efficiency/pages/test_posts.py
    "efficiency_responsibilityletter_issue",  # tests/rules/test_letters.py
    "efficiency_responsibilityletter_sign",
    "lists",  # tests/efficiency/test_organ_lists.py
    "list_export",
    "list_import",
    "list_preview",
    "efficiency_user_way_in",
    "efficiency_user_close",
    "efficiency_user_open",
    "efficiency_apikey_rotate",  # tests/efficiency/keys/test_keys.py
    "efficiency_apikey_revoke",
    "efficiency_calendaryear_propose",
    "efficiency_calendaryear_confirm",
    "efficiency_calendaryear_withdraw",
}
VERBS = ("changelist", "add", "change", "delete", "history")
NOWHERE = 987_654_321
# Two roles try every step of a case, which all go through one view, and rows that are nowhere; the others some.
THOROUGH = {"clerk", "auditor"}
SOME_STEPS = sorted(FORMS)[::8]


@pytest.fixture
def browsers(people):
    now = timezone.now()
    sessions = known.step(
        # Who has rested for half an hour is logged out, and those here rest while other tests run.
        lambda: ("everybody logs in", now.hour, now.minute // 10),
        lambda: {role: session_of(user) for role, user in people.items()},
        name_of=dict,
        find=dict,
    )
    found = {role: Client() for role in people}
    for role, browser in found.items():
        browser.cookies[settings.SESSION_COOKIE_NAME] = sessions[role]
    return found


def session_of(user) -> str:
    """Log somebody in, and return what their browser keeps of it."""
    browser = Client()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def objects(people, city) -> dict[str, object]:
    """One row of each model, in the scope of the city's own people."""
    rows = known.step(
        lambda: "one row of each model",
        lambda: make_objects(people, city),
        name_of=lambda rows: {label: row.pk for label, row in rows.items()},
        find=lambda keys: {label: apps.get_model(label)._base_manager.get(pk=key) for label, key in keys.items()},
    )
    return rows | {"efficiency.auditrecord": record("test", actor=people["clerk"], at=timezone.now())}


def make_objects(people, city) -> dict[str, Model]:
    at = timezone.now()
    post = people["clerk"].tenures.get().post
    change = TenureChange.objects.create(
        user=people["nobody"],
        post=post,
        since=timezone.localdate(),
        reason="接任",
        proposed_at=at,
        proposed_by=people["administrator"],
    )
    rule = LimitRule.objects.create(
        kind="complaints.reply", variant="complaint", number=12, unit="wd", valid_from=at, reason="试点", set_at=at
    )
    tomorrow = timezone.localdate() + timedelta(days=1)
    absence = absences.record_absence(
        Tenure.objects.get(user=people["clerk"]),
        by=people["leader"],
        at=at,
        since=tomorrow,
        until=tomorrow + timedelta(days=1),
        reason="leave",
        stand_in=seat(Role.CLERK, city.construction),
    )
    message = Message.objects.create(
        event="x", recipient=people["officer"], channel="email", kind="tenure.given", created_at=at
    )
    template = ReplyTemplate.objects.create(title="受理告知", organ=city.government, text="{number}已受理。")
    entry = KnowledgeEntry.objects.create(
        title="施工许可多久办结？",
        organ=city.government,
        text="七个工作日。",
        source="《建筑工程施工许可管理办法》第五条",
        valid_from=timezone.localdate(),
    )
    held = Case.objects.create(
        number="XN20260000019",
        kind="request",
        title="路灯不亮",
        description="路灯不亮已有一周。",
        office=city.office,
        organ=city.construction,
        received_at=at,
        code_hash=b"0" * 32,
    )
    hold = RetentionHold.objects.create(
        case=held, reason="行政诉讼", until=tomorrow, placed_by=people["officer"], placed_at=at
    )
    look = Reveal.objects.create(
        case=held, by=people["officer"], organ=city.office, at=at, category="verify", reason="核实"
    )
    promised = promise(
        make_item(city.construction), timezone.localdate(), by=(people["editor"], people["leader"]), at=at
    )
    mail = IncomingMail.objects.create(
        mailbox="x", origin="1:1", office=city.office, size=9, stored_at=at, done_at=at, state="aside", reason="broken"
    )
    mail_look = MailLook.objects.create(mail=mail, by=people["officer"], at=at, category="verify", reason="核实")
    duty = make_duty(city.construction, holds_from=timezone.localdate())
    raising.raise_due(at=at)
    drafted = documents.draft(
        city.construction,
        duty.column,
        documents.Content(title="通知", formed_on=timezone.localdate(), body="正文"),
        by=people["editor"],
        at=at,
    )
    wanted = InformationRequest.objects.create(
        number="YS20260000019",
        organ=city.construction,
        applicant_kind="person",
        title="环评批复",
        form="electronic",
        delivery="online",
        received_at=at,
        code_hash=b"0" * 32,
    )
    swept = Sweep.objects.create(at=at, started_at=at, finished_at=at)
    corrected = issuing.draft(
        Kind.NOTICE, city.construction, Content("窗口", "无人值守", "落实"), by=people["inspector"], at=at, post=post
    )
    issuing.issue(corrected, by=people["office_head"], at=at, version=1)
    fault = FaultCase.objects.create(
        number="GC20260000019", organ=city.construction, office=city.office, received_at=at
    )
    appraisal = make_appraised(city.office, people["appraiser"], [city.construction])
    reception = make_booked(city.construction, people["leader"], at=at)
    return {
        "supervision.receptionrule": city.construction.reception_rule,
        "supervision.receptionday": reception.day,
        "supervision.receptionbooking": reception,
        "supervision.receptionlook": ReceptionLook.objects.create(
            booking=reception, by=people["officer"], organ=city.office, at=at, category="verify", reason="核实"
        ),
        "targets.appraisal": appraisal,
        "targets.sheet": appraisal.sheets.get(),
        "targets.surveyresult": make_survey(city.construction, "88", by=people["appraiser"], second=None),
        "targets.appraisalterms": AppraisalTerms.objects.create(
            office=city.office,
            valid_from=tomorrow,
            terms={"most_bonus": "2"},
            reason="试行",
            entered_by=people["appraiser"],
            entered_at=at,
        ),
        "targets.vetoterm": VetoTerm.objects.create(
            office=city.office,
            cause="not_signed",
            is_on=False,
            valid_from=tomorrow,
            reason="试行",
            set_by=people["office_head"],
            set_at=at,
        ),
        "supervision.survey": draft_survey([city.construction], by=people["officer"], at=at),
        "accountability.clause": Clause.objects.get(code="fault-overdue"),
        "accountability.card": Card.objects.create(
            colour="yellow",
            origin="manual",
            rule="rude_service",
            state="issued",
            organ=city.construction,
            post=post,
            person=people["clerk"],
            passed_at=at,
            issued_at=at,
            points=5,
            proposed_by=people["inspector"],
            confirmed_by=people["officer"],
        ),
        "accountability.cardterm": CardTerm.objects.create(
            of="yellow", points=6, valid_from=tomorrow, reason="试行", set_by=people["office_head"], set_at=at
        ),
        "accountability.sweepwithdrawal": SweepWithdrawal.objects.create(
            sweep=swept, reason="时钟错误", proposed_by=people["officer"], proposed_at=at
        ),
        "accountability.correction": corrected,
        "supervision.bulletin": make_bulletin(),
        "supervision.officecontact": make_contact(city.office),
        "supervision.checklist": Checklist.objects.get(),
        "accountability.faultcase": fault,
        "accountability.faultlook": FaultLook.objects.create(
            case=fault, by=people["officer"], organ=city.office, at=at, reason="核实"
        ),
        "targets.plan": make_plan(city.construction, city.office, year=at.year, at=at),
        "disclosure.column": duty.column,
        "disclosure.document": drafted.document,
        "disclosure.owedpublication": duty.owed.get(),
        "disclosure.publicationduty": duty,
        "disclosure.informationrequest": wanted,
        "disclosure.requesthold": RequestHold.objects.create(
            request=wanted, reason="行政诉讼", until=tomorrow, placed_by=people["officer"], placed_at=at
        ),
        "disclosure.requestlook": RequestLook.objects.create(
            request=wanted, by=people["officer"], organ=city.office, at=at, category="proof", reason="核实"
        ),
        "complaints.serviceitem": promised.item,
        "complaints.itemversion": promised,
        "complaints.matter": Matter.objects.create(
            organ=city.construction, external_id="A-1", state="announced", first_reported_at=at, last_reported_at=at
        ),
        "complaints.reveal": look,
        "complaints.incomingmail": mail,
        "complaints.maillook": mail_look,
        "complaints.retentionhold": hold,
        "complaints.replytemplate": template,
        "complaints.knowledgeentry": entry,
        "efficiency.organ": city.construction,
        "efficiency.post": post,
        "efficiency.tenure": people["clerk"].tenures.get(),
        "efficiency.tenurechange": change,
        "efficiency.absence": absence,
        "efficiency.counterpartchange": counterparts.propose(
            post,
            by=people["leader"],
            at=at,
            counterpart=make_post(city.construction, post.role, post.rank),
            reason="调整分工",
        ),
        "efficiency.user": people["clerk"],
        "efficiency.calendaryear": CalendarYear.objects.get(pk=2026),
        "efficiency.limitrule": rule,
        "efficiency.message": message,
        "efficiency.sweep": swept,
        "efficiency.siteidentity": SiteIdentity.objects.create(pk=1),
        "efficiency.apikey": ApiKey.objects.create(
            organ=city.construction,
            name="审批系统",
            scopes=["matters.push"],
            prefix="abcdefgh",
            secret_hash=b"0" * 32,
            created_at=at,
            created_by=people["administrator"],
            expires_at=at + timedelta(days=365),
        ),
    }


def address(label: str, verb: str, *args: object) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{verb}", args=args)


class TestZ01EveryAddressIsNamed:
    def test_Z01_every_model_of_the_site_is_in_the_table(self):
        assert {model._meta.label_lower for model in admin.site._registry} == set(SEEN)

    def test_Z01_every_address_of_the_site_is_in_the_table(self):
        lists = {f"{label.replace('.', '_')}_{verb}" for label in SEEN for verb in VERBS}
        names = set()
        for pattern in admin.site.get_urls():
            if hasattr(pattern, "url_patterns"):
                names |= {each.name for each in pattern.url_patterns if each.name}
            elif pattern.name:
                names.add(pattern.name)

        assert names - lists == ELSEWHERE

    def test_Z03_no_model_is_registered_without_a_scope(self):
        with pytest.raises(ImproperlyConfigured, match="ScopedAdmin"):
            admin.site.register(Recusal)

    def test_Z03_nobody_can_be_asked_for_by_type_and_id(self, browsers, people):
        page = browsers["officer"].get(f"/admin/r/1/{people['clerk'].pk}/")

        assert page.status_code == 404


class TestZ02Lists:
    @pytest.mark.parametrize("label", sorted(SEEN))
    def test_Z02_a_list_is_there_for_those_it_is_for_and_absent_for_all_others(self, browsers, label):
        seen, adding = SEEN[label]
        for role, browser in browsers.items():
            listed = browser.get(address(label, "changelist")).status_code
            added = browser.get(address(label, "add")).status_code
            if role == "nobody":
                assert (listed, added) == (302, 302), role  # no post, so no session: to the log-in
            elif role in seen:
                assert listed in (200, 302), role
                allowed = {200, 404} if label == "efficiency.limitrule" and role in adding else {200}
                assert added in (allowed if role in adding else {403, 404}), role
            else:
                assert (listed, added) == (404, 404), role

    def test_Z02_the_index_names_no_list_that_is_absent(self, browsers):
        for role, browser in browsers.items():
            if role == "nobody":
                continue
            body = browser.get("/admin/").content.decode()
            for label, (seen, _adding) in SEEN.items():
                link = f'class="row-link" href="{address(label, "changelist")}"'
                assert (link in body) == (role in seen), (role, label)

    def test_Z02_the_administrator_finds_no_case_anywhere(self, browsers, people, city):
        body = browsers["administrator"].get("/admin/").content.decode()

        assert "complaints" not in body.replace("complaints_case", "").split('id="models"')[1]
        assert not rows_of(Case, people["administrator"]).exists()


class TestZ02Objects:
    @pytest.mark.parametrize("label", sorted(set(SEEN) - WALKED_ELSEWHERE))
    def test_Z02_a_row_is_there_for_those_who_see_the_list_and_absent_for_all_others(self, browsers, objects, label):
        row = objects[label]
        for role, browser in browsers.items():
            if role == "nobody":
                continue
            seen = role in SEEN[label][0]
            if label in OF_AN_ORGAN:
                seen = seen and role not in ("district_officer", "other_clerk")  # of another block, or organ
            seen = seen and role not in OWN_ALONE.get(label, ())
            seen = seen and not (label in OF_A_POST and role == "editor")
            answers = {
                verb: browser.get(address(label, verb, row.pk)).status_code for verb in ("change", "delete", "history")
            }
            tried = answers if role in THOROUGH else ()
            gone = {browser.get(address(label, verb, NOWHERE)).status_code for verb in tried}

            assert answers["change"] == (200 if seen else 404), (role, answers)
            assert answers["delete"] == (403 if seen else 404), (role, answers)
            assert answers["history"] == (302 if seen and role == "auditor" else 404), (role, answers)
            assert gone <= {404}, (role, gone)

    def test_Z03_nothing_is_deleted_by_a_list_either(self, browsers, objects):
        row = objects["efficiency.organ"]
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        browsers["officer"].post(address("efficiency.organ", "changelist"), chosen)

        assert Organ.objects.filter(pk=row.pk).exists()

    def test_Z03_a_bulk_act_reaches_only_rows_in_scope(self, browsers, people, city):
        at = timezone.now()
        hidden = Message.objects.create(
            event="a",
            recipient=people["officer"],
            channel="email",
            kind="complaints.file",
            subject_type="complaints.case",
            subject_id=NOWHERE,
            created_at=at,
            state="dead",
        )
        open_one = Message.objects.create(
            event="b", recipient=people["officer"], channel="email", kind="account.way_in", created_at=at, state="dead"
        )
        chosen = {"action": "send_again", "_selected_action": [hidden.pk, open_one.pk], "index": "0"}
        browsers["officer"].post(address("efficiency.message", "changelist"), chosen)
        browsers["auditor"].post(address("efficiency.message", "changelist"), chosen)

        hidden.refresh_from_db()
        open_one.refresh_from_db()
        assert (hidden.state, open_one.state) == ("dead", "waiting")


class TestZ02PagesOfActs:
    """Pages of single acts: there for whoever acts, refused to those who only see the row, absent for all others."""

    @pytest.fixture
    def pages(self, objects, people, city) -> dict[str, set[str]]:
        at = timezone.now()
        CalendarProposal.objects.create(
            year_id=2027, notice="国办发明电", days_off={}, proposed_by=people["administrator"], proposed_at=at
        )
        tenure, change = objects["efficiency.tenure"].pk, objects["efficiency.tenurechange"].pk
        user = objects["efficiency.user"].pk
        officers = {"officer", "office_head", "district_officer"}
        return {
            f"/admin/efficiency/tenure/{tenure}/end/": {"administrator"},
            f"/admin/efficiency/absence/{objects['efficiency.absence'].pk}/end/": {"clerk", "leader"},
            f"/admin/efficiency/tenurechange/{change}/confirm/": {"officer", "office_head"},
            f"/admin/efficiency/tenurechange/{change}/refuse/": {"officer", "office_head"},
            f"/admin/efficiency/user/{user}/way-in/": {"administrator"},
            f"/admin/efficiency/user/{user}/close/": {"administrator"},
            f"/admin/efficiency/user/{user}/open/": {"administrator"},
            "/admin/efficiency/calendaryear/propose/": {"administrator"},
            "/admin/efficiency/calendaryear/2027/confirm/": officers,
            "/admin/efficiency/calendaryear/2027/withdraw/": officers | {"administrator"},
        }

    def test_Z02_an_act_is_there_for_those_it_is_for(self, browsers, pages):
        for page, acting in pages.items():
            label = ".".join(page.split("/")[2:4])
            for role, browser in browsers.items():
                if role == "nobody":
                    continue
                status = browser.get(page).status_code
                of_others = role in ("district_officer", "other_clerk") and ("/tenure" in page or "/absence" in page)
                sees = role in SEEN[label][0] and not of_others
                assert status == (200 if role in acting else 403 if sees else 404), (role, page)

    def test_Z02_an_act_on_a_row_that_is_not_there_is_absent(self, browsers, pages):
        for page in pages:
            parts = page.split("/")
            if len(parts) == 7:
                parts[4] = str(NOWHERE)
                for role in ("administrator", "officer"):
                    assert browsers[role].get("/".join(parts)).status_code == 404, page


def steps_of(pk: int, actions: Collection[str]) -> list[str]:
    pages = [address("complaints.case", verb, pk) for verb in ("change", "delete", "history", "draft", "identity")]
    pages += [address("complaints.case", verb, pk, 1) for verb in ("file", "original")]
    return pages + [address("complaints.case", "do", pk, action) for action in actions]


def case_deviations(browsers: dict[str, Client], situations: dict[str, Case]) -> list[tuple]:
    """Return every answer about a case that is not 404 although the case must be absent for the role."""
    found = []
    for situation, case in situations.items():
        for role, browser in browsers.items():
            if role == "nobody" or (situation == "in scope" and role in INSIDE):
                continue
            listed = browser.get(address("complaints.case", "changelist")).content.decode()
            if case.pk and case.number in listed and role not in HEADERS:
                found.append((situation, role, "list"))
            found += [
                (situation, role, page)
                for page in steps_of(case.pk, FORMS if role in THOROUGH else SOME_STEPS)
                if browser.get(page).status_code != 404 or browser.post(page, {"version": 1}).status_code != 404
            ]
    return found


INSIDE = {"clerk", "leader", "officer", "office_head", "inspector"}


@pytest.fixture
def situations(people, city) -> dict[str, Case]:
    """Cases in scope of the construction bureau, recused for everybody of it, and one that does not exist."""
    cast = Cast(
        city=city,
        officer=people["officer"],
        office_head=people["office_head"],
        clerk=people["clerk"],
        leader=people["leader"],
        tax_clerk=people["other_clerk"],
        tax_leader=people["leader"],
        inspector=people["inspector"],
        auditor=people["auditor"],
    )
    at = local(2026, 3, 3)
    declared, concerned = case_in(State.HANDLING, cast, at=at), case_in(State.HANDLING, cast, at=at)
    for user in people.values():
        Recusal.objects.create(case=declared, user=user, ground="declared", at=at, by=user)
    return {
        "in scope": case_in(State.HANDLING, cast, at=at),
        "recused": declared,
        "concerned": concerned,
        "missing": Case(pk=NOWHERE, number="XN20269999999"),
    }


class TestZ02Cases:
    def test_Z02_a_case_is_absent_out_of_scope_recused_or_missing_at_every_address(self, browsers, situations):
        some = {role: browsers[role] for role in ("clerk", "officer", "auditor")}

        assert case_deviations(browsers, {name: situations[name] for name in ("in scope", "recused")}) == []
        assert case_deviations(some, {"missing": situations["missing"]}) == []

    def test_Z07_a_case_about_a_post_is_absent_for_whoever_holds_or_held_it(self, browsers, situations, people):
        case = situations["concerned"]
        for role in ("clerk", "leader", "officer", "office_head", "inspector"):
            tenure = people[role].tenures.get()
            Case.objects.filter(pk=case.pk).update(
                about_post=tenure.post, named_person_state=NamedPerson.LINKED, handler=None
            )
            Tenure.objects.filter(pk=tenure.pk).update(kind="holder")

            assert case_deviations({role: browsers[role]}, {"concerned": case}) == []

    def test_Z02_inside_the_scope_the_pages_are_there(self, browsers, situations):
        case = situations["in scope"]

        for role in INSIDE:
            assert browsers[role].get(address("complaints.case", "change", case.pk)).status_code == 200, role
            assert browsers[role].get(address("complaints.case", "delete", case.pk)).status_code == 403, role

    def test_Z02_what_is_absent_looks_the_same_whatever_the_reason(self, browsers, situations):
        def told(case: Case) -> str:
            page = browsers["clerk"].get(address("complaints.case", "change", case.pk))
            return page.content.decode().replace(page.headers["X-Request-ID"], "")

        assert told(situations["recused"]) == told(situations["missing"])

    @pytest.mark.parametrize("lost", ["_not_concerning", "_with_organ"])
    def test_Z01_the_walk_finds_a_check_that_was_taken_out(self, browsers, situations, monkeypatch, lost):
        everything = {
            "_not_concerning": lambda self, scope: self,
            "_with_organ": lambda self, scope: Q(pk__gt=0),
        }
        monkeypatch.setattr(CaseQuerySet, lost, everything[lost])
        monkeypatch.setattr(statements.kept, "kept", {})  # what is put together meanwhile is kept for nobody
        some = {role: browsers[role] for role in ("clerk", "other_clerk")}

        assert case_deviations(some, {name: situations[name] for name in ("in scope", "recused")})


class TestZ12Parts:
    """The part of the tax bureau in a case that the construction bureau leads."""

    FINDING = frozenset({"other_clerk", "officer", "office_head", "inspector"})

    @pytest.fixture
    def part(self, people, situations):
        case = situations["in scope"]
        return Assistance.objects.create(
            case=case,
            organ=people["other_clerk"].tenures.get().post.organ,
            request="请核实税费缴纳情况。",
            days=5,
            asked_by=people["officer"],
            asked_at=local(2026, 3, 3),
        )

    def answers(self, browsers, pk: int) -> dict[str, dict[str, int]]:
        pages = {verb: address("complaints.assistance", verb, pk) for verb in ("change", "delete", "history")}
        pages |= {action: address("complaints.assistance", "do", pk, action) for action in PART_FORMS}
        return {
            role: {name: browser.get(page).status_code for name, page in pages.items()}
            for role, browser in browsers.items()
            if role != "nobody"
        }

    def test_Z12_a_part_is_there_for_the_organ_that_was_asked_and_the_office_and_absent_for_all_others(
        self, browsers, part
    ):
        for role, found in self.answers(browsers, part.pk).items():
            expected = {"change": 200, "delete": 403, "history": 404, "sign_in_part": 403, "answer_part": 403}
            expected["declare_recusal"] = 200
            if role == "other_clerk":
                expected |= {"sign_in_part": 200, "answer_part": 302}  # not signed in yet: back to the part
            assert found == (expected if role in self.FINDING else dict.fromkeys(expected, 404)), role

    def test_Z12_the_lists_hold_it_for_them_alone(self, browsers, part):
        for role, browser in browsers.items():
            if role in READERS:
                listed = browser.get(address("complaints.assistance", "changelist")).content.decode()
                assert (part.case.number in listed) == (role in self.FINDING), role

    def test_Z12_the_case_stays_absent_for_the_organ_that_was_asked(self, browsers, part):
        assert case_deviations({"other_clerk": browsers["other_clerk"]}, {"asked": part.case}) == []
        found = browsers["other_clerk"].get(address("complaints.case", "changelist"), {"q": part.case.number})
        assert part.case.title not in found.content.decode()
        assert part.case.title not in browsers["other_clerk"].get("/admin/").content.decode()

    def test_Z07_recused_it_is_absent_for_everybody(self, browsers, part, people):
        for user in people.values():
            Recusal.objects.create(case=part.case, user=user, ground="declared", at=local(2026, 3, 3), by=user)

        assert {status for found in self.answers(browsers, part.pk).values() for status in found.values()} == {404}

    def test_Z02_what_is_no_part_is_absent(self, browsers):
        some = {role: browsers[role] for role in ("other_clerk", "officer")}

        assert {status for found in self.answers(some, NOWHERE).values() for status in found.values()} == {404}

    def test_a_look_up_beyond_the_filters_is_refused(self, browsers):
        for query in ("request__contains=a", "case__title__contains=a", "case__identity__phone_hash=00"):
            page = browsers["other_clerk"].get(f"{address('complaints.assistance', 'changelist')}?{query}")
            assert page.status_code == 400, query


class TestZ03Autocompletion:
    def test_Z03_completion_offers_rows_in_scope_alone(self, browsers, people, city):
        for role, browser in browsers.items():
            if role == "nobody":
                continue
            for model in (Post, Tenure, TenureChange, Organ, Case):
                for field in model._meta.fields:
                    if not field.is_relation:
                        continue
                    query = {
                        "app_label": model._meta.app_label,
                        "model_name": model._meta.model_name,
                        "field_name": field.name,
                    }
                    page = browser.get("/admin/autocomplete/", query)
                    remote = field.related_model
                    may_see = role in SEEN.get(remote._meta.label_lower, (set(), set()))[0]
                    assert page.status_code == (200 if may_see else 404), (role, field)
                    if page.status_code == 200:
                        offered = {int(each["id"]) for each in page.json()["results"]}
                        assert offered <= set(rows_of(remote, people[role]).values_list("pk", flat=True))

    def test_Z03_completion_does_not_exist_for_made_up_fields(self, browsers):
        for query in ({}, {"app_label": "x"}, {"app_label": "efficiency", "model_name": "post", "field_name": "name"}):
            assert browsers["officer"].get("/admin/autocomplete/", query).status_code == 404


class TestZ03LookUps:
    @pytest.mark.parametrize(
        ("label", "query"),
        [
            ("complaints.case", "description__startswith=a"),
            ("complaints.case", "named_person__contains=张"),
            ("complaints.case", "code_hash__gte=00"),
            ("complaints.case", "identity__phone_hash=00"),
            ("complaints.case", "handler__password__startswith=scrypt"),
            ("complaints.case", "handling_organ__parent__id__exact=1"),
            ("complaints.case", "about_post__isnull=1"),
            ("efficiency.post", "tenures__user__password__startswith=s"),
            ("efficiency.tenure", "user__session_epoch=1"),
            ("efficiency.message", "values__contains=1"),
        ],
    )
    def test_Z03_a_look_up_beyond_the_filters_is_refused(self, browsers, label, query):
        page = browsers["officer"].get(f"{address(label, 'changelist')}?{query}")

        assert page.status_code == 400

    def test_Z03_the_declared_filters_work(self, browsers, city):
        for query in ("state__exact=handling", "open=yes", f"handling_organ__id__exact={city.construction.pk}"):
            assert browsers["officer"].get(f"{address('complaints.case', 'changelist')}?{query}").status_code == 200
