"""Addresses of the overview, in the namespace ``supervision``."""

from django.urls import URLPattern, URLResolver, path

from supervision.desk import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("supervision/", views.overview, name="overview"),
    path("supervision/overview.pdf", views.overview_pdf, name="overview_pdf"),
    path("supervision/tables/<slug:name>/", views.export_table, name="overview_table"),
    path("supervision/blocks/<slug:key>/", views.overview_block, name="overview_block"),
    path("supervision/definitions/", views.definitions_page, name="figure_definitions"),
    path("supervision/figures/<slug:name>/", views.figure_page, name="figure"),
    path("supervision/figures/<slug:name>/rows/", views.figure_rows, name="figure_rows"),
    path("supervision/figures/<slug:name>/order/", views.figure_order, name="figure_order"),
    path("supervision/exports/", views.exports, name="exports"),
    path("supervision/exports/<int:pk>/", views.export_file, name="export"),
    path("supervision/views/", views.views, name="views"),
    path("supervision/views/<int:pk>/remove/", views.remove_view, name="remove_view"),
]
