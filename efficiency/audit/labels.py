"""
What recorded acts are called: ``case.reveal`` is a name for programs, the auditor reads words.

The apps register what they record; an act of a form (``organ.change``) is put together from the model and the verb.
"""

from django.apps import apps
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

_labels: dict[str, Lazy | str] = {
    "account.choose_channels": gettext_lazy("choose how to be told"),
    "account.close": gettext_lazy("close an account"),
    "account.end_calendar": gettext_lazy("end the address of the own calendar"),
    "account.identity": gettext_lazy("change whose account it is"),
    "account.log_in": gettext_lazy("log in"),
    "account.log_out": gettext_lazy("log out"),
    "account.open": gettext_lazy("open an account"),
    "account.password": gettext_lazy("set the own password"),
    "account.renew_calendar": gettext_lazy("make an address for the own calendar"),
    "account.way_in": gettext_lazy("make a one-time link"),
    "api_key.issue": gettext_lazy("make an API key"),
    "api_key.revoke": gettext_lazy("revoke an API key"),
    "api_key.rotate": gettext_lazy("put an API key anew"),
    "audit.read": gettext_lazy("read the audit record"),
    "calendar.confirm": gettext_lazy("confirm a year of the calendar"),
    "calendar.propose": gettext_lazy("propose a year of the calendar"),
    "calendar.withdraw": gettext_lazy("withdraw a proposal for the calendar"),
    "deadline.extend": gettext_lazy("extend a promise"),
    "deadline.release": gettext_lazy("take up again a promise that was set aside"),
    "deadline.resume": gettext_lazy("let a promise run again"),
    "deadline.suspend": gettext_lazy("suspend a promise"),
    "absence.end": gettext_lazy("end an absence"),
    "absence.record": gettext_lazy("record an absence"),
    "counterpart.approve": gettext_lazy("approve another counterpart of a post"),
    "counterpart.propose": gettext_lazy("put another counterpart of a post"),
    "counterpart.refuse": gettext_lazy("refuse another counterpart of a post"),
    "keys.rotate": gettext_lazy("seal with the newest key"),
    "letter.issue": gettext_lazy("issue responsibility letters"),
    "letter.sign": gettext_lazy("sign a responsibility letter"),
    "letter.void": gettext_lazy("make a responsibility letter void"),
    "limit.set": gettext_lazy("set a limit"),
    "list.export": gettext_lazy("export a list of organs, posts or duties"),
    "list.import": gettext_lazy("import a list of organs, posts or duties"),
    "organ.hand_over": gettext_lazy("hand an organ over to the one that follows"),
    "record.black_out": gettext_lazy("black out a text of the record"),
    "message.resend": gettext_lazy("send a dead letter again"),
    "tenure.confirm": gettext_lazy("confirm a tenure or its end"),
    "tenure.end": gettext_lazy("propose the end of a tenure"),
    "tenure.first": gettext_lazy("appoint the first two people"),
    "post.review_risks": gettext_lazy("review the risk points of a post"),
    "tenure.propose": gettext_lazy("propose a tenure"),
    "tenure.propose_end": gettext_lazy("propose the end of a tenure"),
    "tenure.refuse": gettext_lazy("refuse a proposal for a tenure"),
}
# Verbs of forms and lists, which any model may have.
VERBS: dict[str, Lazy | str] = {
    "add": pgettext_lazy("verb of a form", "add"),
    "change": pgettext_lazy("verb of a form", "change"),
    "changelist": pgettext_lazy("verb of a form", "open the list"),
    "delete": pgettext_lazy("verb of a form", "delete"),
    "history": pgettext_lazy("verb of a form", "look at the history"),
}
# A refusal is recorded under the model of the page, the act itself under the word of the field.
SAME = {
    "apikey": "api_key",
    "user": "account",
    "tenurechange": "tenure",
    "calendaryear": "calendar",
    "counterpartchange": "counterpart",
}


def register_label(action: str, label: Lazy | str) -> None:
    """Say what a recorded act is called."""
    _labels[action] = label


def label_of(action: str) -> str:
    """Return what a recorded act is called; its name where nobody said it."""
    model_name, _dot, verb = action.partition(".")
    label = _labels.get(action) or _labels.get(f"{SAME.get(model_name, model_name)}.{verb}")
    if label:
        return str(label)
    about = next((model._meta.verbose_name for model in apps.get_models() if model._meta.model_name == model_name), "")
    if verb in VERBS and about:
        return _("%(label)s: %(value)s") % {"label": about, "value": VERBS[verb]}
    return action


def label_of_type(object_type: str) -> str:
    """Return what objects of a type such as ``complaints.case`` are called; the type where there is no such model."""
    try:
        return str(apps.get_model(object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return object_type


def labelled() -> list[tuple[str, str]]:
    """Return the registered acts with their words, in the order of these."""
    return sorted(((action, str(label)) for action, label in _labels.items()), key=lambda pair: pair[1])
