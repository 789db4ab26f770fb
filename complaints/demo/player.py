"""
Plays the stories through the real actions, in the order of time, with sweeps at the moments in between.

Whatever the portal would have written at each step is written: events, promises, escalations, messages, identities.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any
from zlib import crc32

from complaints import actions, deadlines, obstacles, unclear
from complaints.demo import files
from complaints.demo.schedule import Cue
from complaints.demo.story import Step, Story
from complaints.enums import Channel, Complexity, Duty, FollowUpCause, Handling, LeadGround
from complaints.models import Assistance, Case, ReplyState
from complaints.people import holders, reviewers, without_concerned
from efficiency import codes
from efficiency.access.models import User
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline
from efficiency.files.clean import CleanFile, clean_all
from efficiency.files.reasons import BadFile
from efficiency.organs.models import Organ, OrganKind, Post, Rank, Role, Tenure
from efficiency.timing import store
from efficiency.timing.due import ZONE, local, local_day

# Reviewer and leader each read a proposed reply for so long.
READING = timedelta(minutes=12)
CLEANERS = 4
# Levels are passed at midnight, reminders at nine; the engine looks every minute.
SWEPT_AT = (time(0, 0, 40), time(9, 0, 40))
# A complainant's telephone and address are made of the story's key; nobody has them.
PHONE = "1380000{:04d}"
EMAIL = "{}@example.com"
# What is written down of the call to a case that was drawn (docs/domain.md 4.8).
CALLS = (
    "电话回访，诉求人确认办理结果与答复一致，没有其他意见。",
    "电话回访，反映的问题已经解决，对承办人的联系和说明表示认可。",
    "回访接通，诉求人表示已按答复落实，希望今后不再反复。",
    "回访，诉求人正在上班，简单确认已办妥，无新的诉求。",
    "电话回访，家属代接，称事情已办好，代为致谢。",
)


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
        # Cases in which somebody has declared a conflict.
        self.with_recusal: set[int] = set()

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

    def catch_up(self, *, now: datetime) -> None:
        """Let the engine sweep as it would have until the present."""
        self._sweep_until(now)

    def finish(self, *, now: datetime) -> None:
        """Let the engine look at what there is at the present."""
        _sweep(now)

    def _sweep_until(self, at: datetime) -> None:
        """Sweep after each midnight and each nine o'clock before ``at`` at which something had become due."""
        while True:
            due = Deadline.objects.filter(next_check_at__lt=at).order_by("next_check_at").first()
            if due is None or due.next_check_at is None:
                return
            moment = _next_sweep(local(due.next_check_at))
            if moment >= at:
                return
            _sweep(moment)

    def _play(self, story: Story, step: Step | None, at: datetime) -> None:
        if step is None:
            self.cases[story.key] = self._file(story, at)
        else:
            case = self.cases[story.key]
            # The case that leads, or a sweep, may have moved it since.
            case.refresh_from_db()
            getattr(self, f"_{step.name}")(story, case, step, at)

    # --- The citizen ----------------------------------------------------------------------------------------------

    def _file(self, story: Story, at: datetime) -> Case:
        person = story.same_person_as or story.key
        number = crc32(person.encode())
        filed: dict[str, Any] = {
            "kind": story.kind,
            "category": story.category,
            "organ": self.organs[story.organ] if story.organ else None,
            "title": story.title,
            "description": story.text,
            "location": story.place,
            "named_person": story.named_person,
            "anonymous": not story.name,
            "name": story.name,
            "phone": PHONE.format(number % 10_000) if story.name else "",
            "email": EMAIL.format(person) if story.name and number % 3 == 0 else "",
            "consent": story.consent,
            "files": self.files.get(story.key, ()),
            "channel": story.channel,
            "token": token_of(story.key),
            "at": at,
        }
        intake = self._intake(story, at)
        if intake is None:
            # Nobody typed it in: a letter of the mailbox, to whose writer nothing is sent here.
            by_mail = actions.ByMail(acknowledge=False) if story.channel == Channel.EMAIL else None
            return actions.file_case(**filed, by_mail=by_mail).case
        return actions.receive(intake=intake, answer=story.answer, **filed).case

    def _intake(self, story: Story, at: datetime) -> actions.Intake | None:
        """Return what staff typed in besides; None where the citizen filed without them."""
        if not story.typed_by:
            return None
        report_by = store.load().add_working_days(local_day(at), story.report_in) if story.report_in else None
        return actions.Intake(
            by=self._holder_of_post(story.typed_by, at),
            urgent=story.urgent,
            group_size=story.people,
            representatives=story.representatives,
            from_whom=story.from_whom,
            reference=story.reference,
            report_by=report_by,
        )

    def _supplement(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.supplement(case, at=at, text=step.text, files=_handed_in(story, step))

    def _add(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.add_material(case, at=at, text=step.text, files=_handed_in(story, step))

    def _respond(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.answer_question(case, at=at, text=step.text, files=_handed_in(story, step))

    def _urge(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.urge(case, at=at)

    def _withdraw(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.withdraw(case, at=at, reason=step.text)

    def _ask_review(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.ask_review(case, at=at, reasons=step.text)

    def _ask_final(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.ask_final(case, at=at, reasons=step.text)

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

    def _ask(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.ask_supplement(case, by=self._officer(case, at), at=at, version=case.version, missing=step.text)

    def _answer_on_spot(self, story: Story, case: Case, _step: Step, at: datetime) -> None:
        answer = _parts(story, 0)["findings"]
        actions.answer_on_spot(case, by=self._officer(case, at), at=at, version=case.version, answer=answer)

    def _redirect(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        addressee, text = step.texts
        by = self._officer(case, at)
        actions.redirect(case, by=by, at=at, version=case.version, addressee=addressee, text=text)

    def _merge(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (key,) = step.arguments
        reason, facts = step.texts
        by = self._officer(case, at)
        actions.merge(case, by=by, at=at, version=case.version, leading=self.cases[key], reason=reason, facts=facts)

    def _pass_facts(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.pass_facts(case, by=self._officer(case, at), at=at, version=case.version, facts=step.text)

    def _take_up(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        reason, words = step.texts
        title, description = words.split("｜")
        by = self._officer(case, at)
        actions.take_up(case, by=by, at=at, version=case.version, reason=reason, title=title, description=description)

    def _split(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.split(case, by=self._officer(case, at), at=at, version=case.version, reason=step.text)

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

    def _receiver(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        by = self._officer(case, at)
        actions.name_receiver(case, by=by, at=at, version=case.version, first_receiver=by)

    def _reject(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (ground,) = step.arguments
        by = self._officer(case, at)
        actions.reject(case, by=by, at=at, version=case.version, ground=ground, text=step.text)

    def _clear_spam(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.clear_spam(case, by=self._officer(case, at), at=at, version=case.version, text=step.text)

    def _link(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (code,) = step.arguments
        post = None if code == "nobody" else self.posts[code]
        by = self._officer(case, at)
        actions.link_person(case, by=by, at=at, version=case.version, post=post, reason=step.text)

    def _link_organ(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (code,) = step.arguments
        by = self._officer(case, at)
        actions.link_organ(case, by=by, at=at, version=case.version, organ=self.organs[code], reason=step.text)

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
            # Where nobody knows who is responsible, the government of the place takes it (docs/domain.md 4.7 no. 2).
            organ=None if own else organ or self._government(case),
            proposal=step.text,
        )

    def _unclear(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        organs = [self.organs[code] for code in step.arguments]
        by = self._officer(case, at)
        actions.report_unclear(case, by=by, at=at, version=case.version, organs=organs, reason=step.text)

    def _instruct(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.instruct(
            case,
            by=self._head(case, at),
            at=at,
            version=case.version,
            # Of an urgent case nothing has been proposed yet: it goes to whom it is addressed.
            handling=case.handling or Handling.ASSIGNED,
            # After a return the head may rule for another organ than the one that was proposed.
            organ=self.organs[step.arguments[0]] if step.arguments else case.proposed_organ or case.organ,
            instruction=step.text,
            ground=(unclear.only_ground(case) or LeadGround.BY_DUTIES) if case.duty == Duty.UNCLEAR else "",
        )

    def _transfer(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (code,) = step.arguments
        organ = self.organs[code]
        # An organ outside the district is given the case by the city's office.
        by = self._officer(case, at) if organ.district_id == case.office.district_id else self._city_officer(case, at)
        actions.transfer(case, by=by, at=at, version=case.version, organ=organ, reason=step.text)

    def _ask_stop(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (ground,) = step.arguments
        by = self._handler(case, at)
        actions.ask_suspension(case, by=by, at=at, version=case.version, ground=ground, reason=step.text)

    def _no_stop(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.refuse_suspension(case, by=self._officer(case, at), at=at, version=case.version, reason=step.text)

    def _suspend(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (ground,) = step.arguments
        by = self._second(case, "suspend", at)
        actions.suspend(case, by=by, at=at, version=case.version, ground=ground, reason=step.text)

    def _keep_suspended(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        by = self._second(case, "keep_suspended", at)
        actions.keep_suspended(case, by=by, at=at, version=case.version, reason=step.text)

    def _resume(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.resume(case, by=self._officer(case, at), at=at, version=case.version, reason=step.text)

    def _extend(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (days,) = step.arguments
        actions.extend(case, by=self._head(case, at), at=at, version=case.version, days=int(days), reason=step.text)

    def _refuse_extension(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.refuse_extension(case, by=self._head(case, at), at=at, version=case.version, reason=step.text)

    def _report_up(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.report_up(case, by=self._officer(case, at), at=at, version=case.version, text=step.text)

    def _rework(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.order_rework(case, by=self._officer(case, at), at=at, version=case.version, text=step.text)

    def _decide_review(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (decision,) = step.arguments
        by = self._reviewer(case, "decide_review", at)
        actions.decide_review(case, by=by, at=at, version=case.version, decision=decision, text=step.text)

    def _decide_final(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (decision,) = step.arguments
        by = self._reviewer(case, "decide_final", at)
        actions.decide_final(case, by=by, at=at, version=case.version, decision=decision, text=step.text)

    def _order(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        by = self._holder(case, case.office_id, at, Role.INSPECTOR)
        actions.order_supervision(case, by=by, at=at, version=case.version, text=step.text)

    def _follow_up(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (cause,) = step.arguments
        by = self._second(case, "record_follow_up", at)
        actions.record_follow_up(case, by=by, at=at, version=case.version, text=step.text, cause=cause)

    def _call(self, story: Story, case: Case, _step: Step, at: datetime) -> None:
        """Call the complainant where the lot fell on the case; a negative evaluation has a call of its own."""
        evaluation = case.evaluations.order_by("-at", "-id").first()
        if deadlines.running(case, deadlines.FOLLOW_UP) is None or (evaluation and evaluation.is_negative):
            return
        text = CALLS[crc32(story.key.encode()) % len(CALLS)]
        by = self._second(case, "record_follow_up", at)
        actions.record_follow_up(case, by=by, at=at, version=case.version, text=text, cause=FollowUpCause.NONE)

    def _close(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        by = self._second(case, "close", at)
        actions.close(case, by=by, at=at, version=case.version, conclusion=step.text)

    def _archive(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.archive(case, by=self._officer(case, at), at=at, version=case.version, note=step.text)

    def _summarise(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        title, text = step.texts
        by = self._officer(case, at)
        actions.write_summary(
            case,
            by=by,
            at=at,
            version=case.version,
            title=title,
            text=text,
            replaces_text="for_person" not in step.arguments,
        )

    # --- A public version ------------------------------------------------------------------------------------------

    def _propose_public(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        draft = actions.public_text_of(case, at=at)
        title, question = step.texts
        actions.propose_publication(
            case,
            by=self._handler(case, at),
            at=at,
            version=case.version,
            title=title or draft.title,
            question=question or draft.question,
            answer=draft.answer,
        )

    def _publish(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.publish(case, by=self._approver(case, at), at=at, version=case.version)

    def _return_public(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.return_publication(case, by=self._approver(case, at), at=at, version=case.version, remark=step.text)

    def _take_back(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.withdraw_publication(case, by=self._approver(case, at), at=at, version=case.version, reason=step.text)

    # --- The organ ------------------------------------------------------------------------------------------------

    def _sign_in(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.sign_in(case, by=self._clerk(case, at), at=at, version=case.version)

    def _return(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        reason, basis = step.texts
        actions.return_to_office(
            case,
            by=self._approver(case, at),
            at=at,
            version=case.version,
            reason=reason,
            basis=basis,
            organ=self.organs[step.arguments[0]] if step.arguments else None,
        )

    def _recuse(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.declare_recusal(case, by=self._handler(case, at), at=at, reason=step.text)
        self.with_recusal.add(case.pk)

    def _keep_out(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (code,) = step.arguments
        person = self._holder_of_post(code, at)
        actions.recuse_person(case, by=self._approver(case, at), at=at, person=person, reason=step.text)
        self.with_recusal.add(case.pk)

    def _ask_extension(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (days,) = step.arguments
        actions.ask_extension(
            case, by=self._handler(case, at), at=at, version=case.version, days=int(days), reason=step.text
        )

    def _contact(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.record_contact(
            case,
            # Whoever wants to stay unknown to the organ is contacted through the office (docs/domain.md 4.3).
            by=self._handler(case, at) if case.consent else self._officer(case, at),
            at=at,
            version=case.version,
            text=step.text,
            reached="missed" not in step.arguments,
        )

    def _question(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.ask_question(case, by=self._handler(case, at), at=at, version=case.version, question=step.text)

    def _reply_files(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        files = _handed_in(story, step)
        actions.add_reply_files(case, by=self._handler(case, at), at=at, version=case.version, files=files)

    def _take_off(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        last = case.attachments.filter(reply__isnull=False).order_by("-position").first()
        actions.remove_reply_file(case, by=self._handler(case, at), at=at, version=case.version, file=last)

    def _draft(self, story: Story, case: Case, _step: Step, at: datetime) -> None:
        parts = _parts(story, _decided(case))
        actions.save_draft(case, by=self._handler(case, at), at=at, version=case.version, **parts)

    def _propose(self, story: Story, case: Case, _step: Step, at: datetime) -> None:
        parts = _parts(story, _decided(case))
        actions.propose_reply(case, by=self._handler(case, at), at=at, version=case.version, **parts)

    def _check(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        by = self._checker(case, at)
        if by is None:
            raise LookupError(f"Nobody can check the reply of {case}.")
        actions.check_reply(case, by=by, at=at, version=case.version)

    def _send_back(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        by = self._checker(case, at) or self._approver(case, at)
        actions.return_reply(case, by=by, at=at, version=case.version, remark=step.text)

    def _reply(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        if obstacles.reply_before_decision(case) is None:
            self._propose(story, case, step, at - 2 * READING)
        if self._checker(case, at):
            self._check(story, case, step, at - READING)
        actions.approve_reply(case, by=self._approver(case, at), at=at, version=case.version)

    def _report(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        parts = _parts(story, _decided(case) - 1)
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
        order = obstacles.unanswered_order(case)
        is_of_office = order is not None and order.organ.kind == OrganKind.EFFICIENCY_OFFICE
        by = self._officer(case, at) if is_of_office else self._handler(case, at)
        actions.answer_supervision(case, by=by, at=at, version=case.version, text=step.text)

    # --- Several organs, and who has the case in hand ------------------------------------------------------------

    def _join(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        code, days = step.arguments
        organ = self.organs[code]
        by = self._officer(case, at)
        actions.join(case, by=by, at=at, version=case.version, organ=organ, request=step.text, days=int(days))

    def _sign_in_part(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        part = self._part(case, step)
        actions.sign_in_part(part, by=self._holder(case, part.organ_id, at, Role.CLERK), at=at)
        case.refresh_from_db()

    def _answer_part(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        part = self._part(case, step)
        actions.answer_part(part, by=self._holder(case, part.organ_id, at, Role.CLERK), at=at, answer=step.text)
        case.refresh_from_db()

    def _end_part(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        part = self._part(case, step)
        by = self._officer(case, at)
        actions.withdraw_part(case, by=by, at=at, version=case.version, part=part, reason=step.text)

    def _part(self, case: Case, step: Step) -> Assistance:
        return case.parts.open().get(organ=self.organs[step.arguments[0]])

    def _assign(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (code,) = step.arguments
        handler = self._holder_of_post(code, at)
        by = self._approver(case, at)
        actions.assign(case, by=by, at=at, version=case.version, handler=handler, reason=step.text)

    def _chase(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.chase(case, by=self._officer(case, at), at=at, version=case.version, text=step.text)

    # --- The complainant's own data, and a lost code ---------------------------------------------------------------

    def _correct_contact(self, story: Story, case: Case, step: Step, at: datetime) -> None:
        (phone,) = step.arguments
        actions.correct_contact(case, at=at, code=_code_of(story), phone=phone)

    def _deny_contact(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.deny_contact(case, by=self._officer(case, at), at=at, version=case.version, reason=step.text)

    def _uphold_denial(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.uphold_denial(case, by=self._head(case, at), at=at, version=case.version)

    def _drop_denial(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.drop_denial(case, by=self._head(case, at), at=at, version=case.version, reason=step.text)

    def _confirm_contact(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.confirm_contact(case, by=self._officer(case, at), at=at, version=case.version, reason=step.text)

    def _hide(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.hide_identity(case, at=at)

    def _ask_erasure(self, story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.ask_erasure(case, at=at, code=_code_of(story))

    def _erase(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.grant_erasure(case, by=self._officer(case, at), at=at, version=case.version)

    def _keep_identity(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (ground,) = step.arguments
        by = self._officer(case, at)
        actions.refuse_erasure(case, by=by, at=at, version=case.version, ground=ground, text=step.text)

    def _ask_code(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        (check,) = step.arguments
        by = self._officer(case, at)
        actions.ask_new_code(case, by=by, at=at, version=case.version, check=check, reason=step.text)

    def _new_code(self, _story: Story, case: Case, _step: Step, at: datetime) -> None:
        actions.issue_new_code(case, by=self._head(case, at), at=at, version=case.version)

    def _no_code(self, _story: Story, case: Case, step: Step, at: datetime) -> None:
        actions.refuse_new_code(case, by=self._head(case, at), at=at, version=case.version, reason=step.text)

    # --- Who acts -------------------------------------------------------------------------------------------------

    def _officer(self, case: Case, at: datetime) -> User:
        return self._holder(case, case.office_id, at, Role.OFFICE_OFFICER, rank=Rank.HANDLER)

    def _city_officer(self, case: Case, at: datetime) -> User:
        return self._holder(case, self.organs["440600-office"].pk, at, Role.OFFICE_OFFICER, rank=Rank.HANDLER)

    def _head(self, case: Case, at: datetime) -> User:
        return self._holder(case, case.office_id, at, Role.OFFICE_OFFICER, rank=Rank.APPROVER)

    def _second(self, case: Case, action: str, at: datetime) -> User:
        """Return an officer who had no part in what the step looks at: the head, where the office handled it itself."""
        officer = self._officer(case, at)
        return officer if obstacles.obstacle(case, action, officer) is None else self._head(case, at)

    def _reviewer(self, case: Case, action: str, at: datetime) -> User:
        """Return a head of the office who had no part in what is under review."""
        heads = holders(case.office_id, [Role.OFFICE_OFFICER], local_day(at), rank=Rank.APPROVER).order_by("id")
        for head in without_concerned(case, heads):
            if obstacles.obstacle(case, action, head) is None:
                return head
        raise LookupError(f"Every head of the office had a part in {case}.")

    def _holder_of_post(self, code: str, at: datetime) -> User:
        return User.objects.get(tenures__in=Tenure.objects.running(local_day(at)).filter(post=self.posts[code]))

    def _clerk(self, case: Case, at: datetime) -> User:
        return self._holder(case, case.handling_organ_id, at, Role.CLERK)

    def _handler(self, case: Case, at: datetime) -> User:
        return case.handler or (self._officer(case, at) if case.is_own_handling else self._clerk(case, at))

    def _checker(self, case: Case, at: datetime) -> User | None:
        """Return who checks the reply that was proposed; None where it is checked, or nobody there can check it."""
        reply = obstacles.reply_before_decision(case)
        if reply is None or reply.state != ReplyState.PROPOSED:
            return None
        return next(iter(reviewers(reply, local_day(at))), None)

    def _approver(self, case: Case, at: datetime) -> User:
        if case.is_own_handling:
            return self._head(case, at)
        return self._holder(case, case.handling_organ_id, at, Role.ORGAN_LEADER)

    def _holder(self, case: Case, organ_id: int | None, at: datetime, role: Role, *, rank: Rank | None = None) -> User:
        """Return the first person with such a post whom the case does not concern."""
        # Nobody comes or goes in the demonstration, so that most cases concern nobody and have the same people.
        key = (organ_id, role, rank)
        concerns_nobody = case.about_post_id is None and case.pk not in self.with_recusal
        if concerns_nobody and key in self.people:
            return self.people[key]
        found = without_concerned(case, holders(organ_id or 0, [role], local_day(at), rank=rank)).order_by("id").first()
        if found is None:
            raise LookupError(f"Nobody is {role} in organ {organ_id} for {case}.")
        return self.people.setdefault(key, found) if concerns_nobody else found

    def _government(self, case: Case) -> Organ | None:
        return case.office.parent


def _sweep(at: datetime) -> None:
    """Do what the workers do every minute."""
    sweep.run(at=at, rehearsal=True)
    actions.lapse_supplements(at=at)
    actions.lapse_questions(at=at)
    actions.lapse_extensions(at=at)
    actions.lapse_suspensions(at=at)


def _cleaned(story: Story) -> tuple[list[CleanFile], list[BadFile]]:
    return _clean(story.files, key=story.key, text=story.text)


def _handed_in(story: Story, step: Step) -> list[CleanFile]:
    """Return the files that a step of the citizen names by their kind."""
    clean, bad = _clean(step.arguments, key=f"{story.key}/{step.name}", text=step.text)
    if bad:
        raise bad[0]
    return clean


def _clean(kinds: Sequence[str], *, key: str, text: str) -> tuple[list[CleanFile], list[BadFile]]:
    return clean_all(
        [files.make(kind, key=key, position=position, text=text) for position, kind in enumerate(kinds, start=1)]
    )


def _code_of(story: Story) -> str:
    return codes.code_of(token_of(story.key))


def _next_sweep(moment: datetime) -> datetime:
    days = (moment.date() + timedelta(days=days) for days in (0, 1))
    sweeps = (datetime.combine(day, clock, ZONE) for day in days for clock in SWEPT_AT)
    return next(each for each in sweeps if each >= moment)


def _decided(case: Case) -> int:
    """Return how many replies were sent or sent back: so-manieth is the one that is written now, from 0."""
    return case.replies.filter(state__in=[ReplyState.SENT, ReplyState.RETURNED]).count()


def _parts(story: Story, place: int) -> dict[str, str]:
    """Return the so-manieth reply of a story; one that was sent back may be proposed again as it was."""
    if not story.replies:
        raise LookupError(f"{story.key} has no reply.")
    reply = story.replies[min(place, len(story.replies) - 1)]
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
