"""Duty unclear 职责不清: put to the leader, who designates a lead organ 指定牵头单位 (docs/domain.md 4.7)."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, holds, unclear, workflow
from complaints.actions.acting import action
from complaints.enums import Duty, LeadGround
from complaints.models import Case, CaseEvent
from complaints.refusals import Invalid
from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Organ, OrganKind


@action
def report_unclear(
    case: Case, /, *, by: User, at: datetime, version: int, reason: str, organs: Sequence[Organ] = ()
) -> CaseEvent:
    """
    Put the case to the leader because it is not clear whose duty it is; the lead organ is designated in two days.

    ``organs`` are those that come into question; without any nobody can be named. Where one of them is not under the
    government of the office, the case goes to the office above all of them. A name of somebody of these organs in the
    text holds the case with the office (docs/trust.md Z-08). The time for the reply runs on.

    While it waits for the ruling it is reported anew where the first report was wrong: the last one counts, the date
    stays. An office that gets the case by it owes the designation, and nothing that another one had begun.

    :raises Invalid: no reason, or something that cannot be given a case
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "report_unclear", by=by, at=at, version=version)
    reasons = checks.text("reason", reason, _("Please say why it is not clear whose duty the case is."))
    on = timezone.localdate(at)
    for organ in organs:
        if organ.kind == OrganKind.EFFICIENCY_OFFICE or (organ.until is not None and organ.until <= on):
            raise Invalid("organs", _("Please name organs that can be given a case."))
        holds.hold_if_named(case, organ, on)
    before = case.office
    case.duty, case.office = Duty.UNCLEAR, unclear.common_office(case.office, organs)
    if case.office != before:
        engine.cancel(case, [deadlines.INSTRUCT, deadlines.RETURN_RULING, deadlines.DESIGNATE], at=at)
    return workflow.finish(
        step, internal_text=reasons, data={"organs": list(dict.fromkeys(organ.pk for organ in organs))}
    )


def ground_for(case: Case, organ: Organ, ground: str) -> LeadGround:
    """
    Return the ground on which ``organ`` leads a case of which it was not clear whose duty it is.

    :raises Invalid: no ground, or one that does not fit the organs in question
    """
    given = checks.choice("ground", ground, LeadGround, _("Please say why this organ leads."))
    organs = unclear.in_question(case)
    if unclear.do_overlap(organs):
        if organ not in unclear.city_departments(organs):
            raise Invalid("organ", _("Where a city department and organs of a district overlap, the department leads."))
        if given is not LeadGround.CITY_LEADS:
            raise Invalid("ground", _("A city department and organs of a district are in question: the first leads."))
    elif given is LeadGround.CITY_LEADS:
        raise Invalid("ground", _("No city department is in question together with organs of a district."))
    if given is LeadGround.CATCH_ALL:
        if organs:
            raise Invalid("ground", _("Organs are in question: one of them, or another by its duties, has to lead."))
        if not unclear.is_of_place(organ):
            raise Invalid("organ", _("Where nobody can be named, the district government of the place takes the case."))
    return given
