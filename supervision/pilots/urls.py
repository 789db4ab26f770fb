"""Addresses of this part, in the namespace ``supervision``."""

from django.urls import URLPattern, URLResolver, path

from supervision.pilots import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("pilots/", views.pilot_list, name="pilot_list"),
    path("pilots/<int:pk>/", views.pilot_page, name="pilot_page"),
    path("supervision/pilots/", views.overview, name="pilots"),
]
