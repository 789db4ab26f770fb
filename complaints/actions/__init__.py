"""
The verbs of case handling: each is one function and one transaction, called alike by pages, admin and machines.

Whoever acts comes in as ``by``, the moment as ``at``, the version of the page on which the decision was made as
``version``. Every refusal is a ``Refused`` with a message for people and, where there is one, the field it belongs to.
"""

from complaints.actions.closing import archive, close, report
from complaints.actions.erasing import erase_identities
from complaints.actions.filing import (
    NobodyReceives,
    Receipt,
    Sent,
    file_case,
    open_tracking,
    receipt_of,
    sent_before,
)
from complaints.actions.handling import record_contact, sign_in, transfer
from complaints.actions.identity import Identity, masked, others_of_same_person, reveal
from complaints.actions.judging import evaluate, record_follow_up, urge, urgeable
from complaints.actions.originals import Original, open_original
from complaints.actions.reception import accept, link_person, reject
from complaints.actions.recusal import declare_recusal, pass_on_assignments
from complaints.actions.replying import approve_reply, propose_reply, return_reply, save_draft
from complaints.actions.submission import instruct, register, submit
from complaints.actions.supervising import answer_supervision, order_supervision
from complaints.refusals import Absent, Invalid, NotAllowed, NotInState, Refused, StaleCase, TooEarly, TooLate

__all__ = [
    "Absent",
    "Identity",
    "Invalid",
    "NobodyReceives",
    "NotAllowed",
    "NotInState",
    "Original",
    "Receipt",
    "Refused",
    "Sent",
    "StaleCase",
    "TooEarly",
    "TooLate",
    "accept",
    "answer_supervision",
    "approve_reply",
    "archive",
    "close",
    "declare_recusal",
    "erase_identities",
    "evaluate",
    "file_case",
    "instruct",
    "link_person",
    "masked",
    "open_original",
    "open_tracking",
    "order_supervision",
    "others_of_same_person",
    "pass_on_assignments",
    "propose_reply",
    "receipt_of",
    "record_contact",
    "record_follow_up",
    "register",
    "reject",
    "report",
    "return_reply",
    "reveal",
    "save_draft",
    "sent_before",
    "sign_in",
    "submit",
    "transfer",
    "urge",
    "urgeable",
]
