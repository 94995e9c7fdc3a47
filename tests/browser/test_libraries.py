"""The parts of the dashboard that compute, run where they run: in Chromium, as the server serves them."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.desk import Desk

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

HERE = Path(__file__).parent
FILTER_CASES = json.loads((HERE.parent / "web" / "filter_cases.json").read_text())

_FILTER = """async ([text, rows, now]) => {
  const { parse, matches } = await import('/static/lib/filter.js');
  const filter = parse(text);
  return { error: filter.error, ids: rows.filter((row) => matches(filter, row, now)).map((row) => row.id) };
}"""

_WITHOUT = """async (text) => {
  const { parse, without } = await import('/static/lib/filter.js');
  return parse(text).terms.map((term) => without(text, term));
}"""

_FORMAT = """async () => {
  const { age, count, safe, si } = await import('/static/lib/format.js');
  return [
    [0, 45_000, 240_000, 6_120_000, 273_600_000, -5].map(age),
    [0, 7, 61_234_000_000, 999_999, 1234.5].map((value) => si(value, 'b/s')),
    [10412, 3].map(count),
    ['a\\u202eb\\u0007', '<b>&amp;', 'x\\u200by'].map(safe),
  ];
}"""

_ARRANGE = """async () => {
  const { arrange, hold } = await import('/static/lib/list.js');
  const row = (id, more) => ({ id, el: 'r', obj: 'r', sev: 'major', text: id, raised: 1, v: 1, ...more });
  const rows = [
    row('root'), row('kid', { parents: ['root'] }), row('grandkid', { parents: ['kid'] }),
    row('hidden', { parents: ['root'], hidden: ['alarm:r|x|'] }), row('orphan', { parents: ['elsewhere'] }),
    row('ring1', { parents: ['ring2'] }), row('ring2', { parents: ['ring1'] }), row('self', { parents: ['self'] }),
  ];
  const find = (id) => rows.find((one) => one.id === id);
  const plan = (unfolded, matches = (one) => !one.hidden) =>
    ({ sort: 'severity', down: true, grouping: 'root', unfolded: new Set(unfolded), matches, find });
  const show = (entries) => entries.map((one) => `${'-'.repeat(one.depth)}${one.id} ${one.kids}`);
  const shut = arrange(rows, plan([]));
  const now = arrange([...rows, row('new')], plan([], (one) => one.id !== 'root' && !one.hidden));
  const held = hold(shut, now, { gone: (id) => id === 'self' });
  return [show(shut), show(arrange(rows, plan(['root', 'kid']))), show(held.entries), held.waiting];
}"""

_LABELS = """async () => {
  const { labelsOf } = await import('/static/parts/chartmarks.js');
  const limit = (value, severity) => ({ value, severity, y: 200 - value });
  const told = (...limits) => labelsOf(limits, { unit: '%', height: 13 }).map(({ y, text }) => [y, text]);
  return [
    told(limit(97, 'major'), limit(85, 'minor'), limit(90, 'minor')),
    told(limit(90, 'major'), limit(20, 'minor')),
    told(limit(90, 'major'), limit(90, 'major')),
    told(),
  ];
}"""

_REACH = """async () => {
  const { withinReach } = await import('/static/lib/series.js');
  return [
    withinReach([75, -1000], 40, 50), withinReach([-13, 1], -6, -5), withinReach([90], 20, 35), withinReach([5], 0, 0),
  ];
}"""

_LATER_PLACE = """async () => {
  const { Feed } = await import('/static/lib/live.js');
  const row = (id, v) => ({ id, el: 'r1', obj: 'r1', sev: 'major', text: id, raised: 1, v });
  const feed = new Feed();
  feed.listed({ seq: 5, alarms: [] }, 0);
  feed.caught({ prev: 7, seq: 8, alarms: [row('later', 8)] });
  const missed = feed.need;
  feed.caught({ prev: 5, seq: 8, alarms: [row('missed', 6), row('later', 8)] });
  return [missed, feed.need, feed.seq, [...feed.rows.keys()]];
}"""


_SWEPT = """async () => {
  const { Feed, MOST_CLEARED, KEPT_CLEARED_MS } = await import('/static/lib/live.js');
  const row = (id, cleared) => ({ id, el: 'r1', obj: 'r1', sev: 'major', text: id, raised: 1, v: 1, cleared });
  const feed = new Feed();
  const many = Array.from({ length: MOST_CLEARED + 5 }, (_, at) => row(`c${at}`, 1_000 + at));
  feed.listed({ seq: 1, alarms: [row('active'), ...many] }, 0);
  feed.take();
  feed.sweep(10_000);
  const beyond = [...feed.take()].sort();
  feed.sweep(1_000 + MOST_CLEARED + KEPT_CLEARED_MS);
  return [beyond, [...feed.rows.keys()]];
}"""


async def test_a_tab_keeps_the_last_of_many_cleared_alarms(unsigned: Page) -> None:
    beyond, rest = await unsigned.evaluate(_SWEPT)
    assert beyond == ["c0", "c1", "c2", "c3", "c4"], "the oldest are let go of"
    assert rest == ["active", "c2001", "c2002", "c2003", "c2004"], "the others by their time"


_NOTED = """async () => {
  const { Feed } = await import('/static/lib/live.js');
  const { Order } = await import('/static/lib/list.js');
  const row = (id, more) => ({ id, el: 'r1', obj: 'r1', sev: 'major', text: id, raised: 1, v: 1, ...more });
  const rows = new Map(Array.from({ length: 50 }, (_, at) => [`a${at}`, row(`a${at}`)]));
  const [order, plan] = [new Order(), { sort: 'severity', down: true }];
  order.of(rows, plan);
  let most = 0;
  for (let number = 0; number < 400; number += 1) {
    order.note([`came and went ${number}`], rows.size);
    most = Math.max(most, order.touched.size);
  }
  rows.set('worst', row('worst', { sev: 'critical' }));
  order.note(['worst'], rows.size);
  const sorted = order.of(rows, plan);
  const feed = new Feed();
  feed.listed({ seq: 1, alarms: [row('active')] }, 0);
  for (let seq = 2; seq < 60; seq += 1) {
    const alarms = Array.from({ length: 1_000 }, (_, at) => row(`${seq} ${at}`, { cleared: 1, v: seq }));
    feed.hear({ prev: seq - 1, seq, alarms });
    feed.sweep(1e9);
  }
  return [most <= rows.size, sorted.length, sorted[0].id, feed.take().size < 50_000];
}"""


async def test_a_list_that_is_held_or_that_nobody_looks_at_remembers_no_more_than_there_is(unsigned: Page) -> None:
    few, *ordered, taken = await unsigned.evaluate(_NOTED)
    assert few, "ids of alarms that came and went while nothing was ordered"
    assert ordered == [51, "worst"], "and all is ordered anew"
    assert taken, "ids of alarms that came and went while no list took them"


async def test_the_map_of_a_page_equals_the_store_after_anything(noc: Desk) -> None:
    page = await noc.tab("/alarms")
    assert await page.evaluate((HERE / "feed_model.js").read_text(), 2_000) == []


@pytest.mark.parametrize("case", FILTER_CASES["match"], ids=lambda case: case["q"])
async def test_the_page_reads_the_filter_language_as_the_server_does(unsigned: Any, case: dict[str, Any]) -> None:
    found = await unsigned.evaluate(_FILTER, [case["q"], FILTER_CASES["rows"], FILTER_CASES["now"]])
    assert found["error"] == case.get("error", "")
    assert "error" in case or found["ids"] == case["ids"]


async def test_a_term_is_taken_out_of_a_filter_whole(unsigned: Any) -> None:
    left = await unsigned.evaluate(_WITHOUT, 'core "two words" -state:new,closed text:"a b"')
    assert left == [
        '"two words" -state:new,closed text:"a b"',
        'core -state:new,closed text:"a b"',
        'core "two words" text:"a b"',
        'core "two words" -state:new,closed',
    ]


async def test_words_for_ages_numbers_and_what_must_not_be_shown_raw(unsigned: Any) -> None:
    ages, rates, counts, safe = await unsigned.evaluate(_FORMAT)
    assert ages == ["0 s", "45 s", "4 min", "1 h 42", "3 d 4 h", "0 s"]
    assert rates == ["0 b/s", "7 b/s", "61.2 Gb/s", "1 Mb/s", "1.23 kb/s"]
    assert counts == ["10,412", "3"]
    assert safe == ["aU+202EbU+0007", "<b>&amp;", "xU+200By"]


async def test_children_are_folded_and_none_is_lost(unsigned: Any) -> None:
    shut, unfolded, held, waiting = await unsigned.evaluate(_ARRANGE)
    assert shut == ["root 2", "orphan 0", "self 0", "ring1 1"]
    assert unfolded == ["root 2", "-kid 1", "--grandkid 0", "-hidden 0", "orphan 0", "self 0", "ring1 1"]
    assert held == ["root 0", "orphan 0", "self 0", "ring1 1"], "what is held keeps its place"
    assert waiting == ["kid", "new"]


async def test_labels_of_limits_do_not_lie_on_each_other(unsigned: Page) -> None:
    near, far, same, none = await unsigned.evaluate(_LABELS)
    assert near == [[103, "limits 85 % minor, 90 % minor, 97 % major"]], "what has no room for itself stands together"
    assert far == [[180, "limit 20 % minor"], [110, "limit 90 % major"]]
    assert same == [[110, "limit 90 % major"]]
    assert none == []


async def test_a_limit_that_is_far_away_does_not_press_the_lines_flat(unsigned: Page) -> None:
    assert await unsigned.evaluate(_REACH) == [[75], [-13, 1], [90], [5]]


async def test_what_another_tab_asked_for_leaves_no_hole(unsigned: Page) -> None:
    assert await unsigned.evaluate(_LATER_PLACE) == ["changes", "", 8, ["missed", "later"]]
