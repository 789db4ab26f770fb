"""Case handling in the back office: the queue, the list, the page of a case and of each step, filing for others."""

from django.utils.translation import gettext_lazy as _

from complaints.admin import case, guidance, part, queue
from complaints.deadlines import COMPLEX, URGENT
from complaints.enums import Complexity, Kind
from efficiency.admin.limits import name_variants

name_variants({kind.value: kind.label for kind in Kind} | {COMPLEX: Complexity.COMPLEX.label, URGENT: _("urgent")})

__all__ = ["case", "guidance", "part", "queue"]
