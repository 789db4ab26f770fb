"""Where the service is, in which formats, whom to ask for a key (Open311 Service Discovery)."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from complaints.open311.rendering import Document, Format
from efficiency.pages import identity

# The standard's own name of what is spoken here.
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
# Changes with what the addresses take and return.
CHANGESET = "2026-11-27T00:00:00+08:00"


def document() -> Document:
    """Return the one endpoint of this portal."""
    address = settings.PORTAL_URL + reverse("complaints:open311:discovery", args=[""]).removesuffix("/discovery")
    return Document(
        "discovery",
        {
            "changeset": CHANGESET,
            "contact": _contact(),
            "key_service": _(
                "The administrator of the portal gives a key to each application that files requests. Ask the "
                "efficiency office for one and say who runs the application; reading needs none."
            ),
            "endpoints": [
                {
                    "specification": SPECIFICATION,
                    "url": address,
                    "changeset": CHANGESET,
                    "type": "test" if settings.DEMONSTRATION else "production",
                    "formats": [form.media_type for form in Format],
                }
            ],
        },
    )


def _contact() -> str:
    site = identity.current()
    known = [each for each in (site.office_name, site.telephone, site.email) if each]
    about = settings.PORTAL_URL + reverse("pages:about")
    return pgettext("between items of a list", ", ").join([*known, about])
