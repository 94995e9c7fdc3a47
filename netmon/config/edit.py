"""Items put into a list of a YAML file, as text: what people wrote around it stays as it is."""

from typing import Any

import yaml

from netmon.domain.place import Path


class CannotEdit(ValueError):
    """The list is written in a way that cannot be added to without changing what is there; the message says why."""


def with_items(text: str, path: Path, items: list[str]) -> str:
    """Return a file with items at the end of a list.

    Args:
        text: the file.
        path: keys down to the list; a list that is missing is made, its mapping must be there.
        items: each in one or more lines of YAML, as they stand behind the dash.

    Raises:
        CannotEdit: the list, or what holds it, stands in braces or brackets.
    """
    if not items:
        return text
    lines = text.split("\n")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    holder, key = _holder(root, path)
    found = _value(holder, key) if holder is not None else None
    if holder is None or found is None or _is_null(found):
        return _with_key(lines, holder, key, found, items)
    if not isinstance(found, yaml.SequenceNode):
        raise CannotEdit(f"{key}: is no list")
    if found.flow_style:
        return _unfolded(lines, holder, key, found, items)
    at = _last_line(found) + 1
    return "\n".join([*lines[:at], *_dashed(items, found.start_mark.column), *lines[at:]])


def _holder(root: Any, path: Path) -> tuple[Any, str]:
    node = root
    for key in path[:-1]:
        node = _value(node, str(key))
        if not isinstance(node, yaml.MappingNode):
            raise CannotEdit(f"{key}: is missing, or no mapping")
    if node is not None and not isinstance(node, yaml.MappingNode):
        raise CannotEdit("the file is no mapping")
    if node is not None and node.flow_style and node.value:
        raise CannotEdit("it stands in braces { }; write it in lines of its own")
    return node, str(path[-1])


def _value(node: Any, key: str) -> Any:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _is_null(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _with_key(lines: list[str], holder: Any, key: str, found: Any, items: list[str]) -> str:
    """Make the list: behind its key where that stands there without a value, else at the end of what holds it."""
    if found is not None:
        name = next(name for name, value in holder.value if value is found)
        at = name.start_mark.line
        lines[at] = lines[at][: name.end_mark.column + 1].rstrip() + lines[at][found.end_mark.column :].rstrip()
        return "\n".join([*lines[: at + 1], *_dashed(items, name.start_mark.column + 2), *lines[at + 1 :]])
    column = holder.start_mark.column if holder is not None else 0
    at = _last_line(holder) + 1 if holder is not None and holder.value else len(lines) - (lines[-1] == "")
    made = [f"{' ' * column}{key}:", *_dashed(items, column + 2)]
    return "\n".join([*lines[:at], *made, *(lines[at:] or [""])])


def _unfolded(lines: list[str], holder: Any, key: str, found: Any, items: list[str]) -> str:
    """Put items in the place of ``[]``."""
    if found.value:
        raise CannotEdit(f"{key}: stands in brackets [ ]; write each item in a line of its own")
    name = next(name for name, value in holder.value if value is found)
    first, last = found.start_mark, found.end_mark
    lines[first.line] = lines[first.line][: first.column].rstrip() + lines[last.line][last.column :].rstrip()
    rest = lines[last.line + 1 :]
    return "\n".join([*lines[: first.line + 1], *_dashed(items, name.start_mark.column + 2), *rest])


def _dashed(items: list[str], column: int) -> list[str]:
    indent = " " * column
    made = []
    for item in items:
        first, *others = item.rstrip("\n").split("\n")
        made += [f"{indent}- {first}", *(f"{indent}  {line}" if line else "" for line in others)]
    return made


def _last_line(node: Any) -> int:
    """Return the last line that a node has text in; a block ends where the next one begins, beyond all comments."""
    if isinstance(node, (yaml.MappingNode, yaml.SequenceNode)) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    end = node.end_mark
    return int(end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line)
