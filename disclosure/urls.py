"""Addresses of disclosure (docs/architecture.md)."""

from django.urls import include, path

app_name = "disclosure"
urlpatterns: list = [
    path("disclosure/completeness/", include("disclosure.catalogue.urls")),
]
