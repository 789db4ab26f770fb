"""Everything that is done with documents; pages, tasks and other parts call these and nothing behind them."""

from disclosure.documents.automatic import publish_as_source, withdraw_as_source
from disclosure.documents.deciding import ALL_POINTS, Points, approve, check_source, review, send_back
from disclosure.documents.drafting import Content, begin_version, change, discard, draft
from disclosure.documents.publishing import publish_due, repeal, withdraw
from disclosure.documents.refusals import Changed, HoldsNumbers, Invalid, NotAllowed, NotInState
from efficiency.refusals import Refused

__all__ = [
    "ALL_POINTS",
    "Changed",
    "Content",
    "HoldsNumbers",
    "Invalid",
    "NotAllowed",
    "NotInState",
    "Points",
    "Refused",
    "approve",
    "begin_version",
    "change",
    "check_source",
    "discard",
    "draft",
    "publish_as_source",
    "publish_due",
    "repeal",
    "review",
    "send_back",
    "withdraw",
    "withdraw_as_source",
]
