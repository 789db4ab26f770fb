"""What the portal proposes to say: an order about a promise that reached level four, in Chinese, from stored rows."""

from datetime import datetime

from django.utils.translation import override

from accountability.corrections.issuing import Content
from accountability.models import Correction
from accountability.papers import words
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline
from efficiency.outbox import registry as subjects
from efficiency.timing import due, store

BASIS = "《佛山市影响行政效能行为过错责任追究暂行办法》及已公布的办理时限。"


def proposal(correction: Correction, *, at: datetime) -> Content:
    """
    Return the words in which an order about a promise is proposed; as they are stored where there is no promise.

    They name the promise, the number of what it is about and its days; no text and no person (docs/trust.md Z-15).
    """
    promise = correction.deadline
    if promise is None:
        return Content(correction.title, correction.findings, correction.wanted, correction.basis)
    with override("zh-hans"):
        label = str(registry.get(promise.kind).label)
    number = _number_of(promise)
    over = due.overdue_by(due.local_day(promise.due_at), due.local_day(promise.ended_at or at), calendar=store.load())
    about = f"“{label}”（{number}）" if number else f"“{label}”"
    if promise.is_running:
        findings = f"{about}应于{words.day(promise.due_at)}前完成，至今已超期{over}个工作日，仍未完成。"
        wanted = "请立即办理，并在规定时限内书面报告办理结果、超期原因和责任岗位。"
    else:
        findings = f"{about}应于{words.day(promise.due_at)}前完成，超期{over}个工作日。"
        wanted = "请在规定时限内书面报告超期原因、责任岗位和防止再次超期的措施。"
    return Content(f"督促办理超期事项：{label}"[:100], findings, wanted, BASIS)


def _number_of(promise: Deadline) -> str:
    model = promise.content_type.model_class()
    known = subjects.subject(model._meta.label_lower) if model else None
    labels = known.label({promise.object_id}) if known else {}
    return labels[promise.object_id][0] if promise.object_id in labels else ""
