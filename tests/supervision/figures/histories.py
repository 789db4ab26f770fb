"""Random histories: cases, matters, requests and cards, in which everything happens that can move a figure."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef

from accountability.models import Card, FaultCase
from complaints.enums import Category, Channel, Kind, State
from complaints.matters.promises import KIND as MATTER
from complaints.models import Case, Evaluation, Matter, Reply
from disclosure.models import InformationRequest
from disclosure.requests.deadlines import ANSWER
from efficiency.deadlines.models import Deadline, Escalation, Extension, Suspension
from tests.moments import local
from tests.targets.measures import rows

BEGIN = local("2026-01-05 22:30")
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


class History:
    """A city in which things happen one after the other, as a seed has it."""

    def __init__(self, seed: int, cast: Any, item: Any) -> None:
        self.random, self.cast, self.item = Random(seed), cast, item
        self.now = BEGIN
        self.organs = [cast.city.construction, cast.city.tax]
        self.cases: list[Case] = []
        self.matters: list[Matter] = []
        self.steps = [
            *[self.receive, self.accept, self.assign, self.reply, self.evaluate, self.pass_time] * 3,
            *[self.redirect, self.answer_on_spot, self.give_back, self.rework, self.close, self.reclassify, self.move],
            *[self.clue, self.redden],
            *[self.sweep, self.pause, self.go_on, self.extend, self.withdraw, self.call, self.hand_over, self.forget],
            *[self.matter, self.report_late, self.correct, self.request, self.answer, self.card, self.revoke] * 2,
        ]

    def go(self, number: int) -> None:
        """Let so many things happen."""
        for _each in range(number):
            self.random.choice(self.steps)()
            self.now += timedelta(minutes=self.random.randint(1, 900))

    # --- What the steps look for ---

    def _case(self) -> Case | None:
        return self.random.choice(self.cases) if self.cases else None

    def _running(self, *kinds: str, about: Any = None) -> Deadline | None:
        found = Deadline.objects.filter(state="open", kind__in=kinds)
        if about is not None:
            found = found.filter(content_type=ContentType.objects.get_for_model(about), object_id=about.pk)
        listed = list(found.order_by("pk"))
        return self.random.choice(listed) if listed else None

    def _promise(self, about: Any, kind: str, organ: Any, days: int, **fields: Any) -> None:
        due = (self.now + days * DAY).astimezone(local("2026-01-01 00:00").tzinfo).strftime("%Y-%m-%d")
        number = Deadline.objects.filter(
            content_type=ContentType.objects.get_for_model(about), object_id=about.pk, kind=kind
        ).count()
        given = {"started_at": self.now, "generation": number + 1}
        rows.promises([about], kind, organ=organ, due=due, **given | fields)

    def _end(self, promise: Deadline, state: str, at: datetime | None = None) -> None:
        at = at or self.now
        met = {"met_at": at} if state == "met" else {}
        Deadline.objects.filter(pk=promise.pk).update(state=state, ended_at=at, next_check_at=None, **met)

    def _event(self, case: Case, action: str, state: str, **data: Any) -> None:
        case.state = state
        rows.event(case, action, at=self.now, **data)

    # --- Steps of cases ---

    def pass_time(self) -> None:
        self.now += timedelta(days=self.random.randint(1, 6))

    def receive(self) -> None:
        fields = {
            "kind": self.random.choice(Kind.values),
            "category": self.random.choice([Category.DELAY, Category.INACTION]),
            "channel": self.random.choice([Channel.WEB, Channel.PHONE]),
            "state": State.RECEIVED,
        }
        office = self.cast.city.office
        (case,) = rows.cases(1, organ=self.organs[0], office=office, received_at=self.now, **fields)
        self._promise(case, "complaints.accept", office, 3)
        self.cases.append(case)

    def accept(self) -> None:
        if promise := self._running("complaints.accept"):
            case = Case.objects.get(pk=promise.object_id)
            self._end(promise, "met")
            self._event(case, "accept", "accepted")
            self._promise(case, "complaints.reply", self.cast.city.office, self.random.randint(2, 15))

    def redirect(self) -> None:
        if promise := self._running("complaints.accept"):
            self._end(promise, "met")
            self._event(Case.objects.get(pk=promise.object_id), "redirect", "redirected")

    def answer_on_spot(self) -> None:
        if promise := self._running("complaints.accept"):
            case = Case.objects.get(pk=promise.object_id)
            self._end(promise, "met")
            self._event(case, "answer_on_spot", "replied")
            rows.replies([case], at=self.now, by=self.cast.officer, and_by=self.cast.officer, on_the_spot=True)

    def assign(self) -> None:
        if promise := self._running("complaints.reply"):
            organ = self.random.choice(self.organs)
            self._event(
                Case.objects.get(pk=promise.object_id), "instruct", "assigned", handling="assigned", organ=organ.pk
            )
            Deadline.objects.filter(pk=promise.pk).update(organ=organ)

    def give_back(self) -> None:
        if promise := self._running("complaints.reply"):
            case = Case.objects.get(pk=promise.object_id)
            self._event(case, "return", "submitted", from_organ=promise.organ_id)

    def reply(self) -> None:
        if promise := self._running("complaints.reply", "complaints.rework"):
            case = Case.objects.get(pk=promise.object_id)
            self._end(promise, "met")
            outcome = self.random.choice(["upheld", "partly", "not_upheld", "not_verifiable"])
            rows.replies([case], at=self.now, by=self.cast.leader, and_by=self.cast.clerk, outcome=outcome)

    def evaluate(self) -> None:
        unjudged = list(Reply.objects.filter(state="sent", evaluations__isnull=True).order_by("pk"))
        if unjudged:
            reply = self.random.choice(unjudged)
            # Whose case was joined to the one that was answered judges that reply as well.
            judges = self.random.choice([reply, self.random.choice(unjudged)])
            answers = [self.random.choice([True, False, None]) for _each in range(2)]
            Evaluation.objects.create(
                case_id=judges.case_id,
                reply=reply,
                grade=self.random.randint(1, 5),
                at=self.now,
                contacted_in_time=answers[0],
                solved=answers[1],
            )
            self._promise(reply.case, "complaints.follow_up", self.cast.city.office, self.random.randint(1, 5))

    def call(self) -> None:
        if promise := self._running("complaints.follow_up"):
            self._end(promise, self.random.choice(["met", "cancelled"]))

    def rework(self) -> None:
        case = self._case()
        if case and case.replies.filter(state="sent").exists() and not self._running("complaints.rework", about=case):
            self._promise(case, "complaints.rework", self.random.choice(self.organs), 5)

    def close(self) -> None:
        if case := self._case():
            self._event(case, "close", "closed")

    def withdraw(self) -> None:
        if promise := self._running("complaints.reply", "complaints.accept", "complaints.rework"):
            self._end(promise, "cancelled")

    # --- What changes what was ---

    def reclassify(self) -> None:
        if case := self._case():
            fields = {
                "kind": self.random.choice(Kind.values),
                "category": self.random.choice([Category.DELAY, Category.OTHER]),
            }
            Case.objects.filter(pk=case.pk).update(channel=self.random.choice(Channel.values), **fields)

    def move(self) -> None:
        """A due date moves, as when a calendar is corrected or an extension granted."""
        if promise := self._running("complaints.reply", MATTER, "complaints.accept"):
            self._shift(promise, timedelta(days=self.random.randint(-1, 8)))

    def _shift(self, promise: Deadline, by: timedelta) -> None:
        if promise.overdue_at > self.now + DAY:
            names = ("due_at", "overdue_at", "red_at", "fourth_at")
            Deadline.objects.filter(pk=promise.pk).update(**{name: getattr(promise, name) + by for name in names})

    def redden(self) -> None:
        """Only what comes after the due date moves: that is no other figure's."""
        if promise := self._running("complaints.reply", MATTER, ANSWER):
            later = promise.red_at + timedelta(days=self.random.randint(0, 4))
            Deadline.objects.filter(pk=promise.pk).update(red_at=later, fourth_at=later + 5 * DAY)

    def extend(self) -> None:
        if promise := self._running("complaints.reply"):
            given = {"number": 5, "unit": "wd", "reason": "x", "granted_at": self.now}
            Extension.objects.create(deadline=promise, granted_by=self.cast.office_head, **given)
            self._shift(promise, 7 * DAY)

    def sweep(self) -> None:
        """What is overdue is written down with whoever owed it."""
        for promise in Deadline.objects.filter(state="open", overdue_at__lte=self.now, level=0):
            rows.overdue(promise)
            Deadline.objects.filter(pk=promise.pk).update(level=2)

    def hand_over(self) -> None:
        """Open promises of an organ move to another, as when organs are merged; what ended stays where it was."""
        one, other = self.random.sample(self.organs, 2)
        Deadline.objects.filter(state__in=["open", "suspended"], organ=one).update(organ=other)

    def pause(self) -> None:
        if promise := self._running("complaints.reply", MATTER):
            given = {"ground": "supplement", "reason": "x", "started_at": self.now}
            Suspension.objects.create(deadline=promise, started_by=self.cast.officer, **given)
            Deadline.objects.filter(pk=promise.pk).update(state="suspended", suspended_at=self.now, next_check_at=None)

    def go_on(self) -> None:
        found = list(Deadline.objects.filter(state="suspended").order_by("pk"))
        if found:
            promise = self.random.choice(found)
            promise.suspensions.filter(ended_at=None).update(ended_at=self.now, ended_by=self.cast.officer)
            again = {"state": "open", "suspended_at": None, "next_check_at": self.now, "suspended_days": 1}
            Deadline.objects.filter(pk=promise.pk).update(**again)

    def forget(self) -> None:
        """A case goes altogether; one of which nothing is recorded can."""
        for case in self.cases:
            if not case.events.exists():
                promises = Deadline.objects.filter(
                    content_type=ContentType.objects.get_for_model(Case), object_id=case.pk
                )
                if not promises.filter(Exists(Escalation.objects.filter(deadline=OuterRef("pk")))).exists():
                    promises.delete()
                    case.delete()
                    self.cases.remove(case)
                return

    # --- Matters, requests, cards ---

    def matter(self) -> None:
        organ = self.random.choice(self.organs)
        (matter,) = rows.matters(1, organ, self.item, accepted_at=self.now, reported_at=self.now)
        self._promise(matter, MATTER, organ, self.random.randint(1, 10))
        self.matters.append(matter)

    def report_late(self) -> None:
        """A system reports today that a matter was decided days ago."""
        if promise := self._running(MATTER):
            at = max(promise.started_at + SECOND, self.now - timedelta(days=self.random.randint(0, 6)))
            self._end(promise, "met", at)

    def correct(self) -> None:
        """What was reported as the end is corrected; or it was none at all."""
        found = list(Deadline.objects.filter(kind=MATTER, state="met").order_by("pk"))
        if found:
            promise = self.random.choice(found)
            if self.random.random() < 0.5:
                moved = max(promise.started_at + SECOND, promise.met_at - timedelta(days=self.random.randint(0, 3)))
                Deadline.objects.filter(pk=promise.pk).update(met_at=moved, ended_at=moved)
            else:
                again = {"state": "open", "met_at": None, "ended_at": None, "next_check_at": self.now}
                Deadline.objects.filter(pk=promise.pk).update(**again)

    def request(self) -> None:
        number = Deadline.objects.filter(kind=ANSWER).count() + 1
        about = InformationRequest(pk=number)
        self._promise(about, ANSWER, self.random.choice(self.organs), self.random.randint(1, 20))

    def clue(self) -> None:
        """What is about a fault case, and what the citizen owes, stands in no figure."""
        number = Deadline.objects.filter(kind="accountability.open").count() + 1
        self._promise(FaultCase(pk=number), "accountability.open", self.random.choice(self.organs), 3)
        if case := self._case():
            self._promise(case, "complaints.other", self.organs[0], 5, promise="owed_by_citizen")

    def answer(self) -> None:
        if promise := self._running(ANSWER):
            self._end(promise, self.random.choice(["met", "met", "cancelled"]))

    def card(self) -> None:
        colour = self.random.choice(["yellow", "red"])
        at = self.now - timedelta(days=self.random.randint(0, 3))
        by = (self.cast.inspector, self.cast.officer)
        rows.card(self.random.choice(self.organs), colour, at=at, by=by, issued_at=self.now)

    def revoke(self) -> None:
        found = list(Card.objects.filter(revoked_at=None).order_by("pk"))
        if found:
            card = self.random.choice(found)
            Card.objects.filter(pk=card.pk).update(state="revoked", revoked_at=self.now, revoke_reason="error")
