"""Case handling in the back office: the queue, the list, the page of a case and of each step, filing for others."""

from complaints.admin import case, guidance, part, queue
from complaints.deadlines import COMPLEX
from complaints.enums import Complexity, Kind
from efficiency.admin.limits import name_variants

name_variants({kind.value: kind.label for kind in Kind} | {COMPLEX: Complexity.COMPLEX.label})

__all__ = ["case", "guidance", "part", "queue"]
