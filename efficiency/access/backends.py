"""Who logs in with a password, and what Django's own questions about rights are answered with."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend
from django.db import models

from efficiency.access.may import MATRIX, may

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User


class TenureBackend(ModelBackend):
    """
    Passwords as Django checks them; rights from running tenures alone.

    A permission is the name of an action of the access matrix (``case.accept``). Every other name, Django's own
    included, is refused; ``is_superuser``, groups and stored permissions are never looked at (docs/trust.md S-06).
    """

    def has_perm(self, user_obj: "User | AnonymousUser", perm: str, obj: models.Model | None = None) -> bool:
        """Say whether the matrix allows the action ``perm`` (to ``obj``) from a running tenure."""
        return perm in MATRIX and may(user_obj, perm, obj)

    def has_module_perms(self, user_obj: "User | AnonymousUser", app_label: str) -> bool:
        """Say no: what an app shows is decided model by model."""
        return False

    def get_user_permissions(self, user_obj: "User | AnonymousUser", obj: models.Model | None = None) -> set[str]:
        """Return nothing: no right is given to an account."""
        return set()

    def get_group_permissions(self, user_obj: "User | AnonymousUser", obj: models.Model | None = None) -> set[str]:
        """Return nothing: there are no groups here."""
        return set()

    def get_all_permissions(self, user_obj: "User | AnonymousUser", obj: models.Model | None = None) -> set[str]:
        """Return the actions that the running tenures give."""
        return {action for action in MATRIX if may(user_obj, action, obj)}

    def with_perm(self, *args: Any, **kwargs: Any) -> Any:
        """
        Refuse to list accounts by stored permission.

        :raises NotImplementedError: always; ask tenures instead
        """
        raise NotImplementedError("Rights come from tenures, never from stored permissions.")
