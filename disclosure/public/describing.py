"""What the pages of disclosure tell machines of themselves (schema.org, ``efficiency.pages.structured``)."""

from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from disclosure.public.showing import DocumentPage, FileLine
from disclosure.public.validity import Validity, validity_of
from efficiency.pages.structured import Thing, absolute, breadcrumbs, json_ld, organization

# Headings under which rules stand that have force themselves; everything else is a document.
OF_RULES = frozenset({"basis", "normative_documents", "rules"})
_FORCE = {
    Validity.VALID: "https://schema.org/InForce",
    Validity.EXPIRED: "https://schema.org/NotInForce",
    Validity.REPEALED: "https://schema.org/NotInForce",
}


def document(page: DocumentPage) -> SafeString:
    """Return the description of the page of a version: the document or rule, who published it, the way to it."""
    shown, version = page.document, page.version
    is_rule = shown.column.code in OF_RULES
    described = {
        "@type": "Legislation" if is_rule else "DigitalDocument",
        "@id": page.address,
        "url": page.address,
        "name": version.title,
        "identifier": [each for each in (shown.index_number, version.document_number) if each],
        "description": version.summary,
        "inLanguage": "zh-Hans",
        "about": shown.theme,
        "dateCreated": version.formed_on.isoformat(),
        "datePublished": version.published_at.isoformat() if version.published_at else None,
        "expires": version.valid_until.isoformat() if version.valid_until else None,
        "version": str(version.number),
        "isAccessibleForFree": True,
        "publisher": organization(shown.organ),
        "encoding": [
            {
                "@type": "MediaObject",
                "name": file.name,
                "contentUrl": absolute(file.href),
                "contentSize": f"{file.size} B",
            }
            for file in page.files
        ],
    }
    if is_rule:
        described |= {
            "legislationIdentifier": version.document_number,
            "legislationDate": version.formed_on.isoformat(),
            "legislationPassedBy": {"@id": organization(shown.organ)["@id"]},
            "legislationLegalForce": _FORCE[validity_of(version, page.read_on)],
        }
    return json_ld(
        described,
        breadcrumbs(
            (_("Home page"), get_script_prefix()),
            (_("Government-affairs disclosure"), reverse("disclosure:list")),
            (str(shown.column), f"{reverse('disclosure:list')}?column={shown.column.code}"),
            (version.title, reverse("disclosure:document", args=[shown.pk])),
        ),
    )


def _file(file: FileLine) -> Thing:
    return {
        "@type": "MediaObject",
        "name": file.name,
        "contentUrl": absolute(file.href) if file.href else "",
        "contentSize": f"{file.size} B",
    }
