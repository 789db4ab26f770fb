"""Addresses of disclosure (docs/architecture.md)."""

from django.urls import include, path

app_name = "disclosure"
urlpatterns = [
    path("disclosure/data/", include("disclosure.open_data.urls")),
    path("disclosure/completeness/", include("disclosure.catalogue.urls")),
    path("", include("disclosure.public.urls")),
    path("", include("disclosure.requests.urls")),
]
