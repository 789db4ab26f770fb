"""Load the organs of Foshan with their posts and duties."""

from datetime import date

from django.core.management.base import BaseCommand

from efficiency.organs import foshan, foshan_posts, reference

# The pilot paper took effect with the year; everything of it exists from then on.
SINCE = date(2005, 1, 1)


class Command(BaseCommand):
    """Add organs, posts and duties that are missing; what the office has edited stays as it is."""

    help = "Adds the organs, posts and duties of Foshan that are missing; changes nothing that is there."

    def handle(self, **_options: object) -> None:
        """Load, and say how much was new."""
        organs = reference.load_organs(foshan.organs(), since=SINCE)
        posts = reference.load_posts(foshan_posts.sheets(), since=SINCE)
        self.stdout.write(f"{organs} organs and {posts} posts added.")
