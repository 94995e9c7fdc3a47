"""What is wrong with ``storms``, each mistake at its place."""

import pytest

from netmon.mib.names import MibView
from netmon.rulebook.compile import canonical, compile_canonical, compile_rules

REST = "severity: major, probable_cause: lossOfSignal, text: gone, clear: {after: 1h}"


@pytest.mark.parametrize(
    ("entry", "why"),  # the place is marked by ^
    [
        ("^{above: 5/s}", "storms[0]: id: missing"),
        ("{id: aa, above: ^5}", "storm 'aa': above: '5' is not a rate (write '100/s' or '1/10m')"),
        ("{id: aa, above: ^0/s, below: 0/s}", "storm 'aa': above: 0/s is nothing at all"),
        ("{id: aa, above: 1/s, below: ^61/1m}", "storm 'aa': below: 61/1m is above 'above' (1/s)"),
        ("{id: aa, burst: ^0}", "storm 'aa': burst: 0 is below 1"),
        ("{id: aa, by: ^tag.area}", "storm 'aa': by: 'tag.area' is not supported by this release"),
        ("{id: aa, by: ^elment}", "storm 'aa': by: unknown value 'elment' (did you mean 'element'?)"),
        ("{id: aa, keep: ^vb.zzz == 1}", "storm 'aa': keep: no object 'zzz' in the MIBs"),
        ("{id: aa, for: ^2h}", "storm 'aa': for: 2h is above 1h"),
        ("{id: aa, ^bust: 5}", "storm 'aa': unknown key 'bust' (did you mean 'burst'?)"),
        ("{id: ^known}", "storm 'known': id: this id is used already"),
    ],
)
def test_a_mistake_is_told_at_its_place(entry: str, why: str, document, names: MibView):
    rule = f"{{id: known, raise: {{trap: IF-MIB::linkDown}}, {REST}}}"
    text = f"version: 1\nstorms:\n  - {entry.replace('^', '')}\nrules:\n  - {rule}\n"
    compiled = compile_rules([document(text)], names)
    column = len("  - ") + entry.index("^") + 1
    assert next(map(str, compiled.errors)) == f"a.yaml:3:{column}: {why}"


def test_the_canonical_text_has_the_same_storms(document, names: MibView):
    files = [document("version: 1\nstorms:\n  - {id: bb, above: 7/s}\n  - {id: aa, by: site}\n")]
    compiled = compile_rules(files, names)
    assert compiled.problems == ()
    assert [one.id for one in compiled.rulebook.storms] == ["aa", "bb"]
    assert compile_canonical(canonical(files), names).storms == compiled.rulebook.storms
