"""Public versions of cases, led there by the steps themselves."""

from datetime import datetime, timedelta
from typing import Any

from complaints import actions
from complaints.enums import State
from complaints.models import PublicAnswer
from tests.factories import cases as make

LATER = make.TUESDAY + timedelta(hours=1)


def published(cast: make.Cast, *, title: str = "路灯多久修好", at: datetime = LATER, **fields: Any) -> PublicAnswer:
    """Return the public version of a case that was closed; ``fields`` change what was filed."""
    category = {} if fields.get("kind") in (None, "complaint") else {"category": ""}
    case = make.case_in(State.CLOSED, cast, **({"consent": True} | category | fields))
    event = actions.propose_publication(
        case,
        by=cast.clerk,
        at=at,
        version=case.version,
        title=title,
        question="路灯报修后没有人来，应当找谁？",
        answer="已于当日修复，报修电话全天有人接听。",
    )
    actions.publish(case, by=cast.leader, at=at, version=case.version)
    return PublicAnswer.objects.select_related("case").get(pk=event.data["publication"])
