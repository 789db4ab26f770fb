"""Addresses of fault accountability."""

from django.urls import URLPattern, URLResolver, path

from accountability.corrections import views as corrections
from accountability.faults import views as faults
from accountability.papers import views as papers

app_name = "accountability"
urlpatterns: list[URLPattern | URLResolver] = [
    path("supervision/corrections/", corrections.overview, name="corrections"),
    path("supervision/corrections/export/", corrections.export, name="corrections_export"),
    path("supervision/faults/", faults.board, name="faults"),
    path("verify/", papers.verify, name="verify"),
]
