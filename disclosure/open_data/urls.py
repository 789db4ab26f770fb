"""Addresses of open data; they stay (docs/architecture.md)."""

from django.urls import path

from disclosure.open_data import views

urlpatterns = [
    path("", views.index, name="data_index"),
    path("catalog.jsonld", views.catalogue, name="data_catalogue"),
    path("datapackage.json", views.package, name="data_package"),
    path("<slug:name>/", views.dataset_page, name="data_dataset"),
    path("<slug:name>.csv", views.csv_file, name="data_csv"),
    path("<slug:name>.json", views.json_file, name="data_json"),
    path("<slug:name>.schema.json", views.schema, name="data_schema"),
    path("<slug:name>.dictionary.csv", views.dictionary, name="data_dictionary"),
]
