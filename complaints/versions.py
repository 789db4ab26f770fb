"""When a page counts as stale: not because of drafts that the same person saved from it, nor because it was chased."""

from complaints.models import Case
from efficiency.access.models import User


def version_for(case: Case, version: int, by: User) -> int:
    """
    Return the version to act with from a page opened at ``version``.

    Every saved draft is an event of the case; where all that happened since are drafts of ``by``, the page is not
    stale: the editor saves by itself every few seconds. Nor is it by a reminder, which changes nothing of the case.
    Anything else leaves the version as it was, so that the action refuses it. The action looks at the version again
    under its lock.
    """
    drafting = ("save_draft", "add_reply_files", "remove_reply_file")
    since = list(case.events.filter(number__gt=version).order_by("number").values_list("action", "actor_id", "number"))
    if since and all(
        action == "chase" or (action in drafting and actor_id == by.pk) for action, actor_id, _number in since
    ):
        return since[-1][2]
    return version
