"""Reception 接待 by staff: whoever is asked first types in, and may answer a simple question (docs/domain.md 4.7)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import people, workflow
from complaints.actions.acting import action
from complaints.actions.filing import Intake, Receipt, file_case
from complaints.actions.reception import answer_at_reception
from complaints.enums import Kind
from complaints.models import Case, CaseEvent
from complaints.refusals import Invalid
from efficiency.access.models import User


@action
def name_receiver(case: Case, /, *, by: User, at: datetime, version: int, first_receiver: User) -> CaseEvent:
    """
    Name who received a case that came by e-mail: the letter itself was asked of nobody (docs/domain.md 4.7 no. 1).

    :raises Invalid: it is nobody who works where ``by`` does
    :raises NotInState: a first receiver is named, or the case did not come by e-mail
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "name_receiver", by=by, at=at, version=version)
    if not people.who_receive_with(by, timezone.localdate(at)).filter(pk=first_receiver.pk).exists():
        raise Invalid("first_receiver", _("The first receiver is somebody of your own organ."))
    case.first_receiver = first_receiver
    return workflow.finish(step, data={"first_receiver": first_receiver.pk})


@transaction.atomic
def receive(*, intake: Intake, answer: str = "", at: datetime, **filed: Any) -> Receipt:
    """
    File a case for somebody who calls, writes or comes, and answer it at once if ``answer`` is given.

    A consultation alone can be answered so, by the first receiver; the answer is kept like any reply. ``filed`` are the
    other parameters of ``file_case``. A form that was sent before is answered once.

    :raises Invalid: a field does not do, or the case is none that can be answered at a reception
    :raises NotAllowed: ``intake.by`` may not file for others, or answers nobody
    :raises NotInState: somebody is named, so that the office has to look at the case first
    :raises NobodyReceives: as ``file_case``
    """
    is_answered = bool(answer.strip())
    if is_answered and filed.get("kind") != Kind.CONSULTATION:
        raise Invalid("answer", _("Only a consultation can be answered on the spot."))
    if is_answered and intake.first_receiver not in (None, intake.by):
        raise Invalid("answer", _("Whoever received the person writes down what they answered."))
    receipt = file_case(**filed, intake=intake, at=at)
    if is_answered and not receipt.again:
        answer_at_reception(receipt.case, by=intake.by, at=at, answer=answer)
    return receipt
