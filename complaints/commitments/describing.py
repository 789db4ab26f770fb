"""What the page of a promise tells machines of itself (schema.org, ``efficiency.pages.structured``)."""

from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from complaints.commitments.showing import CommitmentPage
from efficiency.pages.structured import absolute, breadcrumbs, json_ld, organization

# As durations of ISO 8601, which know no working days: what is promised in those stands in words alone.
_DURATIONS = {"d": "P{}D", "h": "PT{}H"}


def item(page: CommitmentPage) -> SafeString:
    """Return the description of a service item: who offers it, for whom, where, within which time."""
    version, path = page.version, reverse("complaints:commitment", args=[page.item.code])
    limit = version.committed_limit
    return json_ld(
        {
            "@type": "GovernmentService",
            "@id": absolute(path),
            "url": absolute(path),
            "name": page.item.name,
            "identifier": page.item.code,
            "description": f"{_('Promised')} {page.committed}",
            "serviceType": str(page.item.get_theme_display()),
            "serviceOperator": organization(page.item.organ),
            "audience": {"@type": "Audience", "audienceType": str(page.item.get_audience_display())},
            "availableChannel": {
                "@type": "ServiceChannel",
                "serviceLocation": {"@type": "Place", "name": version.window} if version.window else None,
                "servicePhone": {"@type": "ContactPoint", "telephone": version.phone} if version.phone else None,
                "processingTime": _DURATIONS[limit.unit].format(limit.number) if limit.unit in _DURATIONS else None,
            },
        },
        breadcrumbs(
            (_("Home page"), get_script_prefix()),
            (_("What we promise"), reverse("complaints:commitments")),
            (page.item.name, path),
        ),
    )
