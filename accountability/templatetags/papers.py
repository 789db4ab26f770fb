"""What a page of the back office shows of the papers about its subject: ``{% papers_of card %}``."""

from typing import Any

from django import template
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse

from accountability.models import Paper
from accountability.papers import actions, bundling, registry

register = template.Library()


@register.inclusion_tag("admin/accountability/papers_of.html", takes_context=True)
def papers_of(context: template.Context, subject: models.Model) -> dict[str, Any]:
    """Return the papers about ``subject`` that the viewer may open, what may be issued, and the way to a bundle."""
    user = context["request"].user
    kinds = [kind for kind in registry.kinds() if kind.model is type(subject) and kind.is_open_to(user, subject)]
    about = Paper.objects.filter(
        content_type=ContentType.objects.get_for_model(subject),
        object_id=subject.pk,
        kind__in=[kind.name for kind in kinds],
    )
    papers = list(about.select_related("revocation").order_by("-issued_at", "-pk"))
    holding = {paper.kind for paper in papers if not hasattr(paper, "revocation")}
    return {
        "papers": [
            {
                "label": str(paper),
                "path": reverse("admin:accountability_paper_pdf", args=[paper.pk]),
                "is_revoked": hasattr(paper, "revocation"),
            }
            for paper in papers
        ],
        "to_issue": [
            {"label": kind.label, "path": reverse("admin:accountability_paper_issue", args=[kind.name, subject.pk])}
            for kind in kinds
            if kind.name not in holding
            and (kind.ready is None or kind.ready(subject))
            and actions.may_issue(user, kind, subject)
        ],
        "bundle": bundle_of(context, subject),
    }


@register.simple_tag(takes_context=True)
def bundle_of(context: Any, subject: models.Model) -> str:
    """Return where the viewer asks for a bundle of ``subject``; nothing for whoever may not."""
    if not bundling.may_ask(context["request"].user, subject):
        return ""
    return reverse("admin:accountability_bundle_ask", args=[subject._meta.model_name, subject.pk])
