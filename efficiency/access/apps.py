"""The admin site of the portal as Django's default admin site."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """Use the portal's admin site everywhere ``admin.site`` is used."""

    default_site = "efficiency.access.admin.PortalAdminSite"

    def ready(self) -> None:
        """Find the admin modules of the apps and watch log-ins."""
        from django.contrib.admin.templatetags import admin_list

        from efficiency.access import icons, sessions

        super().ready()
        # Django offers no other place for it; all of its lists and forms look the icon up here.
        admin_list._boolean_icon = icons.boolean_icon  # type: ignore[attr-defined]  # Django's own, without a stub
        sessions.watch()
