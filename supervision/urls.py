"""Addresses of the efficiency office and the home page."""

from django.urls import path

from supervision.views import home

app_name = "supervision"
urlpatterns = [
    path("", home.home, name="home"),
]
