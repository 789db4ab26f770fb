"""
Plays the stories through the real actions, in the order of time, with sweeps at the moments in between.

Whatever the portal would have written at each step is written: events, promises, escalations, messages, identities.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from zlib import crc32

from complaints import actions, codes
from complaints.demo import files
from complaints.demo.schedule import Cue
from complaints.demo.story import ReplyText, Step, Story
from complaints.enums import Complexity, Handling
from complaints.models import Case, ReplyState
from complaints.people import holders, without_concerned
from complaints.uploads.clean import CleanFile, clean_all
from complaints.uploads.reasons import BadFile
from efficiency.access.models import User
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ, Post, Rank, Role
from efficiency.timing.due import ZONE, local, local_day

# The leader reads a proposed reply for so long.
READING = timedelta(minutes=25)
CLEANERS = 4
# Levels are passed at midnight, reminders at nine; the engine looks every minute.
SWEPT_AT = (time(0, 0, 40), time(9, 0, 40))
# A complainant's telephone and address are made of the story's key; nobody has them.
PHONE = "1380000{:04d}"
EMAIL = "{}@example.com"


def token_of(key: str) -> str:
    """Return the token of the form that a story was filed with: known, so that its receipt can be shown again."""
    return f"demo-{key}"


class Player:
    """Plays cues one after the other; knows the organs and who holds which office today."""

    def __init__(self, stories: Iterable[Story]) -> None:
        self.stories = {story.key: story for story in stories}
        self.organs = {organ.code: organ for organ in Organ.objects.order_by("id")}
        self.posts = {post.code: post for post in Post.objects.order_by("id")}
        self.cases: dict[str, Case] = {}
        self.files: dict[str, list[CleanFile]] = {}
        self.people: dict[tuple[int | None, Role, Rank | None], User] = {}

    def prepare(self) -> None:
        """Have the files of all stories cleaned, several at once: each takes a process of its own."""
        with ThreadPoolExecutor(CLEANERS) as pool:
            with_files = [story for story in self.stories.values() if story.files]
            for story, (clean, bad) in zip(with_files, pool.map(_cleaned, with_files), strict=True):
                if bad:
                    raise bad[0]
                self.files[story.key] = clean

    def play(
        self,
        cues: Sequence[Cue],
        *,
        with_sweeps: bool = True,
        progress: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """Play all cues in the order of time, with the sweeps in between; ``progress`` is told how many are done."""
        for done, cue in enumerate(sorted(cues), start=1):
            if with_sweeps:
                self._sweep_until(cue.at)
            self._play(self.stories[cue.key], cue.step, cue.at)
            progress(done)

    def finish(self, *, now: datetime) -> None:
        """Let the engine catch up to the present."""
        self._sweep_until(now)
        sweep.run(at=now, rehearsal=True)

    def _sweep_until(self, at: datetime) -> None:
        """Sweep after each midnight and each nine o'clock before ``at`` at which something had become due."""
        while True:
            due = Deadline.objects.filter(next_check_at__lt=at).order_by("next_check_at").first()
            if due is None or due.next_check_at is None:
                return
            moment = _next_sweep(local(due.next_check_at))
            if moment >= at:
                return
            sweep.run(at=moment, rehearsal=True)

    def _play(self, story: Story, step: Step | None, at: datetime) -> None:
        if step is None:
            self.cases[story.key] = self._file(story, at)
        else:
            getattr(self, f"_{step.name}")(story, self.cases[story.key], step, at)

    # --- The citizen ----------------------------------------------------------------------------------------------

    def _file(self, story: Story, at: datetime) -> Case:
        number = crc32(story.key.encode())
        return actions.file_case(
            kind=story.kind,
            category=story.category,
            organ=self.organs[story.organ] if story.organ else None,
            title=story.title,
            description=story.text,
            location=story.place,
            named_person=story.named_person,
            anonymous=not story.name,
            name=story.name,
            phone=PHONE.format(number % 10_000) if story.name else "",
            email=EMAIL.format(story.key) if story.name and number % 3 == 0 else "",
            consent=story.consent,
            files=self.files.get(story.key, ()),
            channel=story.channel,
            token=token_of(story.key),
            at=at,
        ).case

    def _evaluate(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        grade, *remarks = step.arguments
        actions.evaluate(
            case,
            at=at,
            grade=int(grade),
            contacted_in_time="late" not in remarks,
            solved="unsolved" not in remarks,
            text=step.text,
        )

    # --- The efficiency office ------------------------------------------------------------------------------------

    def _accept(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.accept(
            case,
            by=self._officer(case, at),
            at=at,
            version=case.version,
            kind=case.kind,
            category=case.category,
            complexity=Complexity.COMPLEX if "complex" in step.arguments else Complexity.STANDARD,
            organ=case.organ,
            urgent="urgent" in step.arguments,
        )

    def _reject(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (ground,) = step.arguments
        by = self._officer(case, at)
        actions.reject(case, by=by, at=at, version=case.version, ground=ground, text=step.text)

    def _link(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (code,) = step.arguments
        post = None if code == "nobody" else self.posts[code]
        by = self._officer(case, at)
        actions.link_person(case, by=by, at=at, version=case.version, post=post, reason=step.text)

    def _register(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.register(case, by=self._officer(case, at), at=at, version=case.version, way=step.text)

    def _submit(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        own = "own" in step.arguments
        codes_given = [each for each in step.arguments if each != "own"]
        organ = self.organs.get(codes_given[0] if codes_given else story.organ)
        actions.submit(
            case,
            by=self._officer(case, at),
            at=at,
            version=case.version,
            handling=Handling.OWN if own else Handling.ASSIGNED,
            # Where nobody knows who is responsible, the government of the place takes it (docs/domain.md 4.7 no. 3).
            organ=None if own else organ or self._government(case),
            proposal=step.text,
        )

    def _instruct(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.instruct(
            case,
            by=self._head(case, at),
            at=at,
            version=case.version,
            handling=case.handling,
            organ=case.proposed_organ,
            instruction=step.text,
        )

    def _transfer(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (code,) = step.arguments
        organ = self.organs[code]
        # An organ outside the district is given the case by the city's office.
        by = self._officer(case, at) if organ.district_id == case.office.district_id else self._city_officer(case, at)
        actions.transfer(case, by=by, at=at, version=case.version, organ=organ, reason=step.text)

    def _order(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        by = self._holder(case, case.office_id, at, Role.INSPECTOR)
        actions.order_supervision(case, by=by, at=at, version=case.version, text=step.text)

    def _follow_up(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (cause,) = step.arguments
        by = self._officer(case, at)
        actions.record_follow_up(case, by=by, at=at, version=case.version, text=step.text, cause=cause)

    def _close(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.close(case, by=self._officer(case, at), at=at, version=case.version, conclusion=step.text)

    def _archive(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.archive(case, by=self._officer(case, at), at=at, version=case.version, note=step.text)

    # --- The organ ------------------------------------------------------------------------------------------------

    def _sign_in(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.sign_in(case, by=self._clerk(case, at), at=at, version=case.version)

    def _contact(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.record_contact(
            case,
            by=self._handler(case, at),
            at=at,
            version=case.version,
            text=step.text,
            reached="missed" not in step.arguments,
        )

    def _draft(self, story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.save_draft(case, by=self._handler(case, at), at=at, version=case.version, **_parts(story.reply))

    def _propose(self, story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.propose_reply(case, by=self._handler(case, at), at=at, version=case.version, **_parts(story.reply))

    def _send_back(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.return_reply(case, by=self._approver(case, at), at=at, version=case.version, remark=step.text)

    def _reply(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        if not case.replies.filter(state=ReplyState.PROPOSED).exists():
            self._propose(story, case, step, at - READING)
        actions.approve_reply(case, by=self._approver(case, at), at=at, version=case.version)

    def _report(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        parts = _parts(story.reply)
        actions.report(
            case,
            by=self._handler(case, at),
            at=at,
            version=case.version,
            facts=parts["findings"],
            basis=parts["basis"],
            measures=parts["measures"],
            responsible=step.text,
        )

    def _answer(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.answer_supervision(case, by=self._handler(case, at), at=at, version=case.version, text=step.text)

    # --- Who acts -------------------------------------------------------------------------------------------------

    def _officer(self, case: Case, at: datetime) -> User:
        return self._holder(case, case.office_id, at, Role.OFFICE_OFFICER, rank=Rank.HANDLER)

    def _city_officer(self, case: Case, at: datetime) -> User:
        return self._holder(case, self.organs["440600-office"].pk, at, Role.OFFICE_OFFICER, rank=Rank.HANDLER)

    def _head(self, case: Case, at: datetime) -> User:
        return self._holder(case, case.office_id, at, Role.OFFICE_OFFICER, rank=Rank.APPROVER)

    def _clerk(self, case: Case, at: datetime) -> User:
        return self._holder(case, case.handling_organ_id, at, Role.CLERK)

    def _handler(self, case: Case, at: datetime) -> User:
        return case.handler or (self._officer(case, at) if case.is_own_handling else self._clerk(case, at))

    def _approver(self, case: Case, at: datetime) -> User:
        if case.is_own_handling:
            return self._head(case, at)
        return self._holder(case, case.handling_organ_id, at, Role.ORGAN_LEADER)

    def _holder(self, case: Case, organ_id: int | None, at: datetime, role: Role, *, rank: Rank | None = None) -> User:
        """Return the first person with such a post whom the case does not concern."""
        # Nobody comes or goes in the demonstration, so that most cases concern nobody and have the same people.
        key = (organ_id, role, rank)
        if case.about_post_id is None and key in self.people:
            return self.people[key]
        found = without_concerned(case, holders(organ_id or 0, [role], local_day(at), rank=rank)).order_by("id").first()
        if found is None:
            raise LookupError(f"Nobody is {role} in organ {organ_id} for {case}.")
        return self.people.setdefault(key, found) if case.about_post_id is None else found

    def _government(self, case: Case) -> Organ | None:
        return case.office.parent


def _cleaned(story: Story) -> tuple[list[CleanFile], list[BadFile]]:
    return clean_all(
        [
            files.make(kind, key=story.key, position=position, text=story.text)
            for position, kind in enumerate(story.files, start=1)
        ]
    )


def _next_sweep(moment: datetime) -> datetime:
    days = (moment.date() + timedelta(days=days) for days in (0, 1))
    sweeps = (datetime.combine(day, clock, ZONE) for day in days for clock in SWEPT_AT)
    return next(each for each in sweeps if each >= moment)


def _parts(reply: ReplyText | None) -> dict[str, str]:
    if reply is None:
        raise LookupError("The story has no reply.")
    return {
        "outcome": reply.outcome,
        "findings": reply.findings,
        "measures": reply.measures,
        "basis": reply.basis,
    }


def receipt_of(key: str) -> tuple[str, str] | None:
    """Return number and secret code of the case of a story; None where it has not been loaded."""
    number = (
        Case.objects.filter(filing_token__token_hash=codes.hash_token(token_of(key)))
        .values_list("number", flat=True)
        .first()
    )
    return (number, codes.in_fours(codes.code_of(token_of(key)))) if number else None
