"""Addresses of this part, in the namespace ``supervision``."""

from django.urls import URLPattern, URLResolver, path

from supervision.inspections import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("supervision/inspections/", views.overview, name="inspections"),
    path("supervision/inspections/export/", views.export, name="inspections_export"),
    path("supervision/inspections/rows/<slug:what>/", views.rows, name="inspection_rows"),
]
