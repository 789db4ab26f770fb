"""Addresses of disclosure (docs/architecture.md)."""

from django.urls import include, path

app_name = "disclosure"
urlpatterns = [
    path("", include("disclosure.requests.urls")),
]
