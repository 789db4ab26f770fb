"""What must hold for messages after any fault (docs/trust.md I-09)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant

# A lease runs out after ten minutes, and the next sender takes it again.
ASTRAY = """
SELECT count(*) FROM efficiency_message
 WHERE (state = 'leased' AND (leased_until IS NULL OR leased_until < now() - interval '10 minutes'))
    OR (state IN ('waiting', 'leased') AND next_try_at IS NULL)
    OR (state IN ('sent', 'dead', 'withheld') AND next_try_at IS NOT NULL)
    OR (state = 'dead' AND attempts < 8)
    OR state NOT IN ('waiting', 'leased', 'sent', 'dead', 'withheld')
"""


def register() -> None:
    """Make the check known; called once Django is ready."""
    register_invariant("I-09", _("Each message is sent, waiting, being sent, dead or withheld."), count_sql(ASTRAY))
