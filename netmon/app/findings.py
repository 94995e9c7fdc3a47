"""What became of an observation, told row by row as an operator reads it: who, what, with which outcome."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from netmon.alarms.watch import Came
from netmon.app.hidden import changed_tags, gone_reasons, hidden_words
from netmon.domain.alarm import AlarmChange, AlarmKey
from netmon.domain.dropped import Dropped
from netmon.domain.explained import Finding
from netmon.domain.managed_object import element_of, is_link
from netmon.domain.observation import Observation, PollResult, Tick, Trap
from netmon.domain.output import Output
from netmon.domain.place import Path
from netmon.rulebook.watch import Asked

_MOST_OBJECTS = 5
"""Of one poll, for which one condition is told."""

_GIVEN_UP = {
    "unknown_trap": "no rule and no event entry names this trap",
    "duplicate": "an inform with the same id was counted already",
    "late": "older than two poll intervals: it goes to the time series only",
    "ignored": "its severity says that it is to be ignored",
    "limit": "the rule watches as many objects as it can",
    "window_full": "the oldest of what the rule remembers had to go",
    "unmapped": "no event entry takes messages of this topic",
}


def findings_of(
    observation: Observation,
    *,
    asked: Sequence[Asked],
    remembered: Callable[[str, AlarmKey], Sequence[str]],
    came: Sequence[Came],
    outputs: Iterable[Output],
    counted: Collection[str],
    throttled: Collection[tuple[str, int]],
    storms: Collection[tuple[str, str, str]],
) -> Iterator[Finding]:
    """Yield what became of an observation.

    Args:
        observation: the input.
        asked: the conditions.
        remembered: tells what a rule remembers of an alarm key, in words.
        came: what became of edges.
        outputs: what came out.
        counted: outcomes of inputs that were counted.
        throttled: actions (rule, number) that came too often.
        storms: those that it is part of: entry, element or site, rate.
    """
    made = list(outputs)
    rows = [
        *_asked(asked, many=isinstance(observation, PollResult)),
        *_remembered(asked, remembered),
        *(_came(one, observation, asked) for one in came),
        *_changed(made, came),
        *_given_up(made, storms, told={one.outcome for one in came}),
        *(
            Finding(rule, f"actions[{number}]: came too often, so it is not told", "throttled")
            for rule, number in throttled
        ),
    ]
    yield from rows
    if "pending" in counted:
        yield Finding("", "not enough yet for what a rule counts", "pending")
    if "condition_false" in counted:
        yield Finding("", "no condition is true", "condition_false")
    if not rows and not counted:
        yield Finding("", _nothing(observation))


def _nothing(observation: Observation) -> str:
    match observation:
        case Trap():
            return "it says what the alarm knows already"
        case Tick():
            return "no timer was due"
        case PollResult():
            return "no rule asks for what it brought"
        case _:
            return "it changes no alarm"


def _asked(asked: Iterable[Asked], *, many: bool) -> Iterator[Finding]:
    """Yield the conditions; of one that was asked of many objects some."""
    objects: Counter[tuple[str, Path, bool]] = Counter()
    for one in asked:
        question = (one.rule, one.path, one.true)
        objects[question] += 1
        if not many or objects[question] <= _MOST_OBJECTS:
            yield Finding(one.rule, _question(one, of_object=many))
    for (rule, path, true), number in objects.items():
        if many and number > _MOST_OBJECTS:
            yield Finding(rule, f"{_part(path)}{_key(path)} {_answer(true)} for {number - _MOST_OBJECTS} more objects")


def _remembered(asked: Iterable[Asked], remembered: Callable[[str, AlarmKey], Sequence[str]]) -> Iterator[Finding]:
    """Yield what rules remember of what a condition was true for: how many, for how long, since when."""
    for rule, key in dict.fromkeys((one.rule, one.key) for one in asked if one.true):
        for words in remembered(rule, key) if key is not None else ():
            yield Finding(rule, words)


def _question(one: Asked, *, of_object: bool) -> str:
    where = f" ({one.object})" if of_object else ""
    if not one.text:
        return f"{_part(one.path)}without a condition: {_answer(one.true)}{where}"
    return f"{_part(one.path)}{_key(one.path)} {one.text}: {one.values} {_answer(one.true)}{where}"


def _answer(true: bool) -> str:
    return "true" if true else "false"


def _key(path: Path) -> str:
    return "expected if" if path[-1] == "expect" else str(path[-1])


def _part(path: Path) -> str:
    """Return which part of a rule a condition is of; nothing of its raise, as most are."""
    words = [f"step {int(path[path.index('sequence') + 1]) + 1}"] if "sequence" in path else []
    words += [f"level {int(path[1]) + 1}"] if path[0] == "levels" else []
    words += ["clear"] if "clear" in path else []
    return f"{' '.join(words)} " if words else ""


def _came(one: Came, observation: Observation, asked: Iterable[Asked]) -> Finding:
    side, object_ = "raise" if one.edge.on else "clear", one.edge.key[0]
    is_told = not is_link(object_) and any(question.rule == one.edge.rule for question in asked)
    why = f", {one.edge.words}" if one.edge.words and not is_told else ""
    hidden = f", {hidden_words(one.hidden_by)}" if one.hidden_by else ""
    where = f" ({object_})" if _could_be_another(object_, observation) else ""
    return Finding(one.edge.rule, f"{side}{why}: {one.words}{hidden}{where}", one.outcome)


def _could_be_another(object_: str, observation: Observation) -> bool:
    """Tell whether the observation does not say of which managed object the alarm is."""
    if isinstance(observation, PollResult):
        return True
    return element_of(object_) != getattr(observation, "element", "")


def _changed(outputs: Iterable[Output], came: Sequence[Came]) -> Iterator[Finding]:
    """Yield the changes of alarms that no edge has told of: those by timers, requests, and of other alarms."""
    told = {(one.edge.key, one.outcome) for one in came}
    for change in outputs:
        if not isinstance(change, AlarmChange):
            continue
        alarm = change.after
        key = (alarm.object, alarm.type, alarm.qualifier)
        if (key, change.kind) not in told:
            yield Finding(alarm.rule, f"{alarm.object} {alarm.type}: {_why(change)}", change.kind)


def _why(change: AlarmChange) -> str:
    hidden = hidden_words(change.after.hidden_by)
    if "tags" in change.before:
        return f"{change.because}: {', '.join(changed_tags(change))}"
    if change.kind == "hidden":
        return hidden
    if change.kind == "shown":
        return f"no more {hidden_words(gone_reasons(change))}"
    return f"{change.because}, {hidden}" if change.kind == "raised" and hidden else change.because


def _given_up(
    outputs: Iterable[Output], storms: Collection[tuple[str, str, str]], *, told: Collection[str]
) -> Iterator[Finding]:
    for output in outputs:
        if not isinstance(output, Dropped) or output.reason in told:
            continue
        if output.reason == "folded":
            for storm, key, rate in storms:
                yield Finding(storm, f"{key} sends more than {rate}: left out", "folded")
        else:
            of_rule = output.reason in ("error", "ignored", "limit", "window_full")
            rule, _, why = output.what.partition(": ") if of_rule else ("", "", "")
            yield Finding(rule, why or _GIVEN_UP.get(output.reason, output.what), output.reason)
