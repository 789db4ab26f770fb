"""
Forms on paper, typed in by staff (docs/domain.md 11): in batches with a number, each of one person.

A second natural person looks a sample of a batch over against the paper; a batch counts from then on. One in which the
sample is wrong is void, and typed in anew.
"""

import math
import random
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from supervision.models import Survey, SurveyAnswer, SurveyBatch, SurveyEvent
from supervision.surveys import answering, workflow
from supervision.surveys.answering import Given
from supervision.surveys.enums import BatchState, Way
from supervision.surveys.refusals import Invalid, NotAllowed
from supervision.surveys.workflow import action

LONGEST_NAME, LONGEST_REASON, MOST_SHEETS = 60, 1000, 500
# Of the sheets of a batch one in ten is looked over, three at least.
SHARE, LEAST = 10, 3


@action
def begin_batch(survey: Survey, /, *, by: User, at: datetime, version: int, name: str) -> SurveyBatch:
    """
    Begin a batch of forms on paper; its number goes onto the sheets.

    :raises Refused: as ``workflow.begin``
    :raises Invalid: it has no name
    """
    step = workflow.begin(survey, "type_in", by=by, at=at, version=version)
    words = checks.text("name", name, gettext_lazy("Please say where the forms come from."), at_most=LONGEST_NAME)
    batch = SurveyBatch.objects.create(survey=survey, way=Way.PAPER, name=words, made_by=by, made_at=at)
    workflow.finish(step, data={"batch": batch.pk})
    return batch


def type_in(
    batch: SurveyBatch, /, *, by: User, at: datetime, sheet: int, judged: Sequence[int], given: Given
) -> SurveyAnswer:
    """
    Type one form in, as the person whose batch it is; the same sheet is typed in once.

    :raises NotAllowed: it is another person's batch, or ``by`` types nothing in here
    :raises NotInState: the survey is counted already, or the batch was looked over
    :raises Invalid: an answer is missing, or none that was asked for, or the sheet is there
    """
    with transaction.atomic():
        survey = Survey.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.survey_id)
        row = workflow.steps.by_action["type_in"]
        if not workflow.steps.seats_that_may(by, row, survey):
            raise NotAllowed
        workflow.steps.only_in_state(row, survey)
        batch = SurveyBatch.objects.get(pk=batch.pk)
        if batch.made_by_id != by.pk:
            raise NotAllowed(_("A batch is typed in by one person."))
        if batch.way != Way.PAPER or batch.state != BatchState.OPEN:
            raise workflow.steps.not_in_state(_("This batch was looked over, or is void."))
        if not 1 <= sheet <= MOST_SHEETS:
            raise Invalid("sheet", _("Please give the number of the sheet, 1 to %(most)d.") % {"most": MOST_SHEETS})
        if SurveyAnswer.objects.filter(batch=batch, sheet=sheet).exists():
            raise Invalid("sheet", _("This sheet was typed in already."))
        answer = SurveyAnswer(survey=survey, way=Way.PAPER, batch=batch, sheet=sheet)
        return answering.keep(answer, answering.sheet_of(survey), judged, given)


def sample(batch: SurveyBatch) -> list[int]:
    """Return the sheets that are looked over: the same each time for a batch as it stands."""
    sheets = sorted(sheet for sheet in batch.answers.values_list("sheet", flat=True) if sheet is not None)
    size = min(len(sheets), max(LEAST, math.ceil(len(sheets) / SHARE)))
    # No secret: whoever looks again has to find the same sheets.
    return sorted(random.Random(batch.pk).sample(sheets, size))  # noqa: S311


@action
def look_over(
    survey: Survey, /, *, by: User, at: datetime, version: int, batch: int, is_right: bool, remark: str = ""
) -> SurveyEvent:
    """
    Say as the second natural person whether the sample of a batch agrees with the paper.

    :raises Refused: as ``workflow.begin``
    :raises NotAllowed: ``by`` typed it in
    :raises Invalid: there is no such batch, nothing is in it, or what is wrong was not said
    """
    step = workflow.begin(survey, "check", by=by, at=at, version=version)
    rows = SurveyBatch.objects.select_related("made_by")
    found = rows.filter(survey=survey, pk=batch, way=Way.PAPER, state=BatchState.OPEN).first()
    if found is None:
        raise Invalid("is_right", _("There is no such batch to look over."))
    if found.made_by is not None and is_same_person(by, found.made_by):
        raise NotAllowed(_("Whoever typed forms in does not look them over."))
    if not found.answers.exists():
        raise Invalid("is_right", _("Nothing was typed in yet."))
    text = checks.optional_text("remark", remark, at_most=LONGEST_REASON)
    if not is_right and not text:
        raise Invalid("remark", _("Please say what does not agree with the paper."))
    found.state = BatchState.CHECKED if is_right else BatchState.VOID
    found.checked_by, found.checked_at = by, at
    found.save(update_fields=["state", "checked_by", "checked_at"])
    if not is_right:
        SurveyAnswer.objects.filter(batch=found).delete()
    return workflow.finish(step, text=text, data={"batch": found.pk, "is_right": is_right})
