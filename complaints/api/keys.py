"""Who speaks: the key of a system, in the header ``Authorization: Bearer …`` (docs/trust.md R-02)."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja.security import HttpBearer

from complaints.api.answers import Refused
from efficiency.keys import checking
from efficiency.keys.models import ApiKey


class BearerKey(HttpBearer):
    """
    Let in whoever has a key with a scope, so often a minute.

    A key that is unknown, revoked or past its end gets one and the same answer.
    """

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiKey:
        """Return the key of the request; without one the answer is that of a wrong one."""
        word, _space, text = request.headers.get(self.header, "").partition(" ")
        return self.authenticate(request, text if word.lower() == self.openapi_scheme else "")

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """
        Return the key that was sent.

        :raises Refused: 401 no such key, 403 it does not reach this far, 429 used too often
        """
        try:
            return checking.check(token, self.scope, at=timezone.now())
        except checking.OutOfScope as refusal:
            raise Refused(403, "out_of_scope", _("The key may not do this.")) from refusal
        except checking.TooOften as refusal:
            raise Refused(
                429,
                "too_often",
                _("The key was used too often: please wait."),
                {"Retry-After": str(refusal.seconds)},
            ) from refusal
        except checking.KeyRefused as refusal:
            raise Refused(
                401, "no_key", _("The key is missing or does not work."), {"WWW-Authenticate": "Bearer"}
            ) from refusal
