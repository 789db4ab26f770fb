"""
A request that an application files: its fields become those of the public form, and the form's action files it.

Whatever a known field holds that does not do is said at once, as an error for each. Fields that only lead to whoever
sent it (``device_id``, ``account_id``) are not looked at (docs/trust.md P-05, P-07; decision 0017).
"""

import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints import actions, refusals
from complaints.enums import Channel, Kind
from complaints.models import FiledRequest
from complaints.open311 import services
from complaints.open311.faults import Fault, Text, bad
from complaints.open311.rendering import Document
from complaints.open311.services import Service
from efficiency import checks, codes
from efficiency.access import limits
from efficiency.access.cipher import keyed_hash
from efficiency.files import store
from efficiency.files.clean import CleanFile, clean_all
from efficiency.keys.models import ApiKey
from efficiency.organs.models import Organ
from efficiency.pages.organ_field import addressable_organs

# The standard's own bound; what else is kept of a call stands below it, within the 5,000 of the form.
SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION = 10, 4000
LONGEST_TITLE = 80
LONGEST_ADDRESS = 500
LONGEST_IDEMPOTENCY_KEY = 200
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](?:\[\])?")
# Applications write the title of their own form above the text.
_LABEL = re.compile(r"^(?:title|subject|标题|主题)\s*[::]\s*", re.IGNORECASE)
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
# What says who sends and from where, not what is filed.
_NOT_THE_FILING = frozenset({"api_key", "jurisdiction_id", "device_id", "account_id"})
# Under which name of the standard a field of the action was sent.
_SENT_AS = {
    "title": "attribute[title]",
    "organ": "attribute[organ]",
    "named_person": "attribute[named_person]",
    "location": "address_string",
    "name": "first_name",
    "attachments": "media",
}


@dataclass(slots=True)
class _Sent:
    """The fields of a call, and what is wrong with them."""

    values: QueryDict
    faults: list[Text] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.values:
            if (found := _ATTRIBUTE.fullmatch(name)) and (value := self.text(name)):
                self.attributes.setdefault(found[1], value)

    def text(self, name: str) -> str:
        """Return a field without white space around it; an empty one is as good as none."""
        return str(self.values.get(name, "")).strip()

    def refuse(self, name: str, words: Text) -> None:
        """Note that a field does not do."""
        self.faults.append(f"{name}: {words}")


def file(request: HttpRequest, key: ApiKey, *, at: datetime) -> Document:
    """
    File what ``request`` sends with ``key`` at ``at``, and return its id with the way to number and secret code.

    :raises Fault: a field does not do, nobody knows the service, or too much was sent
    """
    sent = _Sent(request.POST)
    service, token = _service(sent), _token(request, key)
    values, notes = _values(sent, service)
    _refuse_too_many(request, key, at)
    receipt, row = _filed(values, _files(request), key, token, at)
    if not receipt.again:
        limits.filed(request, at=at)
    notice = " ".join([_notice(receipt.number, token), *notes])
    entry = {"service_request_id": row.slug, "service_notice": notice, "account_id": None}
    return Document("service_requests", [entry])


def _service(sent: _Sent) -> Service:
    code = sent.text("service_code")
    if not code:
        raise bad(_("service_code is missing."))
    return services.find(code)


def _token(request: HttpRequest, key: ApiKey) -> str:
    """
    Return the token of the filing, from which its secret code follows.

    An application that names its attempt by ``Idempotency-Key`` finds the same case when it sends the same again
    (S-10). What was sent is part of the token: copies of an application share its key and may draw the same attempt,
    and none may be led to what somebody else has filed.
    """
    named = request.headers.get("Idempotency-Key", "").strip()
    if not named:
        return codes.new_token()
    if not 16 <= len(named) <= LONGEST_IDEMPOTENCY_KEY:
        raise bad(
            _("Idempotency-Key is drawn by lot and has 16 to %(most)d characters.") % {"most": LONGEST_IDEMPOTENCY_KEY}
        )
    return keyed_hash("open311-filing", f"{key.pk}:{named}:{_print_of(request)}").hex()[:32]


def _print_of(request: HttpRequest) -> str:
    """Return a print of the fields and files that make a filing, whatever order they came in."""
    fields = sorted((name, values) for name, values in request.POST.lists() if name not in _NOT_THE_FILING)
    files = [
        (name, each.name, _digest_of(each))
        for name, several in sorted(request.FILES.lists(), key=lambda pair: pair[0])
        for each in several
        if isinstance(each, UploadedFile)
    ]
    return hashlib.sha256(json.dumps([fields, files]).encode()).hexdigest()


def _digest_of(upload: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def _refuse_too_many(request: HttpRequest, key: ApiKey, at: datetime) -> None:
    """
    Refuse above the limits of the source and of the key (docs/trust.md R-02).

    No question can be asked here, so of a source the hard limit alone counts; the key answers for what lies below it.
    """
    wait = max(limits.filing(request, at=at).wait_seconds, limits.filing_by_key(key.pk, at=at))
    if wait:
        words = _("Too many requests were filed. Please try again later.")
        raise Fault(HTTPStatus.TOO_MANY_REQUESTS, words, wait_seconds=wait)


def _files(request: HttpRequest) -> Sequence[CleanFile]:
    """Return the copies of all files that came, under whatever name: ``media`` is a habit of cities, no field."""
    uploads = [each for _name, several in request.FILES.lists() for each in several if isinstance(each, UploadedFile)]
    if not uploads:
        return ()
    if not store.has_room():
        raise _no_room(store.NoRoom())
    good, refused = clean_all(uploads)
    if refused:
        raise bad(*(f"media: {each.message}" for each in refused))
    return good


def _no_room(refusal: refusals.Refused) -> Fault:
    return Fault(HTTPStatus.SERVICE_UNAVAILABLE, refusal.message, wait_seconds=600)


def _filed(
    values: dict[str, Any], files: Sequence[CleanFile], key: ApiKey, token: str, at: datetime
) -> tuple[actions.Receipt, FiledRequest]:
    """File the case and what the application knows it by, together; sent again, find both."""
    try:
        with transaction.atomic():
            receipt = actions.file_case(**values, files=files, channel=Channel.WEB, token=token, at=at)
            row, _is_new = FiledRequest.objects.get_or_create(case=receipt.case, defaults={"key": key})
    except store.NoRoom as refusal:
        raise _no_room(refusal) from refusal
    except actions.Refused as refusal:
        name = _SENT_AS.get(refusal.field or "", refusal.field)
        raise bad(f"{name}: {refusal.message}" if name else refusal.message) from refusal
    return receipt, row


def _notice(number: str, token: str) -> str:
    """Tell the citizen, in whose hands the application puts it, how to get number and code (decision 0017)."""
    address = f"{settings.PORTAL_URL}{reverse('complaints:open311:collect', args=[token])}"
    return _(
        "Received under number %(number)s. Open %(address)s within 24 hours to see the secret code, with which you "
        "follow the case and answer questions. It is shown for thirty minutes from then on, so please write it down."
    ) % {"number": number, "address": address}


# --- From the fields of the standard to those of the form -----------------------------------------------------------


def _values(sent: _Sent, service: Service) -> tuple[dict[str, Any], list[str]]:
    """
    Return the parameters of the filing action, and what the citizen has to be told of them.

    :raises Fault: with every field that does not do
    """
    title, description = _texts(sent, service)
    person, notes = _person(sent)
    organ = _organ(sent)
    location, at_organ = _location(sent)
    consent = sent.attributes.get("consent", "no")
    if consent not in ("yes", "no"):
        sent.refuse("attribute[consent]", _("Please answer yes or no."))
    if sent.faults:
        raise bad(*sent.faults)
    values = {
        "kind": service.kind,
        "category": service.category or "",
        "organ": organ or at_organ,
        "title": title,
        "description": description,
        "location": location,
        "named_person": sent.attributes.get("named_person", "") if service.kind is Kind.COMPLAINT else "",
        "consent": consent == "yes",
    }
    return values | person, notes


def _texts(sent: _Sent, service: Service) -> tuple[str, str]:
    """Return title and text; an address of media is kept as text, as nothing is fetched from elsewhere (C-06)."""
    description = sent.text("description")
    if len(description) < SHORTEST_DESCRIPTION:
        sent.refuse("description", _("Please describe what happened in at least 10 characters."))
    elif len(description) > LONGEST_DESCRIPTION:
        sent.refuse("description", _("Please use at most %(count)d characters.") % {"count": LONGEST_DESCRIPTION})
    try:
        checks.storable("description", description)
    except actions.Invalid as refusal:
        sent.refuse("description", refusal.message)
    title = sent.attributes.get("title") or _title_from(description) or str(service.name)
    if media := sent.text("media_url"):
        if len(media) > LONGEST_ADDRESS or _scheme_of(media) not in ("http", "https"):
            sent.refuse("media_url", _("Please give an address that begins with http:// or https://."))
        description = f"{description}\n\nmedia_url: {media}"
    return title, description


def _scheme_of(address: str) -> str:
    """Return the scheme of an address; nothing for what is none."""
    try:
        return urlsplit(address).scheme
    except ValueError:
        return ""


def _title_from(description: str) -> str:
    first = next((line.strip() for line in description.splitlines() if line.strip()), "")
    words = _LABEL.sub("", first)
    if len(words) > LONGEST_TITLE:
        words = f"{words[: LONGEST_TITLE - 1]}…"
    return words if len(words) >= 2 else ""


def _person(sent: _Sent) -> tuple[dict[str, Any], list[str]]:
    """
    Return who files, by name or anonymously, as the public form knows it (docs/domain.md 4.3).

    Whoever gives no name, or a name and nothing to be reached by, files anonymously, and is told so.
    """
    first, last = sent.text("first_name"), sent.text("last_name")
    # Chinese names stand the other way round, and together.
    name = f"{last}{first}" if _IDEOGRAPH.search(first + last) else f"{first} {last}".strip()
    contact = {"phone": sent.text("phone"), "email": sent.text("email")}
    if name and any(contact.values()):
        return {"anonymous": False, "name": name, **contact}, []
    notes = []
    if name or any(contact.values()):
        notes.append(
            _(
                "The case was filed anonymously and the data about a person were not kept, as a case by name needs a "
                "name and a telephone number or e-mail address."
            )
        )
    return {"anonymous": True}, notes


def _organ(sent: _Sent) -> Organ | None:
    code = sent.attributes.get("organ", "")
    if not code:
        return None
    found = _organ_of(code)
    if found is None:
        sent.refuse("attribute[organ]", _("Please choose an organ from the list, or leave the choice to us."))
    return found


def _organ_of(code: str) -> Organ | None:
    rows = addressable_organs().select_related(None).order_by()
    return rows.filter(code=code).first() if "\x00" not in code else None


def _location(sent: _Sent) -> tuple[str, Organ | None]:
    """
    Return the place in words, and the organ whose office it is where its code came as ``address_id``.

    The standard asks for one of three. Coordinates are WGS84 and stay as they came.
    """
    address, address_id = sent.text("address_string"), sent.text("address_id")
    point = _point(sent)
    organ = _organ_of(address_id) if address_id else None
    if address_id and organ is None and not address and not point:
        sent.refuse("address_id", _("There is no such address; it is the code of an organ."))
    elif not (address or point or address_id) and not sent.faults:
        sent.refuse("address_string", _("Please give lat and long, address_string or address_id."))
    words = address or (organ.name if organ else "")
    return (f"{words} ({point})" if words and point else words or point), organ


def _point(sent: _Sent) -> str:
    lat, long = sent.text("lat"), sent.text("long")
    if not lat and not long:
        return ""
    if not (_is_degree(lat, 90) and _is_degree(long, 180)):
        sent.refuse("lat, long", _("Please give both, as degrees of WGS84."))
        return ""
    return f"{lat}, {long}"


def _is_degree(text: str, most: float) -> bool:
    try:
        degree = float(text) if text.isascii() and len(text) <= 24 else math.nan
    except ValueError:
        return False
    return -most <= degree <= most
