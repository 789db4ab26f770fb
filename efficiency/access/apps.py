"""The admin site of the portal as Django's default admin site."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """Use the portal's admin site everywhere ``admin.site`` is used."""

    default_site = "efficiency.access.admin.PortalAdminSite"

    def ready(self) -> None:
        """Find the admin modules of the apps and watch log-ins."""
        from efficiency.access import sessions

        super().ready()
        sessions.watch()
