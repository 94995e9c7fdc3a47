/** What the alarm list shows now: the arrangement, the hold, the selection; components follow its cells. */
import { edition, feed } from './alarms.js';
import { mine } from './actions.js';
import { Cell } from './cell.js';
import { matches } from './filter.js';
import { arrange, hold, Order, parentOf, refolded } from './list.js';
import { Newcomers } from './newcomers.js';
import { between, leftAt, NOTHING, stepped, tally } from './places.js';
import { serverNow } from './time.js';

/** @typedef {import('./list.js').Entry} Entry */
/** @typedef {import('./live.js').Row} Row */
/** @typedef {import('./places.js').Shown} Shown */

const LONG_SORT_MS = 10;
const PAUSE_MS = 250;
const POINTER_MS = 10_000;
const COUNT_MS = 1_000;

export class ListModel {
  constructor() {
    this.filter = { terms: /** @type {any[]} */ ([]), error: '' };
    this.sort = 'severity';
    this.down = true;
    this.grouping = 'root';
    /** @type {Set<string>} */
    this.unfolded = new Set();
    /** Why the list is held: scroll, pointer, selection, layer, key. @type {Set<string>} */
    this.reasons = new Set();
    /** @type {Cell<Shown>} */
    this.shown = new Cell(NOTHING);
    this.newcomers = new Newcomers();
    this.order = new Order();
    /** Alarms that have a place in the list. @type {Set<string>} */
    this.places = new Set();
    /** Alarms that wait while the list is held. @type {Set<string>} */
    this.waiting = new Set();
    this.counted = 0;
    /** What the filter said of a row; rows never change, another one takes their place. @type {WeakMap<Row, boolean>} */
    this.fits = new WeakMap();
    /** Alarms read from the store, in its order; null: those of the feed. @type {Row[] | null} */
    this.rows = null;
    /** The same by id. @type {Map<string, Row>} */
    this.read = new Map();
    /** Where the current alarm stood before it left the list; -1: none did. */
    this.left = -1;
    this.spent = this.timer = this.pointerTimer = 0;
    /** Called with alarms that came since the last look. @type {(rows: Row[]) => void} */
    this.onNew = () => {};
  }

  /** Follow the alarms; returns what ends it. */
  start() {
    const end = edition.follow(() => this.#soon());
    this.update();
    return () => {
      end();
      clearTimeout(this.timer);
      clearTimeout(this.pointerTimer);
    };
  }

  /**
   * Change what is shown; the operator wants it now, so a hold begins anew.
   * @param {Partial<Pick<ListModel, 'filter' | 'sort' | 'down' | 'grouping' | 'rows'>>} some
   */
  plan(some) {
    Object.assign(this, some);
    this.fits = new WeakMap();
    if ('rows' in some) {
      this.order = new Order();
      this.read = new Map(this.rows?.map((row) => [row.id, row]));
    }
    this.update({ anew: true });
    const { selected } = this.shown.value;
    const kept = [...selected].filter((id) => {
      const row = this.row(id);
      return row !== undefined && this.#matches(row);
    });
    if (kept.length < selected.size) this.select(kept);
  }

  /**
   * Hold the list for a reason, or let it go.
   * @param {string} reason
   * @param {boolean} on
   */
  hold(reason, on) {
    const had = this.reasons.size > 0;
    if (on === this.reasons.has(reason)) return;
    if (on) this.reasons.add(reason);
    else this.reasons.delete(reason);
    if (had !== this.reasons.size > 0) this.update();
  }

  /** The pointer moved over the rows. */
  pointer() {
    this.hold('pointer', true);
    clearTimeout(this.pointerTimer);
    this.pointerTimer = setTimeout(() => this.hold('pointer', false), POINTER_MS);
  }

  /** Show what is new: the list is ordered anew, and held again by what still holds it. */
  release() {
    for (const reason of ['pointer', 'key', 'scroll']) this.reasons.delete(reason);
    this.update({ anew: true });
  }

  /**
   * Select alarms.
   * @param {Iterable<string>} ids
   */
  select(ids) {
    const selected = new Set(ids);
    if (selected.size) this.reasons.add('selection');
    else this.reasons.delete('selection');
    this.#show({ selected });
    this.update();
  }

  /** @param {string} id */
  toggle(id) {
    const selected = new Set(this.shown.value.selected);
    if (!selected.delete(id)) selected.add(id);
    this.select(selected);
  }

  /**
   * Select from the current alarm to another one.
   * @param {string} from
   * @param {string} to
   */
  selectRange(from, to) {
    const { entries, selected } = this.shown.value;
    const range = between(entries, from, to);
    return range ? this.select([...selected, ...range]) : this.toggle(to);
  }

  /** Select all that match, folded children too. */
  selectAll() {
    this.select(this.#sorted().filter((row) => this.#matches(row)).map((row) => row.id));
  }

  /** @param {string} id */
  focus(id) {
    this.left = -1;
    if (id !== this.shown.value.current) this.#show({ current: id });
  }

  /**
   * Go up or down the list.
   * @param {number} step
   */
  move(step) {
    const { entries, current } = this.shown.value;
    const next = stepped(entries, { current, left: this.left, step });
    if (next) this.focus(next);
  }

  /**
   * Unfold or fold the children of an alarm; what is elsewhere keeps its place.
   * @param {string} id
   * @param {boolean} open
   */
  unfold(id, open) {
    if (open === this.unfolded.has(id)) return;
    const unfolded = new Set(this.unfolded);
    if (open) unfolded.add(id);
    else unfolded.delete(id);
    this.unfolded = unfolded;
    this.update({ refold: id });
  }

  /**
   * Work out what is shown.
   * @param {{anew?: boolean, refold?: string}} [how]
   */
  update(how = {}) {
    clearTimeout(this.timer);
    this.timer = 0;
    const begun = performance.now();
    const recent = this.#recent();
    const held = this.reasons.size > 0;
    const before = this.shown.value.entries;
    if (held && !how.anew && !how.refold && before.length) this.#stay(before, recent);
    else {
      const next = arrange(this.#sorted(), { ...this, ...this.#plan });
      const base = how.refold ? refolded(before, next, how.refold) : before;
      const still = held && !how.anew && before.length > 0;
      const { entries, waiting } = still ? hold(base, next, { gone: (id) => this.#gone(id) }) : { entries: next, waiting: [] };
      this.places = new Set(entries.map((entry) => entry.id));
      this.waiting = new Set(waiting);
      if (!still) mine.clear();
      this.#count();
      this.#show({ entries, waiting, held });
    }
    this.#letGo(before);
    this.spent = performance.now() - begun;
  }

  /**
   * No key may act on an alarm that has left the list; moving goes on from where it stood.
   * @param {Entry[]} before
   */
  #letGo(before) {
    const { current } = this.shown.value;
    if (!current || this.places.has(current)) return;
    const at = leftAt(before, current);
    if (at < 0) return;
    this.left = at;
    this.#show({ current: '' });
  }

  /**
   * A held list: rows keep their places, nothing is ordered; what comes is counted.
   * @param {Entry[]} before
   * @param {Set<string>} recent ids that changed
   */
  #stay(before, recent) {
    const gone = new Set([...recent, ...mine].filter((id) => this.places.has(id) && this.#gone(id)));
    for (const id of gone) this.places.delete(id);
    const entries = gone.size ? before.filter((entry) => !gone.has(entry.id)) : before;
    for (const id of recent) {
      const row = this.places.has(id) ? undefined : this.row(id);
      if (row && this.#matches(row) && !(this.grouping === 'root' && parentOf(row, this.#plan))) this.waiting.add(id);
      else this.waiting.delete(id);
    }
    if (performance.now() - this.counted > COUNT_MS) this.#count();
    this.#show({ entries, waiting: [...this.waiting], held: true });
  }

  /**
   * Tell whether a row of a held list may go: what no longer exists, and what the operator's own action took away.
   * @param {string} id
   */
  #gone(id) {
    const row = this.row(id);
    return !row || (mine.has(id) && !this.#matches(row) && row.cleared === undefined);
  }

  #plan = {
    matches: (/** @type {Row} */ row) => this.#matches(row),
    find: (/** @type {string} */ id) => this.row(id),
  };

  #count() {
    this.counted = performance.now();
    const others = this.filter.terms.filter((term) => term.key !== 'state');
    const now = serverNow();
    const beside = (/** @type {Row} */ row) => others.every((term) => term.test(row, now));
    this.#show(tally(this.rows ?? feed.rows.values(), { matches: this.#plan.matches, beside }));
  }

  /**
   * Return the alarm as it is now.
   * @param {string} id
   */
  row(id) {
    return this.rows ? this.read.get(id) : feed.rows.get(id);
  }

  #soon() {
    if (this.timer) return;
    this.timer = setTimeout(() => this.update(), this.spent > LONG_SORT_MS ? PAUSE_MS : 0);
  }

  /** Return the ids that changed since the last update. */
  #recent() {
    const recent = feed.take();
    this.order.note(recent, feed.rows.size);
    const came = this.newcomers.look(recent, this.#plan.matches);
    if (this.rows) this.newcomers.forget();
    else if (came.length) this.onNew(came);
    return recent;
  }

  #sorted() {
    // What comes by pages is ordered by the store: a later page must not move what stands.
    return this.rows ?? this.order.of(feed.rows, this);
  }

  /** @param {Row} row */
  #matches(row) {
    const known = this.fits.get(row);
    if (known !== undefined && !this.filter.terms.some((term) => term.key === 'age')) return known;
    const fits = matches(this.filter, row, serverNow());
    this.fits.set(row, fits);
    return fits;
  }

  /** @param {Partial<Shown>} some */
  #show(some) {
    this.shown.set({ ...this.shown.value, ...some });
  }
}
