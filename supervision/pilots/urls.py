"""Addresses of this part, in the namespace ``supervision``."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
