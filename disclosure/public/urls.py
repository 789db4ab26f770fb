"""Addresses of the public pages of disclosure; those of a document never change."""

from django.urls import path

from disclosure.public import feed, views

urlpatterns = [
    path("disclosure/", views.document_list, name="list"),
    path("disclosure/feed/", feed.feed, name="feed"),
    path("disclosure/<int:key>/", views.document, name="document"),
    path("disclosure/<int:key>/files/<int:position>/", views.file, name="file"),
    path("disclosure/<int:key>/versions/<int:number>/", views.version, name="version"),
    path("disclosure/<int:key>/versions/<int:number>/comparison/", views.comparison, name="comparison"),
    path("disclosure/<int:key>/versions/<int:number>/files/<int:position>/", views.file, name="version_file"),
]
