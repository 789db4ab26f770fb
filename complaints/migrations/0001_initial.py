"""Tables, triggers, the sequence of case numbers, and the look before a filing: what complaints.sql defined then."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# Numbers are drawn from it: gaps are allowed, repetitions are not.
SEQUENCE = "CREATE SEQUENCE complaints_case_number AS bigint START 1"
FUNCTION = """
CREATE FUNCTION complaints_before_filing(addressed_organ bigint, on_date date, words text, print bigint)
RETURNS TABLE (sequence bigint, case_id bigint, event_id bigint, office_id bigint, officer_ids bigint[],
               is_same_text boolean, names_holder boolean)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
BEGIN
RETURN QUERY
WITH RECURSIVE addressed AS (
    SELECT id, parent_id, coalesce(district_id, CASE WHEN level = 'district' THEN id END) AS district_id
      FROM efficiency_organ WHERE id = addressed_organ
), above AS (
    SELECT id, parent_id FROM addressed
    UNION
    SELECT o.id, o.parent_id FROM efficiency_organ AS o JOIN above ON o.id = above.parent_id
), working AS (
    SELECT p.organ_id, t.user_id
      FROM efficiency_tenure AS t
      JOIN efficiency_post AS p ON p.id = t.post_id AND p.role = 'office_officer'
      JOIN efficiency_organ AS o ON o.id = p.organ_id AND o.kind = 'efficiency_office'
      JOIN efficiency_user AS u ON u.id = t.user_id AND u.is_active
     WHERE t.since <= on_date AND (t.until IS NULL OR t.until > on_date)
), office AS (
    SELECT o.id
      FROM efficiency_organ AS o
     WHERE o.kind = 'efficiency_office' AND (o.until IS NULL OR o.until > on_date)
       AND (o.district_id IS NULL
            OR (o.district_id = (SELECT district_id FROM addressed)
                AND EXISTS (SELECT FROM working WHERE working.organ_id = o.id)))
     ORDER BY o.district_id IS NULL, o.position, o.id
     LIMIT 1
)
SELECT nextval('complaints_case_number'),
       nextval(pg_get_serial_sequence('complaints_case', 'id')),
       nextval(pg_get_serial_sequence('complaints_caseevent', 'id')),
       (SELECT id FROM office),
       ARRAY(SELECT DISTINCT user_id FROM working WHERE organ_id = (SELECT id FROM office) ORDER BY user_id),
       EXISTS (SELECT FROM complaints_case WHERE text_print = print),
       EXISTS (SELECT FROM efficiency_tenure AS t
                 JOIN efficiency_post AS p ON p.id = t.post_id
                 JOIN efficiency_user AS u ON u.id = t.user_id
                WHERE p.organ_id IN (SELECT id FROM above)
                  AND t.since <= on_date AND (t.until IS NULL OR t.until > on_date)
                  AND length(u.full_name) >= 2 AND strpos(words, u.full_name) > 0);
END $$;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("efficiency", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="number")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("complaint", "complaint"),
                            ("request", "request"),
                            ("consultation", "consultation"),
                            ("suggestion", "suggestion"),
                        ],
                        max_length=14,
                        verbose_name="kind",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("inaction", "inaction"),
                            ("delay", "delay or overrun"),
                            ("misconduct", "misconduct"),
                            ("buck_passing", "buck-passing"),
                            ("broken_commitment", "broken service commitment"),
                            ("no_one_time_notice", "no one-time notice"),
                            ("first_receiver", "first-receiver duty not kept"),
                            ("arbitrary_fees", "arbitrary fees"),
                            ("arbitrary_fines", "arbitrary fines"),
                            ("arbitrary_levies", "arbitrary levies"),
                            ("door", "no way in"),
                            ("person", "nobody to be met"),
                            ("face", "unfriendly treatment"),
                            ("matter", "matters made difficult"),
                            ("work_discipline", "absent or on private business"),
                            ("non_disclosure", "not disclosed what must be"),
                            ("blockage", "mid-level blockage, not carried out"),
                            ("integrity", "extortion of favours, abuse of power"),
                            ("other", "other"),
                        ],
                        max_length=24,
                        verbose_name="category",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("web", "web"),
                            ("phone", "telephone"),
                            ("letter", "letter"),
                            ("email", "e-mail"),
                            ("visit", "visit"),
                            ("hotline", "12345 hotline"),
                            ("reception_day", "director reception day"),
                            ("social_supervisor", "social supervisor"),
                            ("inspection", "inspection"),
                            ("superior", "passed down from above"),
                            ("media", "media"),
                        ],
                        default="web",
                        max_length=18,
                        verbose_name="channel",
                    ),
                ),
                (
                    "complexity",
                    models.CharField(
                        choices=[("standard", "standard"), ("complex", "complex")],
                        default="standard",
                        max_length=10,
                        verbose_name="complexity",
                    ),
                ),
                ("urgent", models.BooleanField(default=False, verbose_name="urgent")),
                (
                    "organ",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.organ",
                        verbose_name="addressed organ",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.organ",
                        verbose_name="efficiency office in charge",
                    ),
                ),
                (
                    "handling_organ",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.organ",
                        verbose_name="handling organ",
                    ),
                ),
                (
                    "handler",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="handler",
                    ),
                ),
                (
                    "first_receiver",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="first receiver",
                    ),
                ),
                (
                    "handling",
                    models.CharField(
                        blank=True,
                        choices=[("own", "own handling"), ("assigned", "assigned handling")],
                        max_length=10,
                        verbose_name="way of handling",
                    ),
                ),
                (
                    "proposed_organ",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.organ",
                        verbose_name="proposed organ",
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="title")),
                ("description", models.TextField(verbose_name="description")),
                ("location", models.CharField(blank=True, max_length=200, verbose_name="place")),
                ("named_person", models.CharField(blank=True, max_length=80, verbose_name="named person")),
                (
                    "named_person_state",
                    models.CharField(
                        choices=[
                            ("none", "nobody named"),
                            ("unresolved", "named, not yet resolved"),
                            ("linked", "linked to a post"),
                            ("nobody", "nobody of this organ"),
                        ],
                        default="none",
                        max_length=12,
                        verbose_name="named person resolved",
                    ),
                ),
                (
                    "about_post",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.post",
                        verbose_name="post complained about",
                    ),
                ),
                ("anonymous", models.BooleanField(default=False, verbose_name="anonymous")),
                (
                    "consent",
                    models.BooleanField(default=False, verbose_name="the handling organ may learn the identity"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("accepted", "accepted"),
                            ("registered", "registered"),
                            ("submitted", "submitted for instruction"),
                            ("assigned", "assigned"),
                            ("handling", "being handled"),
                            ("replied", "replied"),
                            ("reported", "closing reported"),
                            ("closed", "closed"),
                            ("archived", "archived"),
                            ("rejected", "not accepted"),
                        ],
                        default="received",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                ("accepted_at", models.DateTimeField(blank=True, null=True, verbose_name="accepted at")),
                ("replied_at", models.DateTimeField(blank=True, null=True, verbose_name="replied at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                ("archived_at", models.DateTimeField(blank=True, null=True, verbose_name="archived at")),
                (
                    "rejection_ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("judicial", "before a court, in arbitration, reconsideration or petition procedure"),
                            ("out_of_remit", "a matter of party, congress, court, procuratorate or army"),
                            ("emergency", "an emergency for 110, 119, 120 or 122"),
                            ("repeated", "the same facts are in progress or finished, nothing new"),
                            ("unverifiable", "cannot be verified"),
                            ("private_dispute", "a private dispute"),
                            ("integrity", "an integrity matter for the discipline organ"),
                            ("secret", "state secrets or the privacy of others"),
                            ("abusive", "abusive"),
                            ("other_level", "another organ is responsible"),
                        ],
                        max_length=16,
                        verbose_name="ground of rejection",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("upheld", "upheld"),
                            ("partly", "partly upheld"),
                            ("not_upheld", "not upheld"),
                            ("not_verifiable", "could not be verified"),
                            ("answered", "answered"),
                        ],
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                ("transfer_count", models.PositiveSmallIntegerField(default=0, verbose_name="transfers")),
                ("next_due_at", models.DateTimeField(blank=True, null=True, verbose_name="next due")),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="flags",
                    ),
                ),
                ("text_print", models.BigIntegerField(editable=False, null=True)),
                ("code_hash", models.BinaryField(max_length=32)),
                (
                    "search_pairs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), blank=True, default=list, size=None
                    ),
                ),
            ],
            options={
                "verbose_name": "case",
                "verbose_name_plural": "cases",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["archived", "rejected"]), _negated=True),
                        fields=["handling_organ", "next_due_at", "id"],
                        name="case_queue_of_organ",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["archived", "rejected"]), _negated=True),
                        fields=["office", "next_due_at", "id"],
                        name="case_queue_of_office",
                    ),
                    models.Index(fields=["next_due_at", "id"], name="case_urgency"),
                    models.Index(fields=["-received_at", "-id"], name="case_newest"),
                    models.Index(fields=["organ", "-received_at"], name="case_of_organ"),
                    models.Index(fields=["text_print"], name="case_same_text"),
                    models.Index(
                        condition=models.Q(("anonymous", False), ("archived_at__isnull", False)),
                        fields=["archived_at"],
                        name="case_to_be_forgotten",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["search_pairs"], name="case_search"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "complaint"), _negated=True),
                            models.Q(("category", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="case_complaint_has_category",
                        violation_error_message="A complaint needs a category.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "rejected"), _negated=True),
                            models.Q(("rejection_ground", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="case_rejected_has_ground",
                        violation_error_message="A case that is not accepted has a ground.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("anonymous", False), ("consent", False), _connector="OR"),
                        name="case_anonymous_gives_no_consent",
                        violation_error_message="An anonymous case has no identity that could be shown.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("about_post__isnull", False), ("named_person_state", "linked")),
                            models.Q(
                                models.Q(("named_person_state", "linked"), _negated=True), ("about_post__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="case_linked_person_has_post",
                        violation_error_message="A linked person is linked to a post.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["assigned", "handling"]), _negated=True),
                            ("handling_organ__isnull", False),
                            _connector="OR",
                        ),
                        name="case_held_has_organ",
                        violation_error_message="A case that is being handled lies with an organ.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("accepted_at__isnull", True),
                                ("accepted_at__gte", models.F("received_at")),
                                _connector="OR",
                            ),
                            models.Q(
                                ("replied_at__isnull", True),
                                ("replied_at__gte", models.F("received_at")),
                                _connector="OR",
                            ),
                        ),
                        name="case_moments_ascend",
                        violation_error_message="Nothing happens to a case before it was received.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.BinaryField(db_index=True, max_length=32)),
                ("position", models.PositiveSmallIntegerField()),
                ("original_name", models.BinaryField()),
                ("content_type", models.CharField(max_length=80)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.BinaryField(max_length=32)),
                ("storage_name", models.CharField(max_length=80, unique=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "draft file",
                "verbose_name_plural": "draft files",
                "indexes": [models.Index(fields=["created_at"], name="draft_file_age")],
            },
        ),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="complaints.case",
                        verbose_name="case",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number in the case")),
                ("action", models.CharField(max_length=30, verbose_name="action")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("actor_kind", models.CharField(max_length=8, verbose_name="acted as")),
                (
                    "actor_organ",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.organ",
                    ),
                ),
                (
                    "actor_post",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.post",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "from_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("received", "received"),
                            ("accepted", "accepted"),
                            ("registered", "registered"),
                            ("submitted", "submitted for instruction"),
                            ("assigned", "assigned"),
                            ("handling", "being handled"),
                            ("replied", "replied"),
                            ("reported", "closing reported"),
                            ("closed", "closed"),
                            ("archived", "archived"),
                            ("rejected", "not accepted"),
                        ],
                        max_length=12,
                        verbose_name="from",
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("accepted", "accepted"),
                            ("registered", "registered"),
                            ("submitted", "submitted for instruction"),
                            ("assigned", "assigned"),
                            ("handling", "being handled"),
                            ("replied", "replied"),
                            ("reported", "closing reported"),
                            ("closed", "closed"),
                            ("archived", "archived"),
                            ("rejected", "not accepted"),
                        ],
                        max_length=12,
                        verbose_name="to",
                    ),
                ),
                ("public_text", models.TextField(blank=True, verbose_name="text for the citizen")),
                ("internal_text", models.TextField(blank=True, verbose_name="internal text")),
                ("data", models.JSONField(blank=True, default=dict, verbose_name="values")),
            ],
            options={
                "verbose_name": "event of a case",
                "verbose_name_plural": "events of cases",
                "indexes": [models.Index(fields=["-at"], name="case_event_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "number"), name="case_event_numbered"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("actor__isnull", False), ("actor_kind", "staff")),
                            models.Q(("actor_kind__in", ["citizen", "system"]), ("actor__isnull", True)),
                            _connector="OR",
                        ),
                        name="case_event_staff_has_actor",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Holding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holdings", to="complaints.case"
                    ),
                ),
                (
                    "organ",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="efficiency.organ",
                        verbose_name="organ",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "holding",
                "verbose_name_plural": "holdings",
                "indexes": [models.Index(fields=["organ", "since"], name="holding_of_organ")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)), fields=("case",), name="holding_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"),
                        name="holding_is_ordered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="recusals", to="complaints.case"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("person_concerned", "is the person concerned"),
                            ("declared", "has declared a conflict"),
                            ("former_decision", "wrote the decision under review"),
                        ],
                        max_length=20,
                        verbose_name="ground",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
            ],
            options={
                "verbose_name": "recusal",
                "verbose_name_plural": "recusals",
                "indexes": [models.Index(fields=["user", "case"], name="recusal_of_user")],
                "constraints": [models.UniqueConstraint(fields=("case", "user", "ground"), name="recusal_once")],
            },
        ),
        migrations.CreateModel(
            name="CaseIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="identity", to="complaints.case"
                    ),
                ),
                ("name", models.BinaryField(verbose_name="name")),
                ("phone", models.BinaryField(blank=True, default=b"", verbose_name="telephone")),
                ("email", models.BinaryField(blank=True, default=b"", verbose_name="e-mail")),
                ("phone_hash", models.BinaryField(blank=True, default=b"", max_length=32)),
                ("email_hash", models.BinaryField(blank=True, default=b"", max_length=32)),
                ("wants_email", models.BooleanField(default=False, verbose_name="wants a letter when there is news")),
            ],
            options={
                "verbose_name": "identity",
                "verbose_name_plural": "identities",
                "indexes": [
                    models.Index(fields=["phone_hash"], name="identity_phone"),
                    models.Index(fields=["email_hash"], name="identity_email"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="erasure", to="complaints.case"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
            },
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reveals", to="complaints.case"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organ",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="efficiency.organ"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("contact", "to contact the complainant"),
                            ("verify", "to verify the facts or the person"),
                            ("follow_up", "follow-up call"),
                            ("law", "a duty by law"),
                            ("other", "other"),
                        ],
                        max_length=20,
                        verbose_name="category of reason",
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
            ],
            options={
                "verbose_name": "reveal",
                "verbose_name_plural": "reveals",
                "indexes": [models.Index(fields=["by", "-at"], name="reveal_of_user")],
            },
        ),
        migrations.CreateModel(
            name="FilingToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="filing_token", to="complaints.case"
                    ),
                ),
                ("filed_at", models.DateTimeField(verbose_name="filed at")),
            ],
            options={
                "verbose_name": "filing token",
                "verbose_name_plural": "filing tokens",
            },
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="complaints.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("proposed", "waiting for approval"),
                            ("sent", "sent"),
                            ("returned", "sent back"),
                            ("dropped", "set aside"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("upheld", "upheld"),
                            ("partly", "partly upheld"),
                            ("not_upheld", "not upheld"),
                            ("not_verifiable", "could not be verified"),
                            ("answered", "answered"),
                        ],
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                ("findings", models.TextField(blank=True, verbose_name="findings")),
                ("measures", models.TextField(blank=True, verbose_name="measures taken")),
                ("basis", models.TextField(blank=True, verbose_name="basis")),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="drafted by",
                    ),
                ),
                ("drafted_at", models.DateTimeField(verbose_name="drafted at")),
                ("proposed_at", models.DateTimeField(blank=True, null=True, verbose_name="proposed at")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                ("remark", models.TextField(blank=True, verbose_name="remark of the approver")),
            ],
            options={
                "verbose_name": "reply",
                "verbose_name_plural": "replies",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "proposed"])),
                        fields=("case",),
                        name="reply_one_in_work",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["sent", "returned"]), _negated=True),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="reply_sent_was_decided",
                        violation_error_message="A reply is sent by the person who approved it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("drafted_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="reply_two_persons",
                        violation_error_message="Whoever drafted a reply cannot approve it.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClosingReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closing_reports",
                        to="complaints.case",
                        verbose_name="case",
                    ),
                ),
                ("facts", models.TextField(verbose_name="facts")),
                ("basis", models.TextField(verbose_name="basis")),
                ("measures", models.TextField(verbose_name="measures taken")),
                ("responsible", models.TextField(blank=True, verbose_name="responsible posts")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="reported at")),
            ],
            options={
                "verbose_name": "closing report",
                "verbose_name_plural": "closing reports",
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="complaints.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="complaints.caseevent",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                ("content_type", models.CharField(max_length=80, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size")),
                ("sha256", models.BinaryField(max_length=32)),
                ("storage_name", models.CharField(max_length=80, unique=True)),
                ("created_at", models.DateTimeField(verbose_name="received at")),
                ("office_only", models.BooleanField(default=False, verbose_name="for the office only")),
                ("original_name", models.BinaryField(blank=True, default=b"")),
                ("sealed_name", models.CharField(blank=True, max_length=80)),
                ("sealed_sha256", models.BinaryField(blank=True, default=b"", max_length=32)),
                ("sealed_key", models.BinaryField(blank=True, default=b"")),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "constraints": [
                    models.UniqueConstraint(fields=("case", "position"), name="attachment_position"),
                    models.UniqueConstraint(
                        condition=models.Q(("sealed_name", ""), _negated=True),
                        fields=("sealed_name",),
                        name="attachment_sealed_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sealed_key", b""), ("sealed_name", "")),
                            models.Q(
                                models.Q(("sealed_name", ""), _negated=True),
                                models.Q(("sealed_key", b""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="attachment_sealed_has_key",
                        violation_error_message="A sealed original has its key.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evaluation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluations",
                        to="complaints.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "reply",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="evaluation", to="complaints.reply"
                    ),
                ),
                (
                    "grade",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (5, "very satisfied"),
                            (4, "satisfied"),
                            (3, "basically satisfied"),
                            (2, "dissatisfied"),
                            (1, "very dissatisfied"),
                        ],
                        verbose_name="grade",
                    ),
                ),
                ("contacted_in_time", models.BooleanField(null=True, verbose_name="contacted in time")),
                ("solved", models.BooleanField(null=True, verbose_name="solved")),
                ("text", models.TextField(blank=True, verbose_name="what is lacking")),
                ("at", models.DateTimeField(verbose_name="evaluated at")),
            ],
            options={
                "verbose_name": "evaluation",
                "verbose_name_plural": "evaluations",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("grade__gte", 1), ("grade__lte", 5)), name="evaluation_grade_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SupervisionOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supervision_orders",
                        to="complaints.case",
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="complaints.caseevent"
                    ),
                ),
                (
                    "organ",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="efficiency.organ"
                    ),
                ),
                ("text", models.TextField(verbose_name="what is ordered")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="ordered at")),
                ("generation", models.PositiveSmallIntegerField(default=1, verbose_name="order number in the case")),
                ("answer", models.TextField(blank=True, verbose_name="answer of the organ")),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered at")),
            ],
            options={
                "verbose_name": "supervision order",
                "verbose_name_plural": "supervision orders",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at__isnull", True), ("answered_by__isnull", True)),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="supervision_order_answer_is_whole",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="case_event_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="274c58f1aff9ccac74e86e220808656b1b7cd89c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_case_event_append_only_a5fa8",
                    table="complaints_caseevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="caseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="case_event_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="b6dc2cdf736811c2905ed47aedc42234ae19b1e8",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_case_event_not_emptied_227b5",
                    table="complaints_caseevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="closingreport",
            trigger=pgtrigger.compiler.Trigger(
                name="closing_report_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ee4dbc024c4c4f8e86a9b960dd5775b35df04f81",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_closing_report_append_only_d349d",
                    table="complaints_closingreport",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="closingreport",
            trigger=pgtrigger.compiler.Trigger(
                name="closing_report_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="5d684f929b4064b697c0ef2d04e2168d2746831d",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_closing_report_not_emptied_39c8f",
                    table="complaints_closingreport",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="erasure",
            trigger=pgtrigger.compiler.Trigger(
                name="erasure_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="0c3efe81a493e0b4dad878768f1d85f59c4877db",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_erasure_append_only_2d90d",
                    table="complaints_erasure",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="erasure",
            trigger=pgtrigger.compiler.Trigger(
                name="erasure_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="56601e6af1b327096d087313411df97e0a700564",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_erasure_not_emptied_6f960",
                    table="complaints_erasure",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recusal",
            trigger=pgtrigger.compiler.Trigger(
                name="recusal_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9e421b8f81843b8a06256a8ca0a7c4cdf9a1a3ad",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_recusal_append_only_3ca11",
                    table="complaints_recusal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recusal",
            trigger=pgtrigger.compiler.Trigger(
                name="recusal_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="ccb88a0fd1ac524ea8019cbcae9b1c150a5d79a6",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_recusal_not_emptied_6e45a",
                    table="complaints_recusal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="evaluation",
            trigger=pgtrigger.compiler.Trigger(
                name="evaluation_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5c0149d4e8af2fde507face5da15bf3344155856",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_evaluation_append_only_7d1da",
                    table="complaints_evaluation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="evaluation",
            trigger=pgtrigger.compiler.Trigger(
                name="evaluation_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="337eba3cd9c58668ddd66a8c38eeca4196fe846e",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_evaluation_not_emptied_260e6",
                    table="complaints_evaluation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reveal",
            trigger=pgtrigger.compiler.Trigger(
                name="reveal_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="03c1dc851c421d8f2f6e3d1eaaf7de1845eb4f50",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_reveal_append_only_cf8b4",
                    table="complaints_reveal",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reveal",
            trigger=pgtrigger.compiler.Trigger(
                name="reveal_not_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'this table only grows';",
                    hash="3d9a39368b523458815cdd7a16ccf13436a5b1e5",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_reveal_not_emptied_6455a",
                    table="complaints_reveal",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(SEQUENCE, "DROP SEQUENCE complaints_case_number"),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION complaints_before_filing(bigint, date, text, bigint)"),
    ]
