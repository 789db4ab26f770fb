"""
What can be filed: a service is a kind of the public form, for complaints with the category (docs/open311.md).

Addressed organ, title and the other fields of the form are attributes of each service; none of them is required, so
that an application which knows the standard alone can file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from complaints.enums import CATEGORIES_BY_GROUP, Category, CategoryGroup, Kind
from complaints.forms import KIND_EXAMPLES, YES_NO
from complaints.open311.faults import absent
from complaints.open311.rendering import Document
from efficiency.pages.organ_field import addressable_organs

Text = str | Promise

NO_SERVICE = gettext_lazy("There is no service of this service_code.")


@dataclass(frozen=True, slots=True)
class Service:
    """One thing that can be filed."""

    code: str
    kind: Kind
    category: Category | None = None
    group: CategoryGroup | None = None

    @property
    def name(self) -> Text:
        """What people choose."""
        return (self.category or self.kind).label

    def listed(self) -> dict[str, Any]:
        """Return the entry of the list of services."""
        return {
            "service_code": self.code,
            "service_name": self.name,
            "description": self._description(),
            "metadata": True,
            "type": "realtime",
            "keywords": ", ".join(str(word) for word in self._keywords()),
            "group": self._group(),
        }

    def _description(self) -> str:
        if self.kind is Kind.COMPLAINT:
            return _(
                "A complaint about how an organ or its staff do their work. It is shown to nobody here, not even to "
                "whoever filed it: it is followed on the portal, with number and secret code."
            )
        return _(
            "%(examples)s Whoever knows the id of the request can read its state, dates and organ here, never its "
            "text. Public becomes at most a version without traces of persons that two people have checked."
        ) % {"examples": KIND_EXAMPLES[self.kind]}

    def _keywords(self) -> Iterable[Text]:
        return (each.label for each in (self.kind, self.group, self.category) if each is not None)

    def _group(self) -> str:
        if self.group is None:
            return pgettext("group of services", "Requests, questions and suggestions")
        return _("Complaints: %(group)s") % {"group": self.group.label}


def _all() -> list[Service]:
    others = [Service(kind.value, kind) for kind in (Kind.REQUEST, Kind.CONSULTATION, Kind.SUGGESTION)]
    return others + [
        Service(f"{Kind.COMPLAINT.value}-{category.value}", Kind.COMPLAINT, category, group)
        for group, categories in CATEGORIES_BY_GROUP.items()
        for category in categories
    ]


SERVICES: Mapping[str, Service] = {service.code: service for service in _all()}
# What is told of cases: never a complaint (docs/trust.md Z-17).
TOLD: Mapping[str, Service] = {
    service.kind: service for service in SERVICES.values() if service.kind is not Kind.COMPLAINT
}


def find(code: str) -> Service:
    """
    Return the service of a code.

    :raises Fault: there is none
    """
    if code not in SERVICES:
        raise absent(NO_SERVICE)
    return SERVICES[code]


def listing() -> Document:
    """Return every service."""
    return Document("services", [service.listed() for service in SERVICES.values()])


def definition(service: Service) -> Document:
    """Return what can be said besides; one question to the database, for the organs."""
    attributes = [*_notes(service), *_attributes(service)]
    for order, attribute in enumerate(attributes, start=1):
        attribute["order"] = order
    return Document("service_definition", {"service_code": service.code, "attributes": attributes})


def _notes(service: Service) -> list[dict[str, Any]]:
    """What is only read: what becomes of what is typed, before it is typed."""
    words = _(
        "The case is handled like one from the form of the portal, with the same deadlines. With a name and a "
        "telephone number or e-mail address it is filed by name, otherwise anonymously, and nothing of who sent it is "
        "kept. Only the efficiency office learns the name, unless the handling organ is allowed to. Names, contact, "
        "place and text are shown to nobody here. Please type no identity-card or bank numbers."
    )
    return [_attribute("notice", "string", words, variable=False)]


def _attributes(service: Service) -> list[dict[str, Any]]:
    found = [
        _attribute(
            "title",
            "string",
            _("Title of the case; where it is missing, the first words of the description are taken."),
            hint=_("One sentence, 2 to 80 characters."),
        ),
        _attribute(
            "organ",
            "singlevaluelist",
            _("Organ that is concerned; where it is missing, the efficiency office finds out."),
            values=[(organ.code, organ.name) for organ in addressable_organs().only("code", "name", "district")],
        ),
        _attribute("consent", "singlevaluelist", _("May the handling organ know who filed the case?"), values=YES_NO),
    ]
    if service.kind is Kind.COMPLAINT:
        words = _("Name or badge number of the person who is concerned. It is shown to nobody but those who handle it.")
        found.append(_attribute("named_person", "string", words, hint=_("At most 80 characters.")))
    return found


def _attribute(
    code: str,
    datatype: str,
    description: Text,
    *,
    hint: Text = "",
    values: Iterable[tuple[str, Text]] = (),
    variable: bool = True,
) -> dict[str, Any]:
    return {
        "variable": variable,
        "code": code,
        "datatype": datatype,
        "required": False,
        "datatype_description": hint,
        "order": 0,
        "description": description,
        "values": [{"key": key, "name": name} for key, name in values],
    }
