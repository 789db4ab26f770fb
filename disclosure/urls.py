"""Addresses of disclosure (docs/architecture.md)."""

app_name = "disclosure"
urlpatterns: list = []
