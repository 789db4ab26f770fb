"""Who may still know of what a message is about, asked when it is shown and when it is sent (docs/trust.md Z-15)."""

from collections import defaultdict
from collections.abc import Sequence

from efficiency.outbox import registry
from efficiency.outbox.models import Message


def may_know(pairs: Sequence[tuple[int, Message]]) -> set[tuple[int, int]]:
    """
    Return, of pairs (user id, message), those in which the person may know of the subject, as (user id, message id).

    One question for each type of subject; a type that nobody registered is known to nobody.
    """
    by_type: dict[str, list[tuple[int, Message]]] = defaultdict(list)
    for user_id, message in pairs:
        by_type[message.subject_type].append((user_id, message))
    allowed = {(user_id, message.pk) for user_id, message in by_type.pop("", [])}
    for subject_type, group in by_type.items():
        subject = registry.subject(subject_type)
        if subject is None:
            continue
        known = subject.may_know(
            {user_id for user_id, _ in group}, {message.subject_id for _, message in group if message.subject_id}
        )
        allowed |= {(user_id, message.pk) for user_id, message in group if (user_id, message.subject_id) in known}
    return allowed
