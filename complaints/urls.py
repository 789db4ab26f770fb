"""Addresses of the public pages of cases."""

app_name = "complaints"
urlpatterns: list = []
