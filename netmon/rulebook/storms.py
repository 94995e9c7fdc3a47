"""``storms``: how many traps are too many, and what of them is still judged (specs/rules.md 6.11)."""

from collections.abc import Collection, Iterable
from typing import Annotated

import msgspec

from netmon.domain.duration import Duration, Rate
from netmon.domain.scalar import span, unknown
from netmon.rulebook.canonical import revision
from netmon.rulebook.entries import Listed, compile_list
from netmon.rulebook.expression import Context
from netmon.rulebook.resolve import INVENTORY
from netmon.rulebook.schema import Id
from netmon.rulebook.storm import Storm
from netmon.rulebook.work import ALWAYS, Work

_BY = ("element", "site")
_KEEP = Context("'keep'", ("vb", *INVENTORY), lookups=False)


class StormSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``storms``."""

    id: Id
    enabled: bool = True
    by: str = "element"
    above: Rate = Rate("100/s")
    burst: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 500
    below: Rate | None = None
    """Default: a fifth of ``above``."""
    for_: Annotated[Duration, span("1s", "1h")] = msgspec.field(default=Duration("60s"), name="for")
    keep: str = ""
    sample: Rate = Rate("1/s")


def compile_storms(entries: Iterable[Work], *, taken: Collection[str]) -> Listed[Storm]:
    """Check and compile the list; ``taken``: ids and alarm types of rules, which make alarms, too."""
    return compile_list(StormSchema, entries, _storm, taken=taken)


def _storm(schema: StormSchema, work: Work) -> Storm | None:
    _check(schema, work)
    above, below, sample = schema.above, schema.below, schema.sample
    calm_number, calm_per_ms = (below.number, below.per_ms) if below is not None else (above.number, 5 * above.per_ms)
    keep = work.condition(schema.keep or True, ("keep",), _KEEP)
    if work.problems or not schema.enabled:
        return None
    return Storm(
        schema.id,
        revision(work.piece),
        schema.by == "site",
        str(above),
        above.number,
        above.per_ms,
        schema.burst,
        calm_number,
        calm_per_ms,
        schema.for_.ms,
        f"at most {below or f'a fifth of {above}'} for {schema.for_}",
        None if keep is ALWAYS else keep.test,
        -(-sample.per_ms // sample.number),
    )


def _check(schema: StormSchema, work: Work) -> None:
    if schema.by.startswith("tag."):
        work.note(("by",), f"'{schema.by}' is not supported by this release")
    elif schema.by not in _BY:
        work.note(("by",), unknown("value", schema.by, list(_BY)))
    above, below = schema.above, schema.below
    for key, rate in (("above", above), ("below", below), ("sample", schema.sample)):
        if rate is not None and not rate.number:
            work.note((key,), f"{rate} is nothing at all")
    if below is not None and below.number * above.per_ms > above.number * below.per_ms:
        work.note(("below",), f"{below} is above 'above' ({above})")
