"""
The admin site of the portal and the base of every admin class in it (docs/trust.md Z-01 to Z-04).

Rows come from what the viewer may know of, rights from the access matrix, and so do the choices of every foreign key,
filter and autocomplete. What is out of scope does not exist here either: the answer is 404, never a refusal.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, update_wrapper
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.exceptions import BadRequest, FieldDoesNotExist, ImproperlyConfigured, PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import get_script_prefix, path, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme, urlsafe_base64_decode
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as django_gettext
from django.utils.translation import gettext_lazy as _

from efficiency.access.may import Cell, cells_of, may
from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.access.scope import held_posts, scope_of
from efficiency.organs.models import Organ, Role
from efficiency.remembering import at_once

# Suffixes that the filters of Django append to the name of their field; nothing else may be asked for.
FILTER_SUFFIXES = ("", "__exact", "__isnull", "__gte", "__lt", "__id__exact", "__pk__exact")
# Names that a log-in after a lost session carries through, so that the form that was being sent is not lost.
KEPT = "kept."
# Under which names addresses carry the key of the object that they are about.
OBJECT_KEYS = ("pk", "object_id", "year")
# What the first page shows of a list; other things about it follow from further rights of the person.
SHOWN = ("name", "admin_url")
MOST_LISTS_KEPT = 200
# Django's own models whose rights mean nothing here.
NOT_OURS = ("auth", "sites", "axes")


class Home:
    """One part of the index page: a template and the function that fills it, for those whom it concerns."""

    def __init__(
        self, template: str, build: Callable[[HttpRequest], dict[str, Any] | None], position: int, is_work: bool
    ) -> None:
        self.template, self.build, self.position, self.is_work = template, build, position, is_work


@dataclass(frozen=True, slots=True)
class HeaderSearch:
    """What the search field of the header says and looks for; of several that a person may use the first."""

    label: str | Promise
    hint: str | Promise
    position: int = 50


class LogInForm(AuthenticationForm):
    """Log-in whose errors are alike for every cause: unknown, wrong, closed, or without a post today."""

    error_messages = {
        "invalid_login": _("The name or the password is not right."),
        "inactive": _("The name or the password is not right."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].error_messages["required"] = _("Enter your account name.")
        self.fields["password"].error_messages["required"] = _("Enter your password.")

    def confirm_login_allowed(self, user: Any) -> None:
        """
        Let in whoever holds a post with a role today (docs/trust.md S-07).

        :raises ValidationError: closed account, or no running tenure
        """
        if not scope_of(user).roles:
            raise self.get_invalid_login_error()


class PortalAdminSite(admin.AdminSite):
    """The back office: a queue of work first, the models behind it; nothing registered without a scope."""

    site_header = _("Administrative Efficiency Supervision Portal")
    site_title = _("Administrative Efficiency Supervision Portal")
    index_title = _("My work")
    login_form = LogInForm
    login_template = "admin/login.html"
    empty_value_display = "–"
    # The work comes first: a list of all models beside each page would be the order of apps, and half of a phone.
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.homes: list[Home] = []
        self.starts: list[Callable[[HttpRequest], str | None]] = []
        # What the first page lists, by language and by the models that somebody may see.
        self._kept_lists: dict[tuple, list[dict[str, Any]]] = {}
        self.pages: list[tuple[str, Callable[..., HttpResponse], str]] = []
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """
        Register models with an admin class that scopes its rows.

        :raises ImproperlyConfigured: the class is not a ``ScopedAdmin``
        """
        one = isinstance(model_or_iterable, type)
        model_list: list[type[models.Model]] = [model_or_iterable] if one else list(model_or_iterable)
        if all(model._meta.app_label in NOT_OURS for model in model_list):
            return
        if not (isinstance(admin_class, type) and issubclass(admin_class, ScopedAdmin)):
            raise ImproperlyConfigured(f"{admin_class} does not scope its rows: use ScopedAdmin.")
        super().register(model_list, admin_class, **options)

    def add_home(
        self,
        template: str,
        build: Callable[[HttpRequest], dict[str, Any] | None],
        *,
        position: int = 50,
        is_work: bool = False,
    ) -> None:
        """
        Put a part on the index page; ``build`` returns its context, or None for those whom it does not concern.

        Beside a part that is work the lists of models are folded.
        """
        self.homes.append(Home(template, build, position, is_work))
        self.homes.sort(key=lambda home: home.position)

    def add_start(self, start: Callable[[HttpRequest], str | None]) -> None:
        """Let the work of some begin on another page: ``start`` returns its address, or None for everybody else."""
        self.starts.append(start)

    def add_page(self, route: str, view: Callable[..., HttpResponse], *, name: str) -> None:
        """Add a page for everybody who holds a post; what it shows is scoped by the page itself."""
        self.pages.append((route, view, name))

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether the person holds a post with a role today; flags of the account are not looked at."""
        return bool(scope_of(request.user).roles)

    def get_urls(self) -> list:
        """Leave out the short cut to any object by type and id, which tells what exists; add our own pages."""
        first = path("first-log-in/<uidb64>/<token>/", self.first_log_in, name="first_log_in")
        pages = [path(route, self.admin_view(view), name=name) for route, view, name in self.pages]
        rest = [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]
        return [first, *pages, *rest]

    def first_log_in(self, request: HttpRequest, **where: str) -> HttpResponse:
        """Let a person set a password by the link that the administrator handed over; it works once."""
        view = PasswordResetConfirmView.as_view(
            template_name="admin/first_log_in.html",
            success_url=reverse("admin:login", current_app=self.name),
            extra_context={"site_title": self.site_title, "site_header": self.site_header, "has_permission": False},
        )
        # The password changes with its record, or not at all (docs/trust.md L-07).
        with transaction.atomic():
            response = cast(HttpResponse, view(request, **where))
            # The link itself only leads on to the page on which the password is set.
            is_page = where["token"] == PasswordResetConfirmView.reset_url_token
            if is_page and request.method == "POST" and response.status_code == 302:
                pk = urlsafe_base64_decode(where["uidb64"]).decode()
                account = User.objects.get(pk=pk)
                _record("account.password", actor=account, obj=account)
        return response

    @transaction.atomic
    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> Any:
        """Let a person change the own password; that it was changed is recorded with it (docs/trust.md L-07)."""
        response = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            _record("account.password", actor=viewer(request), obj=viewer(request))
        return response

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """
        Guard a view: what is refused is recorded (docs/trust.md L-01).

        A form sent after the session was lost comes back after the log-in (docs/trust.md F-20).
        """
        guarded = super().admin_view(view, cacheable)

        def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            logging_out = request.path == reverse("admin:logout", current_app=self.name)
            if request.method == "POST" and not logging_out and not self.has_permission(request):
                return self.login_again(request)
            try:
                return guarded(request, *args, **kwargs)
            except PermissionDenied:
                self.record_refusal(request)
                raise

        return update_wrapper(keeping, view)

    def record_refusal(self, request: HttpRequest) -> None:
        """Record that a person was refused an act, as the address names act and object (docs/trust.md L-01)."""
        match = request.resolver_match
        if match is None or not match.url_name or not isinstance(request.user, User):
            return
        for model in self._registry:
            of_model = f"{model._meta.app_label}_{model._meta.model_name}_"
            if match.url_name.startswith(of_model):
                verb = match.kwargs.get("action") or match.url_name.removeprefix(of_model)
                key = next((str(match.kwargs[name]) for name in OBJECT_KEYS if name in match.kwargs), "")
                obj = model(pk=int(key)) if key.isascii() and key.isdigit() else None
                _record(f"{model._meta.model_name}.{verb}", actor=request.user, obj=obj, outcome="refused")
                return

    def login_again(self, request: HttpRequest) -> HttpResponse:
        """Show the log-in page with what was being sent in it."""
        kept = [
            (KEPT + name, value)
            for name, values in request.POST.lists()
            if name != "csrfmiddlewaretoken" and "password" not in name
            for value in values
        ]
        context = {
            **self.each_context(request),
            "title": _("Log in again"),
            "form": LogInForm(request),
            "kept": kept,
            "app_path": reverse("admin:login", current_app=self.name),
            REDIRECT_FIELD_NAME: request.get_full_path(),
        }
        return TemplateResponse(request, self.login_template, context, status=401)

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Log in; a form that was kept is shown again for sending instead of going to a page."""
        kept = [
            (name, value)
            for name, values in request.POST.lists()
            if name.startswith(KEPT) and request.method == "POST"
            for value in values
        ]
        if kept:
            # What was being sent is no part of the log-in: whoever notes down failed ones must not find it (P-09).
            request.POST = _without_kept(request)  # type: ignore[assignment]
        # An open session of somebody else's is not told about: logging in again replaces it.
        response = super().login(request, {"kept": kept, **(extra_context or {})})
        target = request.POST.get(REDIRECT_FIELD_NAME, "")
        if kept and response.status_code == 302 and self.has_permission(request):
            if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
                return response
            fields = [(name.removeprefix(KEPT), value) for name, value in kept]
            return TemplateResponse(
                request,
                "admin/send_again.html",
                {**self.each_context(request), "title": _("You are logged in again"), "fields": fields, "to": target},
            )
        return response

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add who the person is here, the posts that run today, and whether there are lists for them."""
        return {
            **super().each_context(request),
            "seats": SimpleLazyObject(lambda: seats_of(request)),
            "has_lists": SimpleLazyObject(lambda: self._has_lists(request)),
            "header_search": SimpleLazyObject(lambda: self._search_of(request)),
        }

    def _search_of(self, request: HttpRequest) -> dict[str, Any] | None:
        """Return where the search of the header leads whoever asks, and its words; None without such a list."""
        offered = [
            (each.header_search, each)
            for each in self._registry.values()
            if isinstance(each, ScopedAdmin) and each.header_search and each.sees(request)
        ]
        if offered:
            words, found = min(offered, key=lambda each: each[0].position)
            address = reverse(f"admin:{found.opts.app_label}_{found.opts.model_name}_changelist", current_app=self.name)
            return {"address": address, "label": words.label, "hint": words.hint}
        return None

    def _has_lists(self, request: HttpRequest) -> bool:
        return any(model_admin.has_module_permission(request) for model_admin in self._registry.values())

    def get_log_entries(self, request: HttpRequest) -> models.QuerySet:
        """Return nothing: recent actions name objects that may be out of scope by now; the audit record has them."""
        return LogEntry.objects.none()

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """
        Return the models in the order of work instead of by app.

        They are looked for where they are shown: Django puts them into the frame of every page, and asks for four
        rights and two addresses of each model.
        """
        return SimpleLazyObject(lambda: self._app_list(request, app_label))

    def _app_list(self, request: HttpRequest, app_label: str | None) -> list[dict[str, Any]]:
        groups: dict[str, dict[str, Any]] = {}
        for app in self._build_app_dict(request, app_label).values():
            for entry in app["models"]:
                model_admin = cast(ScopedAdmin, self._registry[entry["model"]])
                name = str(model_admin.group or app["name"])
                group = groups.setdefault(
                    name,
                    {
                        "name": name,
                        "app_label": app["app_label"],
                        "app_url": reverse("admin:index", current_app=self.name) + "#models",
                        "has_module_perms": True,
                        "models": [],
                        "position": model_admin.position,
                    },
                )
                group["position"] = min(group["position"], model_admin.position)
                group["models"].append({**entry, "position": model_admin.position})
        for group in groups.values():
            group["models"].sort(key=lambda entry: (entry["position"], entry["name"]))
        return sorted(groups.values(), key=lambda group: (group["position"], group["name"]))

    def index(  # type: ignore[override]  # it may lead elsewhere
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        """Show the parts that the apps put on the first page, the work queue above all."""
        for start in self.starts:
            if address := start(request):
                return HttpResponseRedirect(address)
        with at_once():
            parts = [
                {"template": home.template, "part": context, "is_work": home.is_work}
                for home in self.homes
                if (context := home.build(request)) is not None
            ]
        has_work = any(part["is_work"] for part in parts)
        shown = {"parts": parts, "has_work": has_work, "app_list": self._lists(request)}
        return super().index(request, {**shown, **(extra_context or {})})

    def _lists(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the lists that the viewer may see, by their headings, as the first page shows them."""
        seen = [model for model, model_admin in self._registry.items() if model_admin.has_module_permission(request)]
        key = (get_language(), get_script_prefix(), tuple(seen))
        lists = self._kept_lists.get(key)
        if lists is None:
            if len(self._kept_lists) >= MOST_LISTS_KEPT:
                self._kept_lists = {}
            lists = self._kept_lists[key] = [
                {"name": group["name"], "models": [{name: entry[name] for name in SHOWN} for entry in group["models"]]}
                for group in self._app_list(request, None)
            ]
        return lists

    def step_page(
        self,
        request: HttpRequest,
        *,
        title: Any,
        form: Any,
        submit: Any,
        back: str,
        template: str = "admin/step.html",
        effects: Iterable[Any] = (),
        crumbs: Iterable[tuple[Any, str]] = (),
        status: int = 200,
        **extra: Any,
    ) -> HttpResponse:
        """
        Show the page of one consequential act: what will happen, the fields, the act and the way back.

        :param effects: sentences about what follows, for the person to read before
        :param crumbs: pairs of word and address above this page
        """
        context = {
            **self.each_context(request),
            "title": title,
            "form": form,
            "submit": submit,
            "back": back,
            "effects": list(effects),
            "crumbs": list(crumbs),
            **extra,
        }
        request.current_app = self.name  # type: ignore[attr-defined]
        return TemplateResponse(request, template, context, status=status)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Complete from rows in scope; whatever may not be asked does not exist."""
        try:
            return super().autocomplete_view(request)
        except PermissionDenied as refusal:
            raise Http404 from refusal


def _record(action: str, *, actor: Any, obj: models.Model | None, outcome: str = "done") -> None:
    for recorder in _recorders:
        recorder(action, actor=actor, obj=obj, detail={}, outcome=outcome)


def portal() -> PortalAdminSite:
    """Return the site of the back office as what it is; Django hands it out as any admin site."""
    return cast(PortalAdminSite, admin.site)


def viewer(request: HttpRequest) -> User:
    """
    Return the person who is logged in.

    :raises PermissionDenied: nobody is; the site lets no such request through
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def seats_of(request: HttpRequest) -> list[dict[str, Any]]:
    """Return role, organ and post of each running tenure, for the head of the page."""
    seats = scope_of(request.user).seats
    posts = held_posts(request.user)
    return [
        {
            "role": str(Role(seat.role).label),
            "organ": str(posts[seat.post_id].organ),
            "post": posts[seat.post_id].name,
            "is_stand_in": seat.is_stand_in,
        }
        for seat in seats
        if seat.post_id in posts
    ]


class BoundedPaginator(Paginator):
    """Pages of a long list without counting all of it: beyond ``most`` rows the count says "more than"."""

    most = 1_000

    @cached_property
    def _counted(self) -> int:
        return cast(models.QuerySet, self.object_list).order_by()[: self.most + 1].count()

    @property
    def count(self) -> int:  # type: ignore[override]  # Django's own is a property that is kept
        """Return the number of rows, at most ``most`` (docs/trust.md R-08)."""
        return min(self.most, self._counted)

    @property
    def is_more(self) -> bool:
        """Whether there are more rows than the pages hold."""
        return self._counted > self.most


class OrganChoiceField(forms.ModelChoiceField):
    """Organs as a tree: towns stand indented below their district."""

    def label_from_instance(self, obj: models.Model) -> str:
        """Return the name behind one ideographic space a level."""
        return "　" * getattr(obj, "tree_depth", 0) + str(obj)


class PersonIterator(forms.models.ModelChoiceIterator):
    """Choices of persons: one query, from which it is also known who shares a name."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        persons = list(self.queryset)
        named = Counter(person.full_name for person in persons)
        for person in persons:
            shown = f"{person.full_name}（{person.username}）" if named[person.full_name] > 1 else person.full_name
            yield (self.choice(person)[0], shown)


class PersonChoiceField(forms.ModelChoiceField):
    """Persons by name, with the account for those who share one."""

    iterator = PersonIterator  # type: ignore[assignment]  # typed as of an instance; Django reads it from the class


def in_tree_order(organs: Any) -> Any:
    """Return the organs in tree order, inside by the office's order, then pinyin."""
    return organs.with_tree_fields().order_siblings_by("position", "sort_key")


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """
    A filter over another table that offers only what lies in the viewer's scope.

    Organs are those that the viewer's posts reach; of any other table, the rows that the viewer's own list points to.
    """

    template = "admin/filter_folded.html"

    def field_choices(self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Return the choices, organs as the tree stands."""
        rows = rows_of(field.related_model, request.user)
        if issubclass(field.related_model, Organ):
            reached = scope_of(request.user).organ_ids_as(*Role)
            return [(str(row.pk), str(row)) for row in in_tree_order(rows.filter(pk__in=reached))]
        seen = model_admin.get_queryset(request).order_by().values(field.name)
        return [(str(row.pk), str(row)) for row in rows.filter(pk__in=seen)]


class _Scoped:
    """What lists and inlines have in common: rights from the matrix, choices from rows in scope."""

    see: str | None = None  # action of the matrix that lets a person see the rows; a header-only right counts
    add: str | None = None  # actions that let a person add and change; None: nobody does it here
    edit: str | None = None
    # Whether the header of the back office looks for rows of this kind.
    header_search: HeaderSearch | None = None

    def sees(self, request: HttpRequest) -> bool:
        """Say whether the viewer may see rows of this kind at all."""
        return self.see is not None and bool(cells_of(request.user, self.see))

    def sees_whole(self, request: HttpRequest) -> bool:
        """Say whether the viewer may see more than the header of a row."""
        return self.see is not None and bool(cells_of(request.user, self.see) - {Cell.HEADER})

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Say whether the viewer may see; an object that comes here was taken from the rows in scope."""
        return self.sees(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Say whether the viewer may change (the object)."""
        return self.sees(request) and self.edit is not None and may(request.user, self.edit, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Say no: what was is ended with a date, never deleted."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Say whether the viewer finds the model in lists of models."""
        return self.sees(request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the plain field without the pop-ups of other models."""
        if isinstance(db_field, models.URLField):
            kwargs.setdefault("assume_scheme", "https")
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only what the viewer may know of."""
        rows = kwargs.pop("queryset", None)
        if rows is None:
            rows = rows_of(db_field.related_model, request.user)
        if issubclass(db_field.related_model, Organ):
            rows = in_tree_order(rows)
            kwargs.setdefault("form_class", OrganChoiceField)
        return super().formfield_for_foreignkey(db_field, request, queryset=rows, **kwargs)  # type: ignore[misc]

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Allow the primary key alone."""
        try:
            return bool(self.opts.get_field(to_field).primary_key)  # type: ignore[attr-defined]
        except FieldDoesNotExist:
            return False


Recorder = Callable[..., None]
_recorders: list[Recorder] = []


def on_record(recorder: Recorder) -> None:
    """Hand changes made through forms, and refusals, to ``recorder(action, actor=, obj=, detail=, outcome=)``."""
    _recorders.append(recorder)


class ChosenForm(ActionForm):
    """What is done with the rows that were chosen in a list."""

    action = forms.ChoiceField(label=_("For the chosen rows"))


class ScopedAdmin(_Scoped, admin.ModelAdmin):
    """Rows from ``rows_of``, rights from ``may``; out of scope is 404; only declared filters may be asked for."""

    admin_site: "PortalAdminSite"
    group: Any = ""  # heading of the models in the navigation
    position = 50
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    save_as = False
    view_on_site = False
    actions_selection_counter = True
    action_form = ChosenForm

    def action_checkbox(self, obj: models.Model) -> SafeString:
        """Return the box by which a row is chosen, as Django's, which renders a template for each row."""
        label = django_gettext("Select this object for an action - {}").format(obj)
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            label,
        )

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> list[tuple[str, Any]]:
        """Begin the choice with words instead of dashes."""
        return super().get_action_choices(request, default_choices or [("", _("please choose"))])

    def rows(self, request: HttpRequest) -> models.QuerySet:
        """Return the rows that the viewer may know of."""
        return rows_of(self.model, request.user) if self.sees(request) else self.model._default_manager.none()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Return the rows that the viewer may know of, in the order of the list."""
        rows, ordering = self.rows(request), self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say whether the viewer may add a row."""
        return self.sees(request) and self.add is not None and may(request.user, self.add)

    # --- Whoever may not see finds nothing --------------------------------------------------------------------------

    def only_for_viewers(self, request: HttpRequest) -> None:
        """
        Let pass who may see rows of this kind.

        :raises Http404: the viewer may not, so the page does not exist
        """
        if not self.sees(request):
            raise Http404

    def refuse_nul(self, request: HttpRequest) -> None:
        """
        Let pass whose address holds no NUL, which no text has.

        :raises BadRequest: it does (docs/trust.md O-06)
        """
        if any("\x00" in text for name, values in request.GET.lists() for text in (name, *values)):
            raise BadRequest

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """
        Show the list.

        :raises BadRequest: the address holds a NUL, which no text has (docs/trust.md O-06)
        """
        self.only_for_viewers(request)
        self.refuse_nul(request)
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict | None = None,
    ) -> HttpResponse:
        """Show the form of a row in scope, or of a new one."""
        self.only_for_viewers(request)
        extra = {"may_see_history": may(request.user, "audit.see"), **(extra_context or {})}
        if object_id is None:
            extra.setdefault("title", _("Add %(name)s") % {"name": self.opts.verbose_name})
        return super().changeform_view(request, object_id, form_url, extra)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        """Refuse to delete a row in scope; any other does not exist."""
        self.only_for_viewers(request)
        if self.get_object(request, object_id) is None:
            raise Http404
        return super().delete_view(request, object_id, extra_context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        """Lead whoever may read the audit record to the rows about this object."""
        self.only_for_viewers(request)
        obj = self.get_object(request, object_id)
        if obj is None or not may(request.user, "audit.see"):
            raise Http404
        query = urlencode({"object": f"{self.opts.label_lower}:{obj.pk}"})
        return HttpResponseRedirect(reverse("admin:efficiency_auditrecord_changelist") + "?" + query)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404

    # --- Lists ------------------------------------------------------------------------------------------------------

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Return the filters; one over another table offers rows in scope alone."""
        return [self._scoped_filter(item) for item in super().get_list_filter(request)]

    def _scoped_filter(self, item: Any) -> Any:
        if isinstance(item, str):
            field = get_fields_from_path(self.model, item)[-1]
            return (item, ScopedRelatedFilter) if field.is_relation else item
        return item

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow what the declared filters ask, and nothing else (the class of CVE-2010-4534 and CVE-2014-0483)."""
        if request is None:
            return False
        if self.date_hierarchy and lookup.startswith(f"{self.date_hierarchy}__"):
            return lookup.removeprefix(f"{self.date_hierarchy}__") in ("year", "month", "day", "gte", "lt")
        for item in self.get_list_filter(request):
            if isinstance(item, type) and issubclass(item, admin.SimpleListFilter):
                if lookup == item.parameter_name:
                    return True
                continue
            path = item[0] if isinstance(item, list | tuple) else item
            if lookup in {path + suffix for suffix in FILTER_SUFFIXES}:
                return True
        return False

    # --- Who changed what -------------------------------------------------------------------------------------------

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Record that a row was added."""
        self.record(request, "add", obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """Record that a row was changed, with the names of its fields."""
        self.record(request, "change", obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[models.Model]) -> Any:
        """Record that rows were deleted."""
        for obj in queryset:
            self.record(request, "delete", obj, [])

    def record(self, request: HttpRequest, verb: str, obj: models.Model, message: Any) -> None:
        """Hand the change to whoever keeps the record; values are left out, names of fields stay (P-08)."""
        fields: set[str] = set()
        for entry in message if isinstance(message, list) else []:
            for part in entry.values():
                fields.update(part.get("fields", ()))
        for recorder in _recorders:
            recorder(
                f"{self.opts.model_name}.{verb}",
                actor=request.user,
                obj=obj,
                detail={"fields": sorted(map(str, fields))},
                outcome="done",
            )

    def response_add(
        self, request: HttpRequest, obj: models.Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on without pop-ups."""
        request.POST = _without_popup(request)  # type: ignore[assignment]
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        """Go on without pop-ups."""
        request.POST = _without_popup(request)  # type: ignore[assignment]
        return super().response_change(request, obj)


def _without_kept(request: HttpRequest) -> Any:
    post = request.POST.copy()
    for name in [name for name in post if name.startswith(KEPT)]:
        del post[name]
    return post


def _without_popup(request: HttpRequest) -> Any:
    post = request.POST.copy()
    for name in (IS_POPUP_VAR, TO_FIELD_VAR):
        post.pop(name, None)
    return post


class ScopedInline(_Scoped, admin.StackedInline):
    """Rows of another table on the page of their owner; right and rows as everywhere."""

    extra = 0
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """Return the rows that the viewer may know of."""
        return rows_of(self.model, request.user)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Say whether the viewer may change the owner, and so add to it."""
        return self.sees(request) and self.edit is not None and may(request.user, self.edit, obj)
