"""Documents of the demonstration that are still on their way: each step is taken by the action that everybody takes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from disclosure.demo import texts
from disclosure.documents import actions
from disclosure.enums import LegalForm
from disclosure.models import Column, DocumentVersion
from efficiency.access.models import User
from efficiency.organs.models import Organ
from efficiency.timing.due import local_day

# Who writes, checks, reviews and approves; where an organ has nobody for it, the efficiency office writes.
PEOPLE = {
    "440600-construction": (
        *("editor.construction", "reviewer.construction", "post.440600-construction-02", "leader.construction"),
    ),
    "440600-tax": ("office", "post.440600-tax-02", "post.440600-tax-02", "leader.tax"),
    "440600-sasac": ("office", "post.440600-sasac-02", "post.440600-sasac-02", "post.440600-sasac-01"),
    "440604": ("office", "leader.chancheng", "leader.chancheng", "leader.chancheng"),
}
GROUND = "属于应当主动公开的政府信息，不含国家秘密、商业秘密和个人隐私。"
HOURS = timedelta(hours=2)


def load(organs: Mapping[str, Organ], columns: Mapping[str, Column], *, now: datetime) -> int:
    """Write the drafts and take them as far as they are; return how many."""
    users = User.objects.in_bulk({name for names in PEOPLE.values() for name in names}, field_name="username")
    rows = [row for row in texts.drafts() if row["organ"] in organs]
    for row in rows:
        people = [users[name] for name in PEOPLE[row["organ"]]]
        _take(row, organs[row["organ"]], columns[row["column"]], people, now=now)
    return len(rows)


def _take(row: dict[str, Any], organ: Organ, column: Column, people: list[User], *, now: datetime) -> None:
    writer, checker, reviewer, approver = people
    step, at = row["step"], now - timedelta(days=row["days"])
    content = actions.Content(
        title=row["title"],
        formed_on=local_day(at),
        body=row["body"].strip() + "\n",
        legal_form=LegalForm.NOT_PUBLIC if step == "kept" else LegalForm.PROACTIVE,
        ground=row.get("ground", ""),
    )
    version = actions.draft(
        organ, column, content, by=writer, at=at, theme=row["theme"], hand_in=step not in ("draft", "discarded")
    )
    if step == "discarded":
        actions.discard(version, by=writer, at=at + HOURS, reason=row["reason"])
    if step in ("draft", "handed_in", "discarded"):
        return
    if step == "sent_back":
        actions.send_back(version, by=checker, at=at + HOURS, reason=row["reason"])
        return
    version = actions.check_source(version, by=checker, at=at + HOURS)
    if step == "source_checked":
        return
    version = actions.review(version, actions.ALL_POINTS, by=reviewer, at=at + 2 * HOURS, ground=GROUND)
    if step == "reviewed":
        return
    _approve(version, row, approver, at=at + 3 * HOURS, now=now)


def _approve(version: DocumentVersion, row: dict[str, Any], approver: User, *, at: datetime, now: datetime) -> None:
    """Decide: to be published in some days, or not at all."""
    publish_at = now + timedelta(days=row["publish_in"]) if "publish_in" in row else None
    actions.approve(version, by=approver, at=at, publish_at=publish_at)
