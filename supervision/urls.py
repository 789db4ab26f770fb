"""Addresses of the efficiency office and the home page."""

app_name = "supervision"
urlpatterns: list = []
