"""
Which actions: one answer for pages, admin, files and machines alike; the default is no (docs/trust.md Z-01).

``MATRIX`` is the table of docs/access.md as data. A cell says in which way a role may do an action; the relation of
the person to the object, registered by the app that owns the object, says in which seats the person stands to it.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.db import models

from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import Rank, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User


class Cell(Enum):
    """How a role may do an action."""

    YES = "Y"
    HEAD = "head"  # only from a seat that approves
    OWN_HANDLING = "own handling"  # only where the office handles the case itself
    OWN_HEAD = "own handling, head"  # both
    REVIEWER = "reviewer"  # only from a seat that checks
    OWN_REVIEWER = "own handling, reviewer"
    OWN_DECIDER = "own handling, reviewer or head"
    HEADER = "h"  # number, organ, dates, state, outcome; no text, no person
    REASON = "r"  # after a reason, logged
    CONSENT = "c"  # like REASON, and only if the complainant allowed it

    @property
    def ranks(self) -> frozenset[Rank] | None:
        """The parts in decisions that a seat must have; None where every seat will do."""
        return _RANKS.get(self)

    @property
    def is_of_own_handling(self) -> bool:
        """Whether it holds only where the office handles the case itself."""
        return self in _OF_OWN_HANDLING

    def holds_from(self, rank: Rank, *, own_handling: bool) -> bool:
        """Say whether it holds from a seat of ``rank``, in own handling or not."""
        return (self.ranks is None or rank in self.ranks) and (own_handling or not self.is_of_own_handling)


_RANKS = {
    Cell.HEAD: frozenset({Rank.APPROVER}),
    Cell.OWN_HEAD: frozenset({Rank.APPROVER}),
    Cell.REVIEWER: frozenset({Rank.REVIEWER}),
    Cell.OWN_REVIEWER: frozenset({Rank.REVIEWER}),
    Cell.OWN_DECIDER: frozenset({Rank.REVIEWER, Rank.APPROVER}),
}
_OF_OWN_HANDLING = frozenset({Cell.OWN_HANDLING, Cell.OWN_HEAD, Cell.OWN_REVIEWER, Cell.OWN_DECIDER})

CLERK, LEADER, OFFICER, INSPECTOR = Role.CLERK, Role.ORGAN_LEADER, Role.OFFICE_OFFICER, Role.INSPECTOR
APPRAISER, AUDITOR, ADMINISTRATOR = Role.APPRAISAL_OFFICER, Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR
EDITOR, SUPERVISOR = Role.DISCLOSURE_EDITOR, Role.SOCIAL_SUPERVISOR

# fmt: off
MATRIX: dict[str, dict[Role, Cell]] = {
    "case.file":              {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "case.see":               {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               APPRAISER: Cell.HEADER, AUDITOR: Cell.HEADER},
    "case.read":              {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "case.export":            {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               APPRAISER: Cell.HEADER, AUDITOR: Cell.HEADER},
    "case.reveal":            {CLERK: Cell.CONSENT, LEADER: Cell.CONSENT, OFFICER: Cell.REASON,
                               INSPECTOR: Cell.REASON},
    "case.link_person":       {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "case.write_summary":     {OFFICER: Cell.YES},
    "case.open_original":     {OFFICER: Cell.REASON, INSPECTOR: Cell.REASON},
    "case.ask_supplement":    {OFFICER: Cell.YES},
    "case.name_receiver":     {OFFICER: Cell.YES},
    "case.answer_on_spot":    {OFFICER: Cell.YES},
    "case.answer_at_reception": {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES},
    "case.accept":            {OFFICER: Cell.YES},
    "case.reject":            {OFFICER: Cell.YES},
    "case.redirect":          {OFFICER: Cell.YES},
    "case.merge":             {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "case.register":          {OFFICER: Cell.YES},
    "case.submit":            {OFFICER: Cell.YES},
    "case.instruct":          {OFFICER: Cell.HEAD},
    "case.sign_in":           {CLERK: Cell.YES},
    "case.return":            {LEADER: Cell.YES},
    "case.record_contact":    {CLERK: Cell.YES, OFFICER: Cell.YES},
    "case.assign":            {LEADER: Cell.YES, OFFICER: Cell.OWN_HANDLING},
    "case.transfer":          {OFFICER: Cell.YES},
    "case.ask_question":      {CLERK: Cell.YES, OFFICER: Cell.YES},
    "case.join":              {OFFICER: Cell.YES},
    "case.ask_suspension":    {CLERK: Cell.YES, LEADER: Cell.YES},
    "case.suspend":           {OFFICER: Cell.YES},
    "case.ask_extension":     {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.OWN_HANDLING},
    "case.extend":            {OFFICER: Cell.HEAD},
    "case.draft_reply":       {CLERK: Cell.YES, OFFICER: Cell.OWN_HANDLING},
    "case.check_reply":       {CLERK: Cell.REVIEWER, LEADER: Cell.REVIEWER, OFFICER: Cell.OWN_REVIEWER},
    "case.approve_reply":     {LEADER: Cell.YES, OFFICER: Cell.OWN_HEAD},
    "case.return_reply":      {CLERK: Cell.REVIEWER, LEADER: Cell.YES, OFFICER: Cell.OWN_DECIDER},
    "case.propose_publication": {CLERK: Cell.YES, OFFICER: Cell.YES},
    "case.publish":           {LEADER: Cell.YES, OFFICER: Cell.HEAD},
    "case.withdraw_publication": {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES},
    "case.report":            {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.OWN_HANDLING},
    "case.close":             {OFFICER: Cell.YES},
    "case.take_up":           {OFFICER: Cell.YES},
    "case.report_up":         {OFFICER: Cell.YES},
    "case.order_rework":      {OFFICER: Cell.YES},
    "case.decide_review":     {OFFICER: Cell.HEAD},
    "case.decide_final":      {OFFICER: Cell.HEAD},
    "case.archive":           {OFFICER: Cell.YES},
    "case.record_follow_up":  {OFFICER: Cell.YES},
    "case.decide_erasure":    {OFFICER: Cell.YES},
    "case.confirm_contact":   {OFFICER: Cell.YES},
    "case.renew_code":        {OFFICER: Cell.YES},
    "case.supervise":         {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "case.chase":             {LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "case.answer_supervision": {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES},
    "part.see":               {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "part.sign_in":           {CLERK: Cell.YES},
    "part.answer":            {CLERK: Cell.YES},
    "mail.see":               {OFFICER: Cell.YES},
    "mail.open":              {OFFICER: Cell.REASON},
    "mail.settle":            {OFFICER: Cell.YES},
    "hold.see":               {OFFICER: Cell.YES, INSPECTOR: Cell.YES, AUDITOR: Cell.YES},
    "hold.place":             {OFFICER: Cell.YES},
    "recusal.declare":        {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "recusal.decide":         {LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "template.see":           {LEADER: Cell.YES, OFFICER: Cell.YES, AUDITOR: Cell.YES},
    "template.edit":          {LEADER: Cell.YES, OFFICER: Cell.YES},
    "knowledge.see":          {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               AUDITOR: Cell.YES},
    "knowledge.edit":         {LEADER: Cell.YES, OFFICER: Cell.YES},
    "item.see":               {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               EDITOR: Cell.YES, AUDITOR: Cell.YES},
    "item.draft":             {EDITOR: Cell.YES, OFFICER: Cell.YES},
    "item.publish":           {LEADER: Cell.YES, OFFICER: Cell.YES},
    "item.lengthen":          {OFFICER: Cell.YES},
    "publicationduty.see":    {LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               AUDITOR: Cell.YES},
    "publicationduty.edit":   {OFFICER: Cell.YES},
    "column.edit":            {OFFICER: Cell.YES},
    "owed.see":               {LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               AUDITOR: Cell.YES},
    "owed.fulfil":            {EDITOR: Cell.YES, OFFICER: Cell.YES},
    "owed.release":           {OFFICER: Cell.YES},
    "inforequest.see":        {EDITOR: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               AUDITOR: Cell.HEADER},
    "inforequest.read":       {EDITOR: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "inforequest.register":   {EDITOR: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES},
    "inforequest.handle":     {EDITOR: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "inforequest.approve":    {LEADER: Cell.YES, OFFICER: Cell.HEAD},
    "inforequest.extend":     {LEADER: Cell.YES, OFFICER: Cell.HEAD},
    "inforequest.review":     {OFFICER: Cell.YES},
    "inforequest.renew_code": {OFFICER: Cell.YES},
    "inforequest.reveal":     {EDITOR: Cell.CONSENT, LEADER: Cell.CONSENT, OFFICER: Cell.REASON,
                               INSPECTOR: Cell.REASON},
    "inforequest.figures":    {EDITOR: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "inforequest.enter_figures": {EDITOR: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES},
    "inforequest.decide_erasure": {OFFICER: Cell.YES},
    "correction.see":         {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.HEADER, AUDITOR: Cell.HEADER},
    "correction.draft":       {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "correction.issue":       {OFFICER: Cell.HEAD},
    "correction.plan":        {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES},
    "correction.report":      {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES},
    "correction.accept":      {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "correction.extend":      {OFFICER: Cell.YES},
    "fault.see":              {LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               APPRAISER: Cell.HEADER, AUDITOR: Cell.HEADER},
    "fault.read":             {LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "fault.reveal":           {LEADER: Cell.REASON, OFFICER: Cell.REASON, INSPECTOR: Cell.REASON},
    "fault.register":         {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "fault.open":             {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "fault.staff":            {OFFICER: Cell.HEAD},
    "fault.inquire":          {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "fault.suspend":          {OFFICER: Cell.YES},
    "fault.decide":           {OFFICER: Cell.YES},
    "fault.confirm":          {OFFICER: Cell.HEAD},
    "fault.rule":             {OFFICER: Cell.YES},
    "fault.execute":          {LEADER: Cell.YES, OFFICER: Cell.YES},
    "fault.paper":            {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES},
    "figure.see":             {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, AUDITOR: Cell.HEADER},
    "target.see":             {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, AUDITOR: Cell.HEADER},
    "target.draft":           {LEADER: Cell.YES, OFFICER: Cell.YES, APPRAISER: Cell.YES},
    "target.negotiate":       {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES},
    "target.agree":           {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES},
    "target.approve":         {OFFICER: Cell.YES},
    "target.sign":            {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES},
    "target.change":          {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES},
    "escalation.see":         {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               APPRAISER: Cell.HEADER, AUDITOR: Cell.HEADER},
    "escalation.acknowledge": {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "supervision.open":       {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "inspection.see":         {LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES, APPRAISER: Cell.HEADER,
                               AUDITOR: Cell.HEADER, SUPERVISOR: Cell.HEADER},
    "inspection.see_plan":    {OFFICER: Cell.YES, INSPECTOR: Cell.YES, APPRAISER: Cell.HEADER, AUDITOR: Cell.HEADER,
                               SUPERVISOR: Cell.HEADER},
    "inspection.plan":        {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "inspection.approve":     {OFFICER: Cell.HEAD},
    "inspection.visit":       {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "inspection.answer":      {LEADER: Cell.YES, OFFICER: Cell.YES},
    "inspection.release":     {OFFICER: Cell.HEAD},
    "inspection.review":      {OFFICER: Cell.YES},
    "inspection.follow":      {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "checklist.see":          {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "checklist.edit":         {OFFICER: Cell.YES},
    "dashboard.open":         {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               APPRAISER: Cell.YES, AUDITOR: Cell.HEADER},
    "bundle.ask":             {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "calendar.see":           {OFFICER: Cell.YES, INSPECTOR: Cell.YES, ADMINISTRATOR: Cell.YES, AUDITOR: Cell.YES},
    "calendar.propose":       {ADMINISTRATOR: Cell.YES},
    "calendar.confirm":       {OFFICER: Cell.YES},
    "organ.see":              {LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES, ADMINISTRATOR: Cell.YES,
                               AUDITOR: Cell.YES},
    "organ.edit":             {OFFICER: Cell.YES, ADMINISTRATOR: Cell.YES},
    "organ.hand_over":        {OFFICER: Cell.HEAD},
    "duty.edit":              {LEADER: Cell.YES, OFFICER: Cell.YES, ADMINISTRATOR: Cell.YES},
    "risk.see":               {LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES, AUDITOR: Cell.YES},
    "risk.edit":              {LEADER: Cell.YES, OFFICER: Cell.YES},
    "letter.see":             {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, AUDITOR: Cell.YES, ADMINISTRATOR: Cell.YES},
    "letter.issue":           {LEADER: Cell.YES, OFFICER: Cell.YES},
    "limit.see":              {OFFICER: Cell.YES, INSPECTOR: Cell.YES, AUDITOR: Cell.YES},
    "limit.set":              {OFFICER: Cell.HEAD},
    "limit.set_law":          {ADMINISTRATOR: Cell.YES},
    "account.see":            {ADMINISTRATOR: Cell.YES, AUDITOR: Cell.YES},
    "account.manage":         {ADMINISTRATOR: Cell.YES},
    "tenure.see":             {OFFICER: Cell.YES, ADMINISTRATOR: Cell.YES, AUDITOR: Cell.YES},
    "tenure.propose":         {ADMINISTRATOR: Cell.YES},
    "tenure.confirm":         {OFFICER: Cell.YES},
    "absence.see":            {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               ADMINISTRATOR: Cell.YES, AUDITOR: Cell.YES},
    "absence.record":         {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "counterpart.see":        {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, ADMINISTRATOR: Cell.YES, AUDITOR: Cell.YES},
    "counterpart.propose":    {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, ADMINISTRATOR: Cell.YES},
    "counterpart.approve":    {LEADER: Cell.YES, OFFICER: Cell.HEAD},
    "matter.see":             {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               AUDITOR: Cell.HEADER},
    "matter.upload":          {CLERK: Cell.YES, LEADER: Cell.YES},
    "key.see":                {ADMINISTRATOR: Cell.YES, AUDITOR: Cell.YES},
    "key.manage":             {ADMINISTRATOR: Cell.YES},
    "site.configure":         {ADMINISTRATOR: Cell.YES},
    "outbox.see":             {OFFICER: Cell.YES, ADMINISTRATOR: Cell.YES, AUDITOR: Cell.HEADER},
    "outbox.resend":          {OFFICER: Cell.YES, ADMINISTRATOR: Cell.YES},
    "engine.see":             {OFFICER: Cell.YES, INSPECTOR: Cell.YES, ADMINISTRATOR: Cell.YES, AUDITOR: Cell.YES},
    "audit.see":              {AUDITOR: Cell.YES},
    "document.see":           {CLERK: Cell.REVIEWER, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES},
    "document.draft":         {EDITOR: Cell.YES, OFFICER: Cell.YES},
    "document.check":         {CLERK: Cell.REVIEWER, LEADER: Cell.YES, EDITOR: Cell.REVIEWER, OFFICER: Cell.YES},
    "document.review":        {CLERK: Cell.REVIEWER, LEADER: Cell.YES, EDITOR: Cell.REVIEWER, OFFICER: Cell.YES},
    "document.approve":       {LEADER: Cell.YES, OFFICER: Cell.YES},
    "document.withdraw":      {LEADER: Cell.YES, OFFICER: Cell.YES},
    "target.see_report":      {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, AUDITOR: Cell.HEADER},
    "target.report":          {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES},
    "target.check":           {APPRAISER: Cell.YES},
    "target.give_time":       {OFFICER: Cell.YES},
    "target.comment":         {LEADER: Cell.YES, OFFICER: Cell.HEAD},
    "target.progress":        {LEADER: Cell.YES, OFFICER: Cell.YES, APPRAISER: Cell.YES},
    "appraisal.imagine":      {OFFICER: Cell.YES, APPRAISER: Cell.YES},
    "survey.see":             {OFFICER: Cell.YES, APPRAISER: Cell.YES},
    "clause.see":             {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, AUDITOR: Cell.YES},
    "clause.edit":            {OFFICER: Cell.YES},
    "sanction.see":           {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, AUDITOR: Cell.HEADER},
    "sanction.read":          {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES},
    "sanction.record_result": {OFFICER: Cell.YES},
    "sanction.record_ruling": {OFFICER: Cell.YES},
    "card.see":               {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, AUDITOR: Cell.HEADER},
    "card.answer":            {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES},
    "card.accept_explanation": {OFFICER: Cell.YES},
    "card.rule":              {OFFICER: Cell.YES},
    "card.issue":             {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "card.withdraw":          {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "card.withdraw_sweep":    {OFFICER: Cell.YES},
    "card.set_points":        {OFFICER: Cell.HEAD},
    "appraisal.see":          {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, AUDITOR: Cell.HEADER,
                               ADMINISTRATOR: Cell.YES},
    "appraisal.report":       {CLERK: Cell.YES, LEADER: Cell.YES, EDITOR: Cell.YES, OFFICER: Cell.YES,
                               INSPECTOR: Cell.YES, APPRAISER: Cell.YES, ADMINISTRATOR: Cell.YES},
    "appraisal.review":       {LEADER: Cell.YES},
    "appraisal.score":        {APPRAISER: Cell.YES},
    "appraisal.confirm":      {OFFICER: Cell.YES},
    "appraisal.rule":         {OFFICER: Cell.YES},
    "appraisal.decide":       {OFFICER: Cell.YES},
    "appraisal.approve":      {OFFICER: Cell.HEAD},
    "contact.edit":           {OFFICER: Cell.YES},
    "reception.see":          {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               AUDITOR: Cell.YES},
    "reception.read":         {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "reception.reveal":       {CLERK: Cell.REASON, LEADER: Cell.REASON, OFFICER: Cell.REASON,
                               INSPECTOR: Cell.REASON},
    "reception.arrange":      {LEADER: Cell.YES, OFFICER: Cell.YES},
    "reception.announce":     {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES},
    "reception.give_leave":   {LEADER: Cell.YES, OFFICER: Cell.HEAD},
    "reception.cancel":       {LEADER: Cell.YES, OFFICER: Cell.HEAD},
    "reception.receive":      {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES},
    "supervisor.see":         {OFFICER: Cell.YES, INSPECTOR: Cell.YES, AUDITOR: Cell.YES},
    "supervisor.appoint":     {OFFICER: Cell.YES},
    "supervisor.confirm":     {OFFICER: Cell.YES},
    "observation.see":        {LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "observation.hand_in":    {SUPERVISOR: Cell.YES},
    "observation.check":      {OFFICER: Cell.YES},
    "observation.answer":     {LEADER: Cell.YES, OFFICER: Cell.YES},
    "gathering.see":          {OFFICER: Cell.YES, INSPECTOR: Cell.YES, AUDITOR: Cell.YES},
    "gathering.plan":         {OFFICER: Cell.YES},
    "gathering.attend":       {SUPERVISOR: Cell.YES},
    "pilot.see":              {CLERK: Cell.YES, LEADER: Cell.YES, OFFICER: Cell.YES, INSPECTOR: Cell.YES,
                               AUDITOR: Cell.YES},
    "pilot.report":           {CLERK: Cell.YES, LEADER: Cell.YES},
    "pilot.manage":           {OFFICER: Cell.YES},
    "bulletin.see":           {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "bulletin.edit":          {OFFICER: Cell.YES},
    "bulletin.publish":       {OFFICER: Cell.HEAD},
    "opinion.see":            {OFFICER: Cell.YES, INSPECTOR: Cell.YES, AUDITOR: Cell.HEADER},
    "opinion.draft":          {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "opinion.open":           {OFFICER: Cell.YES},
    "opinion.hand_out":       {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "opinion.type":           {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "opinion.read":           {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "opinion.publish":        {OFFICER: Cell.YES},
    "doubts.set":             {OFFICER: Cell.HEAD},
    "sampling.see":           {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "sampling.draw":          {OFFICER: Cell.YES},
    "sampling.assign":        {OFFICER: Cell.YES},
    "sampling.review":        {OFFICER: Cell.YES, INSPECTOR: Cell.YES},
    "sampling.confirm":       {OFFICER: Cell.YES},
}
# fmt: on

Relation = Callable[[Scope, Any], Iterable[Seat]]
_relations: dict[type[models.Model], Relation] = {}


def register_relation(model: type[models.Model], relation: Relation) -> None:
    """Say in which of their seats a person stands to an object of ``model``; none when recused or out of scope."""
    _relations[model] = relation


def seats_for(
    user: "User | AnonymousUser", action: str, obj: models.Model | None = None, *, fresh: bool = False
) -> list[tuple[Seat, Cell]]:
    """
    Return the seats from which ``user`` may do ``action`` (to ``obj``), each with the way; none is no.

    :raises KeyError: the matrix does not know the action; a missing row is a bug, never a silent no
    """
    scope = scope_of(user, fresh=fresh)
    return ways(scope.seats if obj is None else _relations[type(obj)](scope, obj), action, obj)


def ways(seats: Iterable[Seat], action: str, obj: models.Model | None = None) -> list[tuple[Seat, Cell]]:
    """
    Return those of the ``seats`` in which somebody stands to ``obj`` that allow ``action``, each with the way.

    :raises KeyError: the matrix does not know the action
    """
    row = MATRIX[action]
    is_own_handling = getattr(obj, "is_own_handling", False)
    found = []
    for seat in seats:
        cell = row.get(seat.role)
        if cell is not None and cell.holds_from(seat.rank, own_handling=is_own_handling):
            found.append((seat, cell))
    return found


def cells_of(
    user: "User | AnonymousUser", action: str, obj: models.Model | None = None, *, fresh: bool = False
) -> set[Cell]:
    """
    Return the ways in which ``user`` may do ``action`` (to ``obj``): empty is no.

    :raises KeyError: as ``seats_for``
    """
    return {cell for _seat, cell in seats_for(user, action, obj, fresh=fresh)}


# A header-only right is no right to act; one after a reason or by consent is granted by the action that writes it down.
ACTING = frozenset({Cell.YES, *_RANKS, *_OF_OWN_HANDLING})


def may(user: "User | AnonymousUser", action: str, obj: models.Model | None = None, *, fresh: bool = False) -> bool:
    """
    Say whether ``user`` may do ``action`` (to ``obj``).

    A header-only right is no right to act, and one after a reason or by consent is granted by the action that writes
    the reason down first; ``cells_of`` tells these apart.
    """
    return bool(cells_of(user, action, obj, fresh=fresh) & ACTING)
