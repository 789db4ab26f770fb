"""
The first people of a portal in service.

Tenures need two persons (docs/trust.md Z-11), so the first two cannot come about that way: an operator with access to
the database names a system administrator and an officer of the efficiency office, once, and it is on record.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from efficiency.access.models import User
from efficiency.access.plain import plain_name
from efficiency.accounts import path_to_set_password
from efficiency.audit.records import record
from efficiency.organs.models import Post, Role, Tenure

REASON = "开通时设立"


class CannotFound(Exception):
    """The first people cannot be named like this; the message says why."""


@dataclass(frozen=True, slots=True)
class First:
    """One of the first people: account, name, and the code of the post."""

    username: str
    full_name: str
    post: str


@transaction.atomic
def found(administrator: First, officer: First, *, at: datetime) -> list[str]:
    """
    Give the two their posts from today on, and return for each the path of the page on which to set a password.

    :raises CannotFound: somebody holds a post already, a post is not of that office, or the two are one person
    """
    if Tenure.objects.exists():
        raise CannotFound("Somebody holds a post already: the administrator proposes, the efficiency office confirms.")
    if administrator.username == officer.username or plain_name(administrator.full_name) == plain_name(
        officer.full_name
    ):
        raise CannotFound("Administrator and officer are two persons: each is there to watch the other.")
    return [
        _appoint(administrator, Role.SYSTEM_ADMINISTRATOR, at),
        _appoint(officer, Role.OFFICE_OFFICER, at),
    ]


def _appoint(first: First, role: Role, at: datetime) -> str:
    post = Post.objects.filter(code=first.post).first()
    if post is None:
        raise CannotFound(f"There is no post {first.post}.")
    if post.role != role:
        raise CannotFound(f"The post {first.post} has the role {post.role or 'none'}; it needs {role.value}.")
    if User.objects.filter(username=first.username).exists():
        raise CannotFound(f"The account {first.username} is there already.")
    user = User(
        username=first.username, full_name=first.full_name, is_staff=True, date_joined=at, password_changed_at=at
    )
    user.set_unusable_password()
    user.save()
    tenure = Tenure.objects.create(user=user, post=post, since=timezone.localdate(at), reason=REASON)
    record("tenure.first", actor=None, obj=tenure, at=at)
    return path_to_set_password(user)
