"""Addresses of disclosure (docs/architecture.md)."""

from django.urls import include, path

app_name = "disclosure"
<<<<<<< HEAD
urlpatterns = [
    path("", include("disclosure.public.urls")),
=======
urlpatterns: list = [
    path("disclosure/completeness/", include("disclosure.catalogue.urls")),
>>>>>>> h-documents
]
