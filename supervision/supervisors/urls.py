"""Addresses of this part, in the namespace ``supervision``."""

from django.urls import URLPattern, URLResolver, path

from supervision.supervisors import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("supervisors/", views.supervisor_list, name="supervisor_list"),
    path("supervisors/own/", views.own, name="own"),
    path("supervisors/own/new/", views.own_new, name="own_new"),
    path("supervisors/own/<int:pk>/", views.own_observation, name="own_observation"),
    path("supervisors/own/<int:pk>/files/<int:position>/", views.own_file, name="own_file"),
    path("supervisors/own/<int:pk>/files/<int:position>/small/", views.own_small, name="own_small"),
    path("supervisors/own/gatherings/<int:pk>/", views.own_gathering, name="own_gathering"),
    path(
        "supervisors/own/gatherings/<int:pk>/files/<int:position>/",
        views.own_gathering_file,
        name="own_gathering_file",
    ),
    path("supervisors/about/<slug:kind>/<int:pk>/", views.about, name="about"),
    path("supervision/supervisors/", views.overview, name="supervisors"),
]
