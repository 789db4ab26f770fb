"""
What a finding leads to: card, notice or opinion, clue, each by the actions of its own part (docs/domain.md 11).

What became of a finding is asked of the card, the correction, the clue themselves: they name the finding.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.cards import by_hand, life
from accountability.cards.enums import CardState
from accountability.corrections import issuing
from accountability.corrections.enums import BEFORE, OPEN, Source
from accountability.corrections.enums import Kind as CorrectionKind
from accountability.corrections.issuing import Content, Origin
from accountability.faults import clues
from accountability.faults.enums import ClueKind
from accountability.faults.messages import tell_of_fallen
from accountability.models import Card, Clue, Correction, FaultCase
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.files.clean import CleanFile
from supervision.inspections import workflow
from supervision.inspections.refusals import Invalid, NotInState
from supervision.inspections.visiting import standing
from supervision.inspections.workflow import action, once
from supervision.models import Finding, Visit, VisitEvent

# Why something falls with its finding, as it stands in its course.
FELL = "督查结论经复核，所依据的发现问题不成立。"


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a finding: what it is, its number, where it stands, its page."""

    kind: str
    number: str
    state: str
    path: str

    @property
    def in_words(self) -> str:
        """Say what it is, its number and where it stands, in one line."""
        return f"{self.kind} {self.number} ({self.state})"


@once
@action
def propose_card(
    visit: Visit,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    finding: Finding,
    rule: str,
    facts: str,
    basis: str = "",
    attachments: Sequence[CleanFile] = (),
) -> VisitEvent:
    """
    Propose a card upon a finding, as cards by hand are: a second person confirms it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also of a covert visit before
        its release; NotAllowed, Invalid as ``by_hand.propose``
    :raises Invalid: there is no such finding
    """
    step = _begin(visit, "propose_card", by=by, at=at, version=version)
    found = _standing(visit, finding)
    card = by_hand.propose(
        visit.organ,
        found.post,
        by=by,
        at=at,
        rule=rule,
        happened_at=found.found_at,
        facts=facts,
        basis=basis or found.norm,
        subject=found,
        attachments=attachments,
    )
    return workflow.finish(step, data={"finding": found.number, "card": card.pk})


@once
@action
def draft_correction(
    visit: Visit,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    finding: Finding,
    kind: str,
    title: str,
    findings: str,
    wanted: str,
    basis: str = "",
) -> VisitEvent:
    """
    Draft a rectification notice or a supervision opinion upon a finding, as corrections are: another person issues it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also of a covert visit before
        its release; NotAllowed, Invalid as ``issuing.draft``
    :raises Invalid: there is no such finding
    """
    step = _begin(visit, "draft_correction", by=by, at=at, version=version)
    found = _standing(visit, finding)
    if kind not in (CorrectionKind.NOTICE, CorrectionKind.OPINION):
        raise Invalid("kind", _("Please choose what is to be issued."))
    correction = issuing.draft(
        kind,
        visit.organ,
        Content(title, findings, wanted, basis or found.norm),
        by=by,
        at=at,
        origin=Origin(Source.INSPECTION, about=found, text=visit.inspection.number),
        post=found.post,
    )
    return workflow.finish(step, data={"finding": found.number, "correction": correction.pk})


@once
@action
def enter_clue(
    visit: Visit,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    finding: Finding,
    text: str,
    fault_type: str = "",
) -> VisitEvent:
    """
    Enter a finding as a clue of a fault case, as clues are entered: opening it takes a second person.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotInState also of a covert visit before
        its release; NotAllowed, Invalid as ``register_clue``
    :raises Invalid: there is no such finding
    """
    step = _begin(visit, "enter_clue", by=by, at=at, version=version)
    found = _standing(visit, finding)
    case = clues.register_clue(
        by=by,
        at=at,
        kind=ClueKind.INSPECTION,
        organ=visit.organ,
        text=text,
        fault_on=timezone.localdate(found.found_at),
        fault_type=fault_type,
        post=found.post,
        source=found,
    )
    return workflow.finish(step, data={"finding": found.number, "fault": case.pk})


def why_not_yet(visit: Visit) -> str:
    """Return why nothing can come of a finding yet; empty where it can: others would learn of a covert visit by it."""
    return str(_("Of a covert inspection nothing comes before its report is released.")) if visit.is_secret else ""


def _begin(visit: Visit, name: str, *, by: User, at: datetime, version: int) -> workflow.Step:
    step = workflow.begin(visit, name, by=by, at=at, version=version)
    if why_not := why_not_yet(visit):
        raise NotInState(why_not)
    return step


def _standing(visit: Visit, finding: Finding) -> Finding:
    found = standing(visit).filter(pk=finding.pk).select_related("post", "visit__inspection").first()
    if found is None:
        raise Invalid("finding", _("There is no such finding."))
    return found


def let_fall(findings: Collection[Finding], /, *, by: User, at: datetime) -> None:
    """
    Let fall what came of findings that fell in a review, in its transaction; what has ended stays.

    Notices and opinions are withdrawn, proposed cards dropped, issued ones proposed to be revoked, which a second
    person decides on. Fault cases are the office's to look at: it is told.
    """
    about: dict[str, Any] = {
        "content_type": ContentType.objects.get_for_model(Finding),
        "object_id__in": [each.pk for each in findings],
    }
    running = Correction.objects.filter(**about, state__in=[*BEFORE, *OPEN]).select_related("organ", "office__parent")
    for correction in running.order_by("pk"):
        issuing.fall(correction, by=by, at=at, reason=FELL)
    cards = Card.objects.filter(**about, withdrawal_by=None).exclude(state__in=[CardState.DROPPED, CardState.REVOKED])
    for card in cards.order_by("pk"):
        life.fall(card, by=by, at=at, text=FELL)
    for finding in findings:
        tell_of_fallen(finding, at=at)


# --- What became of it ----------------------------------------------------------------------------------------------


def of_findings(ids: Collection[int], user: User | None = None) -> dict[int, list[Became]]:
    """
    Return what became of findings, by their keys; three questions, whatever their number.

    :param user: who looks: what they may not know of is left out; None for rules, which count all
    """
    found: dict[int, list[Became]] = defaultdict(list)
    type_ = ContentType.objects.get_for_model(Finding)
    about: dict[str, Any] = {"content_type": type_, "object_id__in": list(ids)}

    def rows(model: type[Model]) -> Any:
        return model._default_manager.all() if user is None else rows_of(model, user)

    for card in rows(Card).filter(**about).exclude(state=CardState.DROPPED).order_by("pk"):
        path = reverse("admin:accountability_card_change", args=[card.pk])
        found[card.object_id].append(Became(str(card.get_colour_display()), str(card), card.get_state_display(), path))
    for each in rows(Correction).filter(**about).order_by("pk"):
        path = reverse("admin:accountability_correction_change", args=[each.pk])
        kind = str(each.get_kind_display())
        found[each.object_id].append(Became(kind, each.reference, each.get_state_display(), path))
    cases = rows(FaultCase).filter(clues__content_type=type_, clues__object_id__in=list(ids))
    by_case = {case.pk: case for case in cases}
    for clue in Clue.objects.filter(**about, case__in=list(by_case)).order_by("pk"):
        case = by_case[clue.case_id]
        path = reverse("admin:accountability_faultcase_change", args=[case.pk])
        kind = str(FaultCase._meta.verbose_name)
        found[clue.object_id or 0].append(Became(kind, case.number, case.get_state_display(), path))
    return dict(found)
