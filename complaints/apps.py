"""The app of service commitments: cases and how they are handled."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    """Registers what the cases promise and who may see them."""

    name = "complaints"
    verbose_name = _("complaints and requests")

    def ready(self) -> None:
        """Tell the foundation what cases promise, who stands to them, who is told of them, and what must hold."""
        from complaints import deadlines, invariants, messages, relations
        from complaints.models import Assistance, Case
        from complaints.views.filing import give_back
        from efficiency.access.may import register_relation
        from efficiency.access.rows import register_rows
        from efficiency.pages.views import gives_back

        register_relation(Case, relations.seats_to)
        # Of a case one may know the header alone; whoever shows text asks ``visible_to`` itself.
        register_rows(Case, Case.objects.headers_visible_to)
        register_relation(Assistance, relations.seats_to_part)
        register_rows(Assistance, Assistance.objects.headers_visible_to)
        deadlines.register_kinds()
        messages.register()
        invariants.register()
        gives_back("complaints:new", give_back)
