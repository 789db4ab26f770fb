"""Addresses of completeness, below ``/disclosure/completeness/``."""

from django.urls import path

from disclosure.catalogue import views

urlpatterns = [
    path("", views.overview, name="completeness"),
    path("rows/", views.rows, name="completeness_rows"),
    path("<slug:code>/", views.organ_page, name="completeness_organ"),
]
