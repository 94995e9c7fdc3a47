"""What one evaluation of a rule looks at: an input, the inventory, polled values and the alarms there are."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from netmon.correlate.connections import uplinks_of
from netmon.correlate.described import ALIAS, Descriptions
from netmon.correlate.found import nothing
from netmon.correlate.in_words import InWords
from netmon.correlate.looks import Looks
from netmon.correlate.objects import (
    ManagedObject,
    Parsed,
    UnusableObject,
    managed_object,
    parse,
    part,
)
from netmon.correlate.own import RULE_ERROR, edge
from netmon.correlate.polled import Polled
from netmon.correlate.services import Services
from netmon.correlate.structure import Structure
from netmon.correlate.told import Told
from netmon.correlate.uptimes import Uptimes
from netmon.correlate.windows import Windows
from netmon.domain.alarm import AlarmKey, AlarmStates, Content, Look, Order, Severity
from netmon.domain.dropped import Dropped
from netmon.domain.event import Event, State
from netmon.domain.inventory import Element, Inventory, ObjectNames, Service, Site
from netmon.domain.managed_object import MOST, SITE, parent, quote
from netmon.domain.observation import HealthRow
from netmon.domain.outcomes import Outcomes
from netmon.domain.output import PollRequest
from netmon.domain.sample import SampleBlock
from netmon.mib.names import MibView
from netmon.rulebook.functions import text as in_text
from netmon.rulebook.kinds import Rule
from netmon.rulebook.scope import NOTHING, Scope
from netmon.rulebook.stale import Stale

MOST_INFO = 64
RESOLVE_WITHIN_MS = 60_000
"""How long the answer to an unknown index is of use."""

_CACHED = 50_000

T = TypeVar("T")

LearnedName = tuple[str, str, str, str | None, str]
"""(element, kind, index, name, kind of the part); None for a name that nobody knows yet."""

_View = tuple[Mapping[str, Any], Mapping[str, str]]
"""An element as expressions see it: its fields and its tags."""


class Situation:
    """Fills the one `Scope` that all rules read; valid for one input at a time."""

    def __init__(
        self,
        inventory: Inventory,
        polled: Polled,
        outcomes: Outcomes,
        *,
        described: Descriptions,
        looks: Looks,
        uptimes: Uptimes,
        windows: Windows,
        view: MibView,
        is_silent: Callable[[str], bool],
        structure: Structure,
    ) -> None:
        self._told = Told(view)
        self.scope = self._scope()
        self.structure = structure
        self.is_silent = is_silent
        """Tells whether an element does not answer."""
        self._services = Services(inventory.services)
        self.elements, self.uplinks = tuple(sorted(inventory.elements)), uplinks_of(inventory)
        self.found = nothing()
        self.time = self.seq = 0
        """Event time of the input; of a Tick also its number."""
        self._path = self.own = self.voice = ""
        """Object that is judged; that of an event, before its rule joins objects; which input is looked at."""
        self.is_repeatable = True
        """Since `watch` nothing was asked that may be otherwise for an equal input."""
        self.used_names: tuple[LearnedName, ...] = ()
        """Names asked for since `watch`."""
        self.stale = Stale()
        """Of the rule that judges."""
        self._polled, self._windows, self._described = polled, windows, described
        self._looks, self._uptimes, self._in_words = looks, uptimes, InWords(view).of
        self.count = outcomes.count
        """Counts an outcome."""
        self._views: dict[str, _View] = {id_: _view(element) for id_, element in inventory.elements.items()}
        self._objects, self._sites = dict[str, ManagedObject](), _names(inventory.sites)
        # What templates give and what parts are called is much the same at all elements.
        self._parsed, self._quoted = dict[str, Parsed](), dict[str, str]()

    def _scope(self) -> Scope:
        scope = Scope()
        scope.trap, scope.polled, scope.active = self._told, self._polled_value, self._is_active
        scope.window = self._window
        return scope

    def serve(self, services: Mapping[str, Service]) -> None:
        """Take the services with the objects that their members are."""
        self._services = Services(services)

    def begin(self, states: AlarmStates, names: ObjectNames | None) -> None:
        """Start on the inputs of one stratum."""
        self.states = states
        self.names = names
        self.found = nothing()

    def knows(self, element: str) -> bool:
        """Tell whether an element is in the inventory."""
        return element in self._views

    def watch(self) -> None:
        """Note from now on what the answers rest on."""
        self.is_repeatable = True
        self.used_names = ()

    def tick(self, now: int, seq: int) -> None:
        """Look at no input: time has passed."""
        self.time, self.seq = now, seq

    def event(self, event: Event) -> None:
        """Look at an event."""
        scope = self.scope
        self.time, self.voice = event.time, event.kind
        if event.kind == "trap":
            scope.vb, scope.field, self._told.event = event.fields, NOTHING, event
        else:
            self._told.event = None
            scope.vb, scope.field = NOTHING, event.fields
        scope.value = scope.state = scope.reason = None
        scope.label = NOTHING
        self._element(event.element)

    def idle(self, path: str) -> ManagedObject:
        """Look at a managed object of which nothing was heard."""
        scope = self.scope
        self._told.event = None
        scope.vb = scope.field = scope.label = NOTHING
        scope.value = scope.state = scope.reason = None
        managed = self.known(path)
        self._element(path.partition("/")[0])
        return self.place(managed)

    def state(self, state: State) -> None:
        """Look at a state."""
        scope = self.scope
        self._told.event = None
        self.time, self.voice = state.time, "state"
        scope.vb = scope.field = scope.label = NOTHING
        scope.value, scope.state, scope.reason = None, state.value, state.reason or None
        self._element(state.object.partition("/")[0])

    def block(self, block: SampleBlock) -> None:
        """Look at a block, row by row with `sample`."""
        scope = self.scope
        self._told.event = None
        self.time, self.voice = block.time, "metric"
        scope.vb = scope.field = NOTHING
        scope.state = scope.reason = None
        self._element(block.element)

    def sample(self, block: SampleBlock, row: int, value: Any) -> ManagedObject:
        """Look at one sample of the block."""
        self.scope.value = value
        self.scope.label = dict(block.labels[row])
        return self.place(self.known(block.objects[row]))

    def known(self, path: str) -> ManagedObject:
        """Return the parts of a path."""
        found = self._objects.get(path)
        if found is None:
            found = _kept(self._objects, path, managed_object(path))
        return found

    def place(self, managed: ManagedObject) -> ManagedObject:
        """Make a managed object the one that is judged."""
        self._path = managed.path
        name = managed.name
        if managed.kind == "element":
            name = self.scope.element.get("name", name)
        elif managed.kind == "site":
            name = self._sites.get(name, name)
        self.scope.object = {"name": name, "path": managed.path, "kind": managed.kind}
        return managed

    def object_of(self, rule: Rule, event: Event) -> ManagedObject:
        """Return the managed object a rule gives an event, and make it the one that is judged.

        Raises:
            UnusableObject: a part of it is missing or empty.
        """
        self.stale = rule.stale
        if rule.object is None:
            managed = managed_object(event.object)
        else:
            self.scope.object = NOTHING
            text = rule.object(self.scope)
            if text is None:
                raise UnusableObject(event.object)
            managed = self.below(event.element, text)
        if rule.join:
            self.own = managed.path
            managed = self.joined(rule.join, managed)
        return self.place(managed)

    def joined(self, join: str, managed: ManagedObject) -> ManagedObject:
        """Return what an object is joined by; what contains an element is its site.

        Raises:
            UnusableObject: it has none.
        """
        path = managed.path
        if join == "element":
            return self.known(path.partition("/")[0])
        if join == "lag":
            bundle = self.structure.bundle(path)
            if bundle is None:
                raise UnusableObject(path)
            return self.known(bundle)
        above = parent(path)
        if join == "parent" and above != path:
            return self.known(above)
        site = self.scope.element.get("site")
        if not site:
            raise UnusableObject(path)
        return self.known(SITE + site)

    def time_of(self, rule: Rule, event: Event) -> int:
        """Return when an event was, as its rule orders them."""
        if rule.order_by == "received":
            return event.time
        # When an equal trap comes, its agent has another time.
        self.is_repeatable = False
        return self._uptimes.time(event)

    def below(self, element: str, text: str) -> ManagedObject:
        """Return the object that a template named, a bare index replaced by the name learned for it.

        Raises:
            UnusableObject: a part of it is missing or empty.
        """
        parsed = self._parsed.get(text)
        if parsed is None:
            parsed = _kept(self._parsed, text, parse(text))
        if parsed.is_index:
            name = self._name(element, parsed.kind, parsed.name)
            kind = self._kind(element, parsed.kind, parsed.name)
            self.used_names += ((element, parsed.kind, parsed.name, name, kind),)
            if name is None:
                name = f"#{parsed.name}"
            quoted = self._quoted.get(name) or _kept(self._quoted, name, quote(name))
            before = parsed.before if kind == parsed.kind else parsed.before.replace(f"{parsed.kind}:", f"{kind}:")
            path = f"{element}/{before}{quoted}"
        else:
            name, path, kind = parsed.name, f"{element}/{text}", parsed.kind
        if len(path) > MOST:
            raise UnusableObject(path)
        return part(path, kind, name)

    def key(self, rule: Rule, managed: ManagedObject) -> AlarmKey:
        """Return the alarm key a rule means.

        Raises:
            UnusableObject: a part of the qualifier is missing.
        """
        qualifier = rule.qualifier(self.scope)
        if qualifier is None:
            raise UnusableObject(managed.path)
        return (managed.path, rule.type, qualifier)

    def want_name(self, element: str, managed: ManagedObject) -> None:
        """Ask for the name behind an index that nobody knows yet."""
        request = PollRequest(element, managed.kind, "unresolved_index", self.time + RESOLVE_WITHIN_MS)
        if request not in self.found.wanted:
            self.found.wanted.append(request)

    def content(
        self,
        rule: Rule,
        managed: ManagedObject,
        severity: Severity,
        *,
        info: tuple[tuple[str, str], ...] = (),
        stands: bool,
    ) -> Content:
        """Return what a rule says of the alarm it raises; one that stands keeps its tags."""
        scope = self.scope
        scope.severity = severity
        return Content(
            severity,
            rule.text(scope) or "",
            rule.probable_cause(scope),
            rule.event_type(scope),
            managed.type,
            "",
            rule.repair,
            rule.service_affecting,
            rule.clearable,
            info,
            self.tags(rule, managed.path) if rule.enrich and not stands else rule.tags,
            managed.flags,
        )

    def tags(self, rule: Rule, path: str) -> tuple[tuple[str, str], ...]:
        """Return the tags of an alarm at a managed object, those of the inventory too; what is missing is none."""
        # What a service needs depends on the time.
        self.is_repeatable = False
        self.scope.service = self._services.of(path, self.time)
        read = ((name, in_text(value(self.scope))) for name, value in rule.enrich)
        return (*rule.tags, *((name, value) for name, value in read if value))

    def information(self, event: Event | None, managed: ManagedObject) -> tuple[tuple[str, str], ...]:
        """Return what an alarm keeps of its raise: the fields of the event as text, and how its object is described."""
        fields = list(event.fields.items())[:MOST_INFO] if event is not None else []
        info = [(name, self._in_words(name, value)) for name, value in fields]
        alias = self._described.of(managed.path)
        if alias and ALIAS not in dict(info):
            info = [(ALIAS, alias), *info[: MOST_INFO - 1]]
        return tuple(info)

    def judged(self, key: AlarmKey, block: SampleBlock, column: int, *, is_gone: bool) -> None:
        """Note what a sample said of the condition of an active alarm."""
        name, value, unit = block.names[column], self.scope.value, block.units[column]
        number = f"{value:g}" if isinstance(value, float) else self._in_words(name, value)
        words = f"{name} was {number} {unit}".rstrip()
        self._looks.judge(key, Look((block.sent, block.seq), "gone" if is_gone else "observed", words))

    def drop(self, reason: str, what: str, seq: int, *, rule: str = "") -> None:
        """Count an outcome that gives an input up, and say so."""
        self.found.dropped.append(self.given_up(reason, what, seq, rule=rule))

    def given_up(self, reason: str, what: str, seq: int, *, rule: str = "") -> Dropped:
        """Count an outcome that gives an input up, and return what says so."""
        self.count(reason, rule)
        return Dropped(reason, what, seq)

    def overflow(self, rule: str, seq: int) -> None:
        """Say that the oldest of what a rule remembers had to go; the input itself has another outcome."""
        self.found.dropped.append(Dropped("window_full", rule, seq))

    def fail(self, rule: str, why: str, *, order: Order) -> None:
        """Count that a rule could not judge an input, and let an alarm of netmon say so."""
        at, seq = order
        self.drop("error", f"{rule}: {why}", seq, rule=rule)
        self.found.edges.append(edge(RULE_ERROR, rule, True, at, seq, row=HealthRow(rule, "", 1, why)))

    def _element(self, element: str) -> None:
        view = self._views.get(element)
        if view is None:
            view = ({"id": element, "name": element}, {})
        self.scope.element, self.scope.tag = view

    def _name(self, element: str, kind: str, index: str) -> str | None:
        return self.names.name(element, kind, index) if self.names is not None else None

    def _kind(self, element: str, kind: str, index: str) -> str:
        return self.names.kind(element, kind, index) if self.names is not None else kind

    def _polled_value(self, name: str) -> Any:
        self.is_repeatable = False
        return self._polled.value(name, self._path, self.time, self.stale)

    def _window(self, name: str, span_ms: int) -> list[int | float]:
        self.is_repeatable = False
        return self._windows.values(name, span_ms, self._path, self.time)

    def _is_active(self, type_: str) -> bool:
        self.is_repeatable = False
        return self.states.active(self._path, type_)


def _kept(cache: dict[str, T], name: str, value: T) -> T:
    if len(cache) >= _CACHED:
        cache.clear()
    cache[name] = value
    return value


def _names(sites: Mapping[str, Site]) -> dict[str, str]:
    return {id_: site.name for id_, site in sites.items() if site.name}


def _view(element: Element) -> _View:
    fields = {"id": element.id, "name": element.name or element.id, "site": element.site, "role": element.role}
    return {name: value for name, value in fields.items() if value}, element.tags
