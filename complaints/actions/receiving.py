"""Reception 接待 by staff: whoever is asked first types in, and may answer a simple question (docs/domain.md 4.7)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from complaints.actions.filing import Intake, Receipt, file_case
from complaints.actions.reception import answer_at_reception
from complaints.enums import Kind
from complaints.refusals import Invalid


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
