"""What must hold for papers and bundles after any fault (docs/trust.md 3.2)."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.models import Bundle, Paper
from accountability.papers.actions import content_print
from efficiency.audit.verify import count_sql, register_invariant

# A paper that holds is the only one of its kind about its subject.
TWO_THAT_HOLD = """
SELECT count(*) FROM (
    SELECT 1 FROM accountability_paper AS p
     WHERE NOT EXISTS (SELECT FROM accountability_paperrevocation AS r WHERE r.paper_id = p.id)
     GROUP BY p.kind, p.content_type_id, p.object_id HAVING count(*) > 1) AS doubled
"""


def changed_content() -> int:
    """Return how many papers have another content than was hashed when they were issued."""
    papers = Paper.objects.order_by("pk").only("content", "content_sha256")
    return sum(content_print(each.content) != bytes(each.content_sha256) for each in papers.iterator(chunk_size=500))


def kept_too_long() -> int:
    """Return how many bundles are still there two hours after their day."""
    return Bundle.objects.filter(expires_at__lt=timezone.now() - timedelta(hours=2)).count()


def register() -> None:
    """Have ``manage.py verify`` check them; called once, when the app is ready."""
    register_invariant("I-06", _("one paper of a kind holds for a subject"), count_sql(TWO_THAT_HOLD))
    register_invariant("I-10", _("papers say what they said when they were issued"), changed_content)
    register_invariant("I-10", _("bundles of evidence are gone after their day"), kept_too_long)
