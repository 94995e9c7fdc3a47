"""Settings as reference: the Structs of configuration and scenario, their keys, types, defaults and limits."""

import ast
import textwrap
from collections.abc import Iterator
from inspect import getclosurevars, getsource
from typing import Any, get_args

import msgspec
from msgspec import inspect

from docs.markdown import head, prose, row
from netmon.cli.simulate.actions import Action
from netmon.cli.simulate.scenario import AgentConfig, ScenarioConfig
from netmon.cli.simulate.script_actions import ScriptAction
from netmon.config import inventory
from netmon.config.schema import Config
from netmon.domain.address import Addresses
from netmon.domain.secret import Secret
from netmon.rulebook.metering import Contract, MeteringRule


def configuration() -> Iterator[str]:
    """Yield the lines of the page of config.yaml, inventory and usage rules."""
    yield "# Configuration"
    yield "\nSpans of time have a unit (`500ms`, `30s`, `5m`, `1h30m`, `7d`), sizes too (`16MiB`)."
    yield "A secret is `{file: PATH}` or `{env: NAME}`. Relative paths begin at the folder of `config.yaml`."
    yield "Unknown keys are errors; `netmon check` tells every mistake at once."
    yield "\n## config.yaml"
    yield from struct("", Config)
    yield "\n## inventory.yaml\n"
    yield "The file named by `inventory`, or the same keys below it. `version: 1`."
    for name in inventory.InventoryConfig.__struct_fields__[1:]:
        yield from struct(f"{name}[]", getattr(inventory, f"{name[:-1].title()}Config"))
    yield "\n## Usage rules\n"
    yield "Files below `rules` with `metering` or `contracts`; see [meter a port](../how-to/meter-a-port.md)."
    yield from struct("metering[]", MeteringRule)
    yield from struct("contracts[]", Contract)


def scenario() -> Iterator[str]:
    """Yield the lines of the page of simulated networks."""
    yield "# Scenario"
    yield "\nThe file of `netmon simulate`; see [test rules without a network](../how-to/simulate-a-network.md)."
    yield "Spans of time have a unit, rates too (`20000/s`). Relative paths begin at its folder."
    yield "\n## scenario.yaml"
    yield from struct("", ScenarioConfig)
    yield from struct("agents[]", AgentConfig)
    yield "\n## The script\n"
    yield "Each entry of `script` has these keys, and those of its action.\n"
    yield head("key", "type", "default", "limits", "meaning")
    common = {field.name for field in msgspec.structs.fields(Action)}
    yield from keys(Action, common)
    yield row("`do`", "text", "**required**", "", "the action, below")
    for action in get_args(ScriptAction):
        yield f"\n### `do: {action.__struct_config__.tag}`"
        yield f"\n{prose(action.__doc__ or '')}"
        own = {field.name for field in msgspec.structs.fields(action)} - common
        if own:
            yield f"\n{head('key', 'type', 'default', 'limits', 'meaning')}"
            yield from keys(action, own)


def struct(path: str, type_: type[msgspec.Struct]) -> Iterator[str]:
    """Yield a section for a Struct and for each one in it."""
    info = inspect.type_info(type_)
    assert isinstance(info, inspect.StructType)
    if path:
        yield f"\n### {f'`{path}`' if info.tag is None else f'`{path}` with `{info.tag_field}: {info.tag}`'}"
    yield f"\n{prose(type_.__doc__ or '')}\n"
    yield head("key", "type", "default", "limits", "meaning")
    yield from keys(type_, {field.name for field in info.fields})
    for field in info.fields:
        for list_, inner in structs(field.type):
            yield from struct(f"{path}.{field.encode_name}".lstrip(".") + list_, inner)


def keys(type_: type[msgspec.Struct], names: set[str]) -> Iterator[str]:
    """Yield a row for each of some fields of a Struct."""
    info, notes = inspect.type_info(type_), _notes(type_)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        if field.name in names:
            limits = "; ".join(_limits(field.type))
            described = field.type.extra_json_schema if isinstance(field.type, inspect.Metadata) else None
            meaning = notes.get(field.name) or (described or {}).get("description", "")
            yield row(f"`{field.encode_name}`", _kind(field.type), _default(field), limits, meaning)


def _notes(type_: type) -> dict[str, str]:
    """Return the docstrings beside the fields of a class, and of those it extends."""
    if type_ is msgspec.Struct:
        return {}
    (class_,) = ast.parse(textwrap.dedent(getsource(type_))).body
    assert isinstance(class_, ast.ClassDef)
    found = _notes(type_.__bases__[0])
    for line, below in zip(class_.body, class_.body[1:], strict=False):
        match line, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(prose(text).split())
    return found


def structs(info: inspect.Type) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Yield the Structs in a type, and how a path goes on to each."""
    match info:
        case inspect.Metadata(type=inner):
            yield from structs(inner)
        case inspect.UnionType(types=types):
            for one in types:
                yield from structs(one)
        case inspect.VarTupleType(item_type=item):
            yield from ((f"[]{list_}", inner) for list_, inner in structs(item))
        case inspect.DictType(value_type=value):
            yield from ((f".NAME{list_}", inner) for list_, inner in structs(value))
        case inspect.StructType(cls=cls) if cls is not Secret:
            yield "", cls


_KINDS: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.BoolType: "`true` or `false`",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.StructType: "mapping, below",
    inspect.AnyType: "anything",
}
_CUSTOM = {
    "Duration": "span of time",
    "Rate": "rate",
    "Size": "size",
    "Instant": "UTC time",
    "Address": "address with port",
}
_CUSTOM |= {"Addresses": "address with port, or a list of them", "Network": "address or prefix"}
_CUSTOM |= {"LoopbackAddress": "loopback address with port", "ObjectName": "OID or name"}
_CUSTOM |= {"AlarmFilter": "condition", "BrokerUrl": "address of a broker"}


def _kind(info: inspect.Type) -> str:
    match info:
        case inspect.Metadata(type=inner):
            return _kind(inner)
        case inspect.UnionType(types=types):
            return " or ".join(dict.fromkeys(_kind(one) for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.VarTupleType(item_type=item):
            return f"list: {_kind(item)}"
        case inspect.DictType(key_type=key, value_type=value):
            return f"mapping: {_kind(key)} to {_kind(value)}"
        case inspect.LiteralType(values=values):
            return " or ".join(f"`{value}`" if value != "" else "empty" for value in values)
        case inspect.CustomType(cls=cls):
            return _CUSTOM[cls.__name__]
        case inspect.StructType(cls=cls) if cls is Secret:
            return "secret"
    return _KINDS[type(info)]


def _limits(info: inspect.Type) -> Iterator[str]:
    match info:
        case inspect.Metadata(type=inner, extra=extra):
            yield from _limits(inner)
            if extra and "check" in extra:
                # The limits of domain/scalar.py: span().
                known = getclosurevars(extra["check"]).nonlocals
                yield f"{known['low']} to {known['high']}" if "low" in known else "a regular expression"
        case inspect.UnionType(types=types):
            for one in types:
                yield from _limits(one)
        case _:
            bounds = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most", "min_length": "length at least"}
            told = ((word, getattr(info, name, None)) for name, word in bounds.items())
            yield from (f"{word} {bound:,}" for word, bound in told if bound is not None)
            if isinstance(info, inspect.StrType) and info.pattern:
                yield f"`{info.pattern}`"


def _default(field: inspect.Field) -> str:
    if field.required:
        return "**required**"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    empty = value is None or value == "" or _is_all_default(value)
    return "" if empty else f"`{_yaml(value)}`"


def _is_all_default(value: Any) -> bool:
    if not isinstance(value, msgspec.Struct) or any(field.required for field in msgspec.structs.fields(value)):
        return False
    return type(value)() == value


def _yaml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple() | list() if not isinstance(value, Addresses):
            return f"[{', '.join(map(_yaml, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}: {_yaml(one)}' for key, one in value.items())}}}"
        case msgspec.Struct():
            given = {f.encode_name: getattr(value, f.name) for f in msgspec.structs.fields(value) if f.required}
            return _yaml(given)
    return str(value)
