"""The reference page of the APIs, from the same document as ``/openapi.json``."""

from collections.abc import Iterator
from typing import Any

from netmon.web.document import ALWAYS, described, document
from netmon.web.server import OPERATIONS


def page() -> Iterator[str]:
    """Yield the lines of the page."""
    made = document(described(OPERATIONS))
    yield "# APIs"
    yield "\nEvery path, as `/openapi.json` of a running netmon describes it (OpenAPI 3.1)."
    yield "A program sends `Authorization: Bearer TOKEN` (`netmon user token` makes one), a browser signs in at"
    yield "`/login`. Errors are `application/problem+json` (RFC 9457), below `/tmf-api/` in the form of TM Forum."
    yield f"Any operation can answer {', '.join(map(str, ALWAYS))}; that is not repeated below."
    yield "Names in a query that are not known are refused. Times are UTC, in milliseconds where they are numbers."
    for path, methods in made["paths"].items():
        for method, one in methods.items():
            yield from _operation(f"{method.upper()} {path}", one)
    yield "\n## Types"
    for name, schema in made["components"]["schemas"].items():
        yield from _type(name, schema)


def _operation(title: str, one: dict[str, Any]) -> Iterator[str]:
    yield f"\n## `{title}`\n"
    yield one["description"].replace("\n", " ").replace("``", "`")
    yield f"\nNeeds the right `{one['x-netmon-right']}`." if "x-netmon-right" in one else "\nOpen to all."
    if "requestBody" in one:
        yield f"\nBody: {_shown(one['requestBody']['content']['application/json']['schema'])}."
    if one["parameters"]:
        yield "\n| parameter | in | type | default | meaning |\n|---|---|---|---|---|"
    for told in one["parameters"]:
        cells = [f"`{told['name']}`", told["in"], _shown(told["schema"]), _default(told), told.get("description", "")]
        yield _row(cells)
    yield "\n| status | answer |\n|---|---|"
    for status, answer in one["responses"].items():
        if int(status) in ALWAYS:
            continue
        forms = [f"{media}: {_shown(form['schema'])}" for media, form in answer.get("content", {}).items()]
        yield _row([status, "; ".join(forms) or answer["description"]])


def _type(name: str, schema: dict[str, Any]) -> Iterator[str]:
    if "properties" not in schema:
        return
    yield f"\n### {name}\n"
    yield str(schema.get("description", "")).replace("\n", " ").replace("``", "`")
    yield "\n| member | type | meaning |\n|---|---|---|"
    for member, told in schema["properties"].items():
        yield _row([f"`{member}`", _shown(told), told.get("description", "")])


def _default(told: dict[str, Any]) -> str:
    if told.get("required"):
        return "**required**"
    default = told["schema"].get("default")
    return "" if default in (None, "", []) else f"`{default}`"


def _shown(schema: dict[str, Any]) -> str:
    """Return a schema in a few words."""
    match schema:
        case {"$ref": reference}:
            return str(reference).rpartition("/")[2]
        case {"anyOf": several}:
            return " or ".join(dict.fromkeys(map(_shown, several)))
        case {"enum": words}:
            return " or ".join(f"`{word}`" for word in words)
        case {"type": "array", "items": {**items}}:
            return f"list of {_shown(items)}"
        case {"type": kind}:
            return str(kind)
    return "anything"


def _row(cells: list[str]) -> str:
    plain = (cell.replace("|", "\\|").replace("\n", " ").replace("``", "`") for cell in cells)
    return f"| {' | '.join(plain)} |"
