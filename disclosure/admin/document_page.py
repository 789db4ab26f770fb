"""What the page of a document shows to staff: where it stands, what is next, what it says, its way (docs/ui.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from disclosure.documents import acting, fingerprint, guard, markup, workflow
from disclosure.enums import IN_WORK, PUBLIC_STATES, DocumentStep, VersionState
from disclosure.models import Document, DocumentVersion
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.files import checking
from efficiency.pages.timeline_view import Stage, Step, TimelineEntry

LOOKS: dict[str, str] = {
    VersionState.DRAFT: "info",
    VersionState.SOURCE_CHECKED: "info",
    VersionState.REVIEWED: "info",
    VersionState.APPROVED: "warn",
    VersionState.PUBLISHED: "ok",
    VersionState.REPLACED: "mute",
    VersionState.WITHDRAWN: "over-outline",
    VersionState.DISCARDED: "mute",
    VersionState.KEPT: "mute",
}
WAY: tuple[tuple[Lazy | str, tuple[str, ...]], ...] = (
    (_("draft"), (VersionState.DRAFT,)),
    (DocumentStep.CHECK_SOURCE.label, (VersionState.SOURCE_CHECKED,)),
    (DocumentStep.REVIEW.label, (VersionState.REVIEWED,)),
    (DocumentStep.APPROVE.label, (VersionState.APPROVED,)),
    (DocumentStep.PUBLISH.label, (VersionState.PUBLISHED,)),
)
# What is not done with a step of the table but on a page of its own.
ON_OWN_PAGE = {DocumentStep.CHANGE}


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that the viewer may take now, with its page; or one that is not possible, and why."""

    label: str | Lazy
    href: str = ""
    why_not: str | Lazy = ""


def shown_version(document: Document, number: int | None) -> DocumentVersion | None:
    """Return the version that the page shows: the one asked for, else what is in work, public, or newest."""
    versions = document.versions.select_related("drafted_by")
    if number is not None:
        return versions.filter(number=number).first()
    ordered = versions.order_by("-number")
    return (
        ordered.filter(state__in=IN_WORK).first() or ordered.filter(state__in=PUBLIC_STATES).first() or ordered.first()
    )


def context(document: Document, version: DocumentVersion, viewer: User) -> dict[str, Any]:
    """Return the inputs of ``admin/disclosure/document/document.html``."""
    version.document = document
    versions = list(document.versions.order_by("-number"))
    offers, blocked = _offers(document, version, versions, viewer)
    return {
        "document": document,
        "version": version,
        "is_newest": version == versions[0],
        "look": LOOKS[version.state],
        "is_written_on": version.state == VersionState.DRAFT and version.handed_in_at is None,
        "steps": offers,
        "blocked": blocked,
        "stepper": _stepper(version),
        "entries": _entries(document),
        "versions": [(each, LOOKS[each.state]) for each in versions],
        "before": _before(version, versions),
        "sent_back": _sent_back(version),
        **text_of(version),
    }


def text_of(version: DocumentVersion) -> dict[str, Any]:
    """Return what is shown of the text itself, on the page as on that of a step."""
    places = guard.look(version) if version.is_in_work else []
    return {
        "text": markup.to_html(version.body),
        "places": places,
        "is_confirmed": bool(places) and guard.is_confirmed(version, fingerprint.of(version)),
        "files": [
            {
                "name": file.name,
                "size": file.size,
                "href": reverse("admin:disclosure_document_file", args=[version.document_id, file.pk]),
                "is_harmful": bool(file.harmful),
                "is_checked": checking.is_fetchable(file),
            }
            for file in version.files.order_by("position")
        ],
        "owed": list(version.owed.order_by("due_on", "pk")),
    }


def _offers(
    document: Document, version: DocumentVersion, versions: Sequence[DocumentVersion], viewer: User
) -> tuple[list[Offer], list[Offer]]:
    """Return what the viewer may do now, the usual step first, and what stands in the way of the rest."""
    offers: list[Offer] = []
    blocked: list[Offer] = []
    may_draft = may(viewer, "document.draft", document)
    for found in workflow.steps_from(version.state):
        if not any(may(viewer, right, document) for right in found.rights):
            continue
        if found.step == DocumentStep.SEND_BACK and _is_being_written(version):
            continue
        label = _label_of(found.step, may_draft)
        refusal = acting.hindrance(version, found, by=viewer)
        if refusal is not None:
            blocked.append(Offer(label, why_not=refusal.message))
        elif found.step == DocumentStep.CHANGE:
            offers.append(Offer(_("Go on writing"), reverse("admin:disclosure_document_edit", args=[document.pk])))
        else:
            where = reverse("admin:disclosure_document_do", args=[document.pk, found.step.value])
            offers.append(Offer(label, where))
    if may_draft and not document.source and not any(each.is_in_work for each in versions):
        where = reverse("admin:disclosure_document_begin", args=[document.pk])
        offers.append(Offer(_("Write a new version"), where))
    usual = workflow.NEXT.get(VersionState(version.state))
    offers.sort(key=lambda offer: not (usual is not None and offer.href.endswith(f"/{usual.value}/")))
    return offers, blocked


def _is_being_written(version: DocumentVersion) -> bool:
    return version.state == VersionState.DRAFT and version.handed_in_at is None


def _label_of(step: DocumentStep, may_draft: bool) -> str | Lazy:
    if step == DocumentStep.SEND_BACK and may_draft:
        return _("Take back")
    return step.label


def _stepper(version: DocumentVersion) -> list[Step]:
    """Return the way of the version: what is done, what comes next."""
    order = [state for _label, states in WAY for state in states]
    if version.state not in order:
        return []
    reached = order.index(version.state)
    steps = []
    for position, (label, _states) in enumerate(WAY):
        is_done = position <= reached and version.state != VersionState.DRAFT
        is_current = position == reached + (version.state != VersionState.DRAFT)
        stage = Stage.DONE if is_done else Stage.CURRENT if is_current else Stage.EXPECTED
        steps.append(Step(label, stage))
    return steps


def _entries(document: Document) -> list[TimelineEntry]:
    """Return the steps with the document, newest first."""
    events = document.events.select_related("by", "version").order_by("-pk")[:100]
    return [
        TimelineEntry(
            word=_("%(step)s (version %(number)d)")
            % {"step": event.get_action_display(), "number": event.version.number},
            at=event.at,
            text=event.note,
            who=str(event.by) if event.by is not None else _("by itself"),
        )
        for event in events
    ]


def _before(version: DocumentVersion, versions: Sequence[DocumentVersion]) -> DocumentVersion | None:
    """Return the version with which this one is compared: the last before it that was not discarded."""
    earlier = (each for each in versions if each.number < version.number and each.state != VersionState.DISCARDED)
    return next(earlier, None)


def _sent_back(version: DocumentVersion) -> Any:
    """Return the step by which a draft came back, while nobody has handed it in again."""
    if not _is_being_written(version):
        return None
    last = version.events.select_related("by").exclude(action=DocumentStep.CONFIRM_NUMBERS).order_by("-pk")
    return next((event for event in last[:20] if event.action == DocumentStep.SEND_BACK), None)
