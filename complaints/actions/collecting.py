"""Number and secret code of a case that an application filed, fetched by its citizen (decision 0017)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from complaints.actions.filing import Receipt, code_for
from complaints.models import FiledRequest
from complaints.refusals import Absent, TooLate
from efficiency import codes

if TYPE_CHECKING:
    from django.db.models import QuerySet

# For so long an application may take to put the address into the hands of the citizen.
COLLECTED_WITHIN = timedelta(hours=24)


def collectable(token: str, /, *, at: datetime) -> FiledRequest:
    """
    Return the filing whose receipt can be fetched with ``token`` at ``at``; nothing changes.

    :raises Absent: nothing was filed with it
    :raises TooLate: it was fetched more than thirty minutes ago, or not within a day
    """
    return _found(token, FiledRequest.objects.all(), at)


@transaction.atomic
def collect(token: str, /, *, at: datetime) -> Receipt:
    """
    Return the receipt with its code to whoever has the address, once: for thirty minutes from the first time on.

    So an answer that was lost on its way can be fetched again, and an address that is found later opens nothing.

    :raises Absent: nothing was filed with it
    :raises TooLate: it was fetched more than thirty minutes ago, or not within a day
    """
    request = _found(token, FiledRequest.objects.select_for_update(of=("self",), no_key=True), at)
    if request.collected_at is None:
        request.collected_at = at
        request.save(update_fields=["collected_at"])
    return Receipt(request.case, request.case.number, code_for(request.case, token), again=True)


def _found(token: str, rows: "QuerySet[FiledRequest]", at: datetime) -> FiledRequest:
    request = rows.select_related("case").filter(case__filing_token__token_hash=codes.hash_token(token)).first()
    if request is None:
        raise Absent
    since, for_so_long = request.case.received_at, COLLECTED_WITHIN
    if request.collected_at is not None:
        since, for_so_long = request.collected_at, codes.RECEIPT_AGAIN
    if at - since > for_so_long:
        raise TooLate(_("Number and code can no longer be fetched here."))
    return request
