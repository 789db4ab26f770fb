"""The models of fault accountability: one app label, one chain of migrations, as they point at each other."""

from accountability.models.cards import Card
from accountability.models.sanctions import Clause, Sanction, SanctionClause, SanctionEvent

__all__ = ["Card", "Clause", "Sanction", "SanctionClause", "SanctionEvent"]
