/** The order of the alarm list, its folding, and the hold: pure. */
import { elementName, elementsOf } from './filter.js';
import { rank } from './severity.js';

/** @typedef {import('./live.js').Row} Row */
/**
 * @typedef {{id: string, depth: number, kids: number, open: boolean, group?: string}} Entry
 * @typedef {{sort: string, down: boolean, grouping: string, unfolded: Set<string>,
 *   matches: (row: Row) => boolean, find: (id: string) => Row | undefined}} Plan
 */

/** @type {Record<string, (row: Row) => any>} */
const SORTS = {
  severity: (row) => -rank(row.sev),
  state: (row) => row.ack ?? '',
  element: elementName,
  object: (row) => row.obj,
  problem: (row) => row.text,
  count: (row) => row.n ?? 1,
  raised: (row) => row.raised,
  owner: (row) => row.owner ?? '',
  age: (row) => -row.raised,
  changed: (row) => row.changed ?? 0,
  site: (row) => row.site ?? '',
  services: (row) => servicesOf(row),
  rule: (row) => row.rule ?? '',
  cause: (row) => row.cause ?? '',
  event: (row) => row.event ?? '',
};

export const SORTABLE = Object.keys(SORTS);

/**
 * Return what compares two alarms: the wanted key, then severity, newest raised, id.
 * @param {string} sort
 * @param {boolean} down greatest first
 * @returns {(one: Row, other: Row) => number}
 */
export function comparator(sort, down) {
  const read = SORTS[sort] ?? SORTS.severity;
  const sign = down ? -1 : 1;
  return (one, other) =>
    sign * compare(read(one), read(other)) ||
    rank(one.sev) - rank(other.sev) ||
    other.raised - one.raised ||
    compare(one.id, other.id);
}

/**
 * @param {any} one
 * @param {any} other
 */
const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

/** Keeps the rows in order; what is nearly in order already is sorted in few steps. */
export class Order {
  constructor() {
    /** @type {Row[]} */
    this.sorted = [];
    this.key = '';
    /** Ids that came, changed or went since all were ordered. @type {Set<string>} */
    this.touched = new Set();
  }

  /**
   * Take note of ids that came, changed or went; of more than `most` none is kept, and all is ordered anew.
   * @param {Iterable<string>} ids
   * @param {number} most
   */
  note(ids, most) {
    for (const id of ids) this.touched.add(id);
    if (this.touched.size > most) [this.sorted, this.key, this.touched] = [[], '', new Set()];
  }

  /**
   * Return all rows in the order of a plan.
   * @param {Map<string, Row>} rows
   * @param {{sort: string, down: boolean}} plan
   */
  of(rows, { sort, down }) {
    const touched = this.touched;
    this.touched = new Set();
    const key = `${sort} ${down}`;
    const order = comparator(sort, down);
    if (key !== this.key || touched.size > rows.size / 4) {
      this.sorted = [...rows.values()].sort(order);
      this.key = key;
    } else if (touched.size) {
      const fresh = [...touched].map((id) => rows.get(id)).filter((row) => row !== undefined);
      this.sorted = merge(this.sorted.filter((row) => !touched.has(row.id)), fresh.sort(order), order);
    }
    return this.sorted;
  }
}

/**
 * @param {Row[]} left
 * @param {Row[]} right
 * @param {(one: Row, other: Row) => number} order
 */
function merge(left, right, order) {
  if (!right.length) return left;
  /** @type {Row[]} */
  const both = [];
  let from = 0;
  for (const row of right) {
    let low = from;
    let high = left.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order(left[middle], row) < 0) low = middle + 1;
      else high = middle;
    }
    for (; from < low; from += 1) both.push(left[from]);
    both.push(row);
  }
  for (; from < left.length; from += 1) both.push(left[from]);
  return both;
}

/**
 * Return what the list shows, in order: alarms that match, their children folded under them.
 * @param {Row[]} sorted
 * @param {Plan} plan
 * @returns {Entry[]}
 */
export function arrange(sorted, plan) {
  if (plan.grouping === 'none') return sorted.filter(plan.matches).map(flat);
  if (plan.grouping !== 'root') return byGroup(sorted.filter(plan.matches), plan.grouping);
  return folded(sorted, plan);
}

/**
 * @param {Row} row
 * @returns {Entry}
 */
const flat = (row) => ({ id: row.id, depth: 0, kids: 0, open: false });

/** Return the services of an alarm in order; one that concerns several stands once, under all of them together. */
const servicesOf = (/** @type {Row} */ row) => [...(row.svc ?? [])].sort().join(', ');

/** @type {Record<string, (row: Row) => string>} */
const GROUPED = { element: (row) => elementsOf(row).join(' – '), site: (row) => row.site ?? '', service: servicesOf };

/**
 * @param {Row[]} rows
 * @param {string} grouping `element`, `site` or `service`
 */
function byGroup(rows, grouping) {
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  for (const row of rows) {
    const name = GROUPED[grouping](row);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  /** @type {Entry[]} */
  const entries = [];
  for (const [name, group] of groups) {
    entries.push({ id: `group ${name}`, depth: 0, kids: group.length, open: true, group: grouping === 'element' ? elementName(group[0]) : name || `no ${grouping}` });
    for (const row of group) entries.push(flat(row));
  }
  return entries;
}

/**
 * @param {Row[]} sorted
 * @param {Plan} plan
 */
function folded(sorted, plan) {
  /** @type {Map<string, Row[]>} */
  const children = new Map();
  /** @type {Row[]} */
  const top = [];
  for (const row of sorted) {
    const shown = plan.matches(row);
    const parent = row.parents && (shown || hiddenByParent(row)) ? parentOf(row, plan) : undefined;
    if (parent === undefined) {
      if (shown) top.push(row);
      continue;
    }
    const known = children.get(parent);
    if (known) known.push(row);
    else children.set(parent, [row]);
  }
  if (!children.size) return top.map(flat);
  /** @type {Entry[]} */
  const entries = [];
  const placed = new Set();
  for (const row of top) settle(row, { depth: 0, children, placed, entries, unfolded: plan.unfolded });
  // Alarms that name each other as parents would be under nobody.
  for (const row of [...children.values()].flat()) {
    if (!placed.has(row.id) && plan.matches(row)) settle(row, { depth: 0, children, placed, entries, unfolded: plan.unfolded });
  }
  return entries;
}

/**
 * Return the parent under which an alarm is shown: one that is in the list itself.
 * @param {Row} row
 * @param {Pick<Plan, 'find' | 'matches'>} plan
 */
export const parentOf = (row, plan) =>
  row.cleared === undefined
    ? row.parents?.find((id) => {
        const parent = id === row.id ? undefined : plan.find(id);
        return parent !== undefined && plan.matches(parent);
      })
    : undefined;

/**
 * @param {Row} row
 * @param {{depth: number, children: Map<string, Row[]>, placed: Set<string>, entries: Entry[] | null, unfolded: Set<string>}} to
 */
function settle(row, to) {
  if (to.placed.has(row.id)) return;
  to.placed.add(row.id);
  const kids = to.children.get(row.id) ?? [];
  const open = kids.length > 0 && to.unfolded.has(row.id);
  to.entries?.push({ id: row.id, depth: to.depth, kids: kids.length, open });
  for (const kid of kids) settle(kid, { ...to, depth: to.depth + 1, entries: open ? to.entries : null });
}

/**
 * Tell whether only another alarm hides this one, so that it belongs under it.
 * @param {Row} row
 */
const hiddenByParent = (row) => row.hidden !== undefined && row.hidden.every((reason) => reason.startsWith('alarm:'));

/**
 * Return the entries of a held list: those that were there keep their places, what came since is counted.
 * @param {Entry[]} held
 * @param {Entry[]} now
 * @param {{gone: (id: string) => boolean}} how gone: what may go, such as what the operator's own action took away
 * @returns {{entries: Entry[], waiting: string[]}}
 */
export function hold(held, now, { gone }) {
  const places = new Set(held.map((entry) => entry.id));
  /** @type {Map<string, Entry> | null} */
  let fresh = null;
  const next = (/** @type {string} */ id) => (fresh ??= new Map(now.map((entry) => [entry.id, entry]))).get(id);
  const parents = new Map(now.filter((entry) => entry.kids && !entry.group).map((entry) => [entry.id, entry.kids]));
  const entries = [];
  for (const entry of held) {
    if (!entry.group && gone(entry.id) && !next(entry.id)) continue;
    const kids = entry.group ? entry.kids : (parents.get(entry.id) ?? 0);
    entries.push(kids === entry.kids ? entry : { ...entry, kids });
  }
  const waiting = now.filter((entry) => entry.depth === 0 && !entry.group && !places.has(entry.id)).map((entry) => entry.id);
  return { entries, waiting };
}

/**
 * Return a held list with the children of one alarm taken from the new arrangement.
 * @param {Entry[]} before
 * @param {Entry[]} next
 * @param {string} id
 */
export function refolded(before, next, id) {
  const family = (/** @type {Entry[]} */ entries) => {
    const from = entries.findIndex((entry) => entry.id === id);
    if (from < 0) return { from, to: from };
    let to = from + 1;
    while (to < entries.length && entries[to].depth > entries[from].depth) to += 1;
    return { from, to };
  };
  const [old, fresh] = [family(before), family(next)];
  if (old.from < 0 || fresh.from < 0) return before;
  return [...before.slice(0, old.from), ...next.slice(fresh.from, fresh.to), ...before.slice(old.to)];
}
