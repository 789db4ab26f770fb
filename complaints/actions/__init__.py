"""
The verbs of case handling: each is one function and one transaction, called alike by pages, admin and machines.

Whoever acts comes in as ``by``, the moment as ``at``, the version of the page on which the decision was made as
``version``. Every refusal is a ``Refused`` with a message for people and, where there is one, the field it belongs to.
"""

import sys
from collections.abc import Callable
from typing import Any

from complaints.actions.closing import archive, close, order_rework, report
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
from complaints.actions.handling import record_contact, return_to_office, sign_in, transfer
from complaints.actions.identity import Identity, masked, others_of_same_person, reveal
from complaints.actions.joining import answer_part, join, sign_in_part, usual_days, withdraw_part
from complaints.actions.judging import evaluate, record_follow_up, urge, urgeable, withdraw
from complaints.actions.originals import Original, open_original
from complaints.actions.pausing import ask_extension, extend, resume, suspend
from complaints.actions.reception import accept, answer_on_spot, link_person, redirect, reject
from complaints.actions.recusal import declare_recusal, declare_recusal_in_part, pass_on_assignments
from complaints.actions.replying import approve_reply, propose_reply, return_reply, save_draft
from complaints.actions.reviewing import ask_final, ask_review, decide_final, decide_review, decisions_for
from complaints.actions.submission import instruct, register, submit
from complaints.actions.supervising import answer_supervision, order_supervision
from complaints.actions.supplementing import ask_supplement, lapse_supplements, supplement
from complaints.refusals import Absent, Invalid, NotAllowed, NotInState, Refused, StaleCase, TooEarly, TooLate


def verb(name: str) -> Callable[..., Any]:
    """
    Return the function of the step that the table calls ``name``; alike but for a word of Python.

    :raises AttributeError: there is no such function
    """
    function: Callable[..., Any] = getattr(sys.modules[__name__], "return_to_office" if name == "return" else name)
    return function


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
    "answer_on_spot",
    "answer_part",
    "answer_supervision",
    "approve_reply",
    "archive",
    "ask_extension",
    "ask_final",
    "ask_review",
    "ask_supplement",
    "close",
    "decide_final",
    "decide_review",
    "decisions_for",
    "declare_recusal",
    "declare_recusal_in_part",
    "erase_identities",
    "evaluate",
    "extend",
    "file_case",
    "instruct",
    "join",
    "lapse_supplements",
    "link_person",
    "masked",
    "open_original",
    "open_tracking",
    "order_rework",
    "order_supervision",
    "others_of_same_person",
    "pass_on_assignments",
    "propose_reply",
    "receipt_of",
    "record_contact",
    "record_follow_up",
    "redirect",
    "register",
    "reject",
    "report",
    "resume",
    "return_reply",
    "return_to_office",
    "reveal",
    "save_draft",
    "sent_before",
    "sign_in",
    "sign_in_part",
    "submit",
    "supplement",
    "suspend",
    "transfer",
    "urge",
    "urgeable",
    "usual_days",
    "verb",
    "withdraw",
    "withdraw_part",
]
