"""
The foundation of the portal: organs and posts, time, deadlines, messages, access.

It imports nothing by itself: processes that read what strangers sent load a part of it, and neither Django nor Celery.
"""
