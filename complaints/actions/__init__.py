"""
The verbs of case handling: each is one function and one transaction, called alike by pages, admin and machines.

Whoever acts comes in as ``by``, the moment as ``at``, the version of the page on which the decision was made as
``version``. Every refusal is a ``Refused`` with a message for people and, where there is one, the field it belongs to.
"""

import sys
from collections.abc import Callable
from typing import Any

from complaints.actions.acting import event_of
from complaints.actions.asking import answer_question, ask_question, lapse_questions
from complaints.actions.assigning import Moved, assign, assign_all, hand_over, handlers_of, in_hands_of
from complaints.actions.chasing import Chased, chase, chase_all
from complaints.actions.closing import (
    archive,
    close,
    order_rework,
    put_away_ended,
    report,
    report_up,
    tell_of_inquiry,
)
from complaints.actions.collecting import collect, collectable
from complaints.actions.digesting import write_digests, write_digests_of_looks
from complaints.actions.drafting import Written, clean_up_forms, drop_form, has_taken, keep_form, kept_form
from complaints.actions.erasing import erase_files, erase_identities, erase_papers, list_erasures, replay_erasures
from complaints.actions.exporting import Export, export_cases
from complaints.actions.filing import (
    MOST_REPRESENTATIVES,
    ByMail,
    Intake,
    NobodyReceives,
    Receipt,
    Sent,
    file_case,
    open_tracking,
    receipt_of,
    sent_before,
)
from complaints.actions.filters import filters_of, remove_filter, save_filter
from complaints.actions.finality import Final, final_before, same_facts
from complaints.actions.finding import Found, find_by_contact, may_find
from complaints.actions.forgetting import erase_texts
from complaints.actions.guiding import save_entry, save_template, template_text
from complaints.actions.handling import record_contact, return_to_office, sign_in, transfer
from complaints.actions.identity import Identity, masked, others_of_same_person, reveal
from complaints.actions.joining import answer_part, join, sign_in_part, usual_days, withdraw_part
from complaints.actions.judging import evaluate, record_follow_up, urge, urgeable, withdraw
from complaints.actions.mailing import erase_letters, open_letter, refused_files, settle, try_again
from complaints.actions.merging import merge, offered, pass_facts, split
from complaints.actions.organ_as_such import link_organ
from complaints.actions.originals import Original, open_original
from complaints.actions.own_motion import take_up
from complaints.actions.pausing import (
    ask_extension,
    ask_suspension,
    extend,
    keep_suspended,
    lapse_extensions,
    lapse_suspensions,
    refuse_extension,
    refuse_suspension,
    resume,
    suspend,
)
from complaints.actions.personal import (
    OwnCopy,
    ask_erasure,
    confirm_contact,
    correct_contact,
    deny_contact,
    drop_denial,
    grant_erasure,
    hide_identity,
    own_copy,
    refuse_erasure,
    uphold_denial,
)
from complaints.actions.publishing import (
    PublicText,
    propose_publication,
    public_text_of,
    publish,
    return_publication,
    withdraw_publication,
)
from complaints.actions.receiving import name_receiver, receive
from complaints.actions.reception import (
    accept,
    answer_at_reception,
    answer_on_spot,
    clear_spam,
    link_person,
    redirect,
    reject,
)
from complaints.actions.recusal import (
    declare_recusal,
    declare_recusal_in_part,
    pass_on_assignments,
    recuse_person,
)
from complaints.actions.renewing import NewCode, ask_new_code, issue_new_code, refuse_new_code
from complaints.actions.replying import (
    add_reply_files,
    approve_reply,
    check_reply,
    propose_reply,
    remove_reply_file,
    return_reply,
    save_draft,
    settle_checks,
)
from complaints.actions.retaining import is_held, lift_hold, place_hold
from complaints.actions.reviewing import ask_final, ask_review, decide_final, decide_review, decisions_for
from complaints.actions.submission import instruct, register, submit
from complaints.actions.subscribing import calendar_of, end_calendar, owner_of_calendar, renew_calendar
from complaints.actions.summarising import write_summary
from complaints.actions.supervising import answer_supervision, order_supervision
from complaints.actions.supplementing import add_material, ask_supplement, lapse_supplements, supplement
from complaints.actions.unclear import report_unclear
from complaints.refusals import (
    Absent,
    Invalid,
    NotAllowed,
    NotAsked,
    NotInState,
    Refused,
    StaleCase,
    TooEarly,
    TooLate,
    TooOften,
    WrongCode,
)


def verb(name: str) -> Callable[..., Any]:
    """
    Return the function of the step that the table calls ``name``; alike but for a word of Python.

    :raises AttributeError: there is no such function
    """
    function: Callable[..., Any] = getattr(sys.modules[__name__], "return_to_office" if name == "return" else name)
    return function


__all__ = [
    "MOST_REPRESENTATIVES",
    "Absent",
    "ByMail",
    "Chased",
    "Export",
    "Final",
    "Found",
    "Identity",
    "Intake",
    "Invalid",
    "Moved",
    "NewCode",
    "NobodyReceives",
    "NotAllowed",
    "NotAsked",
    "NotInState",
    "Original",
    "OwnCopy",
    "PublicText",
    "Receipt",
    "Refused",
    "Sent",
    "StaleCase",
    "TooEarly",
    "TooLate",
    "TooOften",
    "Written",
    "WrongCode",
    "accept",
    "add_material",
    "add_reply_files",
    "answer_at_reception",
    "answer_on_spot",
    "answer_part",
    "answer_question",
    "answer_supervision",
    "approve_reply",
    "archive",
    "ask_erasure",
    "ask_extension",
    "ask_final",
    "ask_new_code",
    "ask_question",
    "ask_review",
    "ask_supplement",
    "ask_suspension",
    "assign",
    "assign_all",
    "calendar_of",
    "chase",
    "chase_all",
    "check_reply",
    "clean_up_forms",
    "clear_spam",
    "close",
    "collect",
    "collectable",
    "confirm_contact",
    "correct_contact",
    "decide_final",
    "decide_review",
    "decisions_for",
    "declare_recusal",
    "declare_recusal_in_part",
    "deny_contact",
    "drop_denial",
    "drop_form",
    "end_calendar",
    "erase_files",
    "erase_identities",
    "erase_letters",
    "erase_papers",
    "erase_texts",
    "evaluate",
    "event_of",
    "export_cases",
    "extend",
    "file_case",
    "filters_of",
    "final_before",
    "find_by_contact",
    "grant_erasure",
    "hand_over",
    "handlers_of",
    "has_taken",
    "hide_identity",
    "in_hands_of",
    "instruct",
    "is_held",
    "issue_new_code",
    "join",
    "keep_form",
    "keep_suspended",
    "kept_form",
    "lapse_extensions",
    "lapse_questions",
    "lapse_supplements",
    "lapse_suspensions",
    "lift_hold",
    "link_organ",
    "link_person",
    "list_erasures",
    "masked",
    "may_find",
    "merge",
    "name_receiver",
    "offered",
    "open_letter",
    "open_original",
    "open_tracking",
    "order_rework",
    "order_supervision",
    "others_of_same_person",
    "own_copy",
    "owner_of_calendar",
    "pass_facts",
    "pass_on_assignments",
    "place_hold",
    "propose_publication",
    "propose_reply",
    "public_text_of",
    "publish",
    "put_away_ended",
    "receipt_of",
    "receive",
    "record_contact",
    "record_follow_up",
    "recuse_person",
    "redirect",
    "refuse_erasure",
    "refuse_extension",
    "refuse_new_code",
    "refuse_suspension",
    "refused_files",
    "register",
    "reject",
    "remove_filter",
    "remove_reply_file",
    "renew_calendar",
    "replay_erasures",
    "report",
    "report_unclear",
    "report_up",
    "resume",
    "return_publication",
    "return_reply",
    "return_to_office",
    "reveal",
    "same_facts",
    "save_draft",
    "save_entry",
    "save_filter",
    "save_template",
    "sent_before",
    "settle",
    "settle_checks",
    "sign_in",
    "sign_in_part",
    "split",
    "submit",
    "supplement",
    "suspend",
    "take_up",
    "tell_of_inquiry",
    "template_text",
    "transfer",
    "try_again",
    "uphold_denial",
    "urge",
    "urgeable",
    "usual_days",
    "verb",
    "withdraw",
    "withdraw_part",
    "withdraw_publication",
    "write_digests",
    "write_digests_of_looks",
    "write_summary",
]
