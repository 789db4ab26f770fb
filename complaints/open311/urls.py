"""Addresses of Open311 (contract: docs/architecture.md). The ending of each names the format of the answer."""

from django.urls import path, register_converter

from complaints.open311 import views

app_name = "open311"


class Suffix:
    """The format at the end of an address, which may be missing."""

    regex = r"(?:\.(?:json|xml))?"

    def to_python(self, value: str) -> str:
        """Return the ending without its dot."""
        return value.removeprefix(".")

    def to_url(self, value: str) -> str:
        """Return the ending as it stands in an address."""
        return f".{value}" if value else ""


class Key:
    """A code or an id, as far as the ending."""

    regex = r"[^/]+?"

    def to_python(self, value: str) -> str:
        """Return it as it stands there."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it stands in an address."""
        return value


class Rest(Key):
    """Whatever follows, lines and all."""

    regex = r"(?s:.+)"


register_converter(Suffix, "suffix")
register_converter(Key, "key")
register_converter(Rest, "rest")

urlpatterns = [
    path("receipt/<slug:token>/", views.collect, name="collect"),
    path("discovery<suffix:suffix>", views.discovery, name="discovery_above"),
    path("v2/", views.discovery, name="root"),
    path("v2/discovery<suffix:suffix>", views.discovery, name="discovery"),
    path("v2/services<suffix:suffix>", views.services, name="services"),
    path("v2/services/<key:code><suffix:suffix>", views.service, name="service"),
    path("v2/requests<suffix:suffix>", views.requests, name="requests"),
    path("v2/requests/<key:slug><suffix:suffix>", views.request, name="request"),
    path("v2/tokens/<key:token><suffix:suffix>", views.token, name="token"),
    # So that whatever else is asked for gets its error in the format of the standard too.
    path("v2/<rest:rest>", views.unknown, name="unknown"),
]
