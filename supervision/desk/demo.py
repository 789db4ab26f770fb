"""Views of the overview that people of the demonstration keep: what an officer looks at in the morning."""

from datetime import datetime

from django.utils import timezone

from efficiency.access.models import User
from efficiency.organs.models import Organ
from efficiency.timing.due import add_months
from supervision.desk.asked import month
from supervision.desk.periods import Period, Span
from supervision.desk.saved import save_view
from supervision.models import DeskView

WHO = "office"
ORGAN = "440600-construction"


def load(now: datetime) -> int:
    """Keep three views for the officer of the demonstration and return how many were new."""
    user = User.objects.filter(username=WHO).first()
    if user is None or DeskView.objects.filter(owner=user).exists():
        return 0
    today = timezone.localdate(now)
    organ = Organ.objects.filter(code=ORGAN).first()
    wanted = {
        "本季度总览": f"period={Period.of(today, Span.QUARTER).code}",
        "上月投诉件": f"period={month(add_months(today.replace(day=1), -1))}&kind=complaint",
    }
    if organ is not None:
        wanted["市建设局本年"] = f"period={today.year}&organ={organ.pk}"
    for name, query in wanted.items():
        save_view(user, at=now, name=name, query=query)
    return len(wanted)
