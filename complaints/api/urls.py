"""Addresses of the interface, below ``/api/v1/`` (contract: docs/architecture.md)."""

from complaints.api.site import api

app_name = api.urls_namespace
urlpatterns = api.urls[0]
