/**
 * The map of alarms as one tab knows it, kept equal to the store: pure, without network and clock.
 *
 * What comes in: changes heard from the stream, the list, and what was missed. `need` says what must be read next.
 */

/**
 * @typedef {{id: string, el: string, obj: string, sev: string, type?: string, cause?: string, text: string, n?: number,
 *   raised: number, changed?: number, cleared?: number, ack?: string, owner?: string, shelved_until?: number,
 *   hidden?: string[], root?: boolean, parents?: string[], kids?: number, flags?: string[], svc?: any, rule?: string,
 *   ends?: string[], names?: string[], alias?: string, site?: string, closed?: boolean, was?: string, event?: string, region?: string, v: number}} Row
 * @typedef {{prev: number, seq: number, at?: number, alarms: Row[]}} Changes
 * @typedef {{seq: number, now?: number, total?: number, limited?: boolean, alarms: Row[]}} List
 */

/** A cleared alarm stays this long, so that a held list can show it. */
export const KEPT_CLEARED_MS = 600_000;
/** So many at most: of a storm of alarms that come and go a tab keeps the last ones. */
export const MOST_CLEARED = 2_000;

const MOST_WAITING = 2_000;
/** A page without a list takes no notice of what changed: beyond so many it is all that there is. */
const MOST_TOUCHED = 50_000;

export class Feed {
  constructor() {
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** Number of the last change taken; -1 before the first list. */
    this.seq = -1;
    /** Greatest number heard of. */
    this.heard = -1;
    /** What must be read to be whole again. @type {'' | 'list' | 'changes'} */
    this.need = 'list';
    this.total = 0;
    this.limited = false;
    /** @type {Changes[]} */
    this.waiting = [];
    /** Alarms that came or changed since `take`. @type {Set<string>} */
    this.touched = new Set();
  }

  /**
   * Take changes from the stream.
   * @param {Changes} event
   */
  hear(event) {
    this.heard = Math.max(this.heard, event.seq);
    if (this.need === 'list' || event.prev > this.seq) {
      this.#keep(event);
      this.need ||= 'changes';
    } else if (event.seq > this.seq) {
      this.#apply(event);
    }
  }

  /**
   * Take the number that the server says is its newest: what is above ours was missed.
   * @param {number} seq
   */
  newest(seq) {
    this.heard = Math.max(this.heard, seq);
    if (!this.need && this.heard > this.seq) this.need = 'changes';
  }

  /**
   * A stream begins at this number; one below ours is of another store.
   * @param {number} seq
   */
  begin(seq) {
    this.waiting = [];
    this.heard = seq;
    if (seq < this.seq) this.need = 'list';
    else if (seq > this.seq) this.need ||= 'changes';
  }

  /** What was missed can no longer be told: the list is needed. */
  resync() {
    this.need = 'list';
  }

  /**
   * Take the list; alarms that cleared a short time ago are kept beside it.
   * @param {List} list
   * @param {number} now ms UTC
   */
  listed(list, now) {
    const before = this.rows;
    this.rows = new Map(list.alarms.map((row) => [row.id, row]));
    for (const row of before.values()) {
      if (row.cleared && now - row.cleared < KEPT_CLEARED_MS && !this.rows.has(row.id)) this.rows.set(row.id, row);
    }
    for (const row of list.alarms) if (before.get(row.id)?.v !== row.v) this.touched.add(row.id);
    for (const id of before.keys()) if (!this.rows.has(id)) this.touched.add(id);
    this.seq = list.seq;
    this.total = list.total ?? list.alarms.length;
    this.limited = list.limited ?? false;
    this.need = '';
    this.#replay();
  }

  /**
   * Take what `live/changes` answered.
   * @param {Changes | {resync: true}} answer
   */
  caught(answer) {
    if ('resync' in answer && answer.resync) {
      this.need = 'list';
      return;
    }
    const changes = /** @type {Changes} */ (answer);
    if (this.need === 'list') return;
    if (changes.prev > this.seq) {
      // Another tab asked, from a later place than ours.
      this.hear(changes);
      return;
    }
    this.need = '';
    // What the server answers is its newest; only what came since the question may be above it.
    this.heard = Math.max(changes.seq, ...this.waiting.map((event) => event.seq));
    if (changes.seq > this.seq) this.#apply(changes);
    this.#replay();
  }

  /**
   * Take rows that a search on the server found beyond the list.
   * @param {Row[]} rows
   */
  found(rows) {
    for (const row of rows) this.#put(row);
  }

  /**
   * Forget alarms that cleared long ago, and the oldest of many, and what changed if nobody takes it.
   * @param {number} now ms UTC
   */
  sweep(now) {
    const cleared = [...this.rows.values()].filter((row) => row.cleared !== undefined).sort((one, other) => other.cleared - one.cleared);
    cleared.forEach((row, place) => {
      if (place < MOST_CLEARED && now - row.cleared < KEPT_CLEARED_MS) return;
      this.rows.delete(row.id);
      this.touched.add(row.id);
    });
    if (this.touched.size > MOST_TOUCHED) this.touched = new Set(this.rows.keys());
  }

  /** Return the ids that changed since the last call. */
  take() {
    const touched = this.touched;
    this.touched = new Set();
    return touched;
  }

  /** @param {Changes} event */
  #keep(event) {
    this.waiting.push(event);
    if (this.waiting.length > MOST_WAITING) this.waiting.shift();
  }

  #replay() {
    const waiting = this.waiting.sort((one, other) => one.prev - other.prev);
    this.waiting = [];
    for (const event of waiting) {
      if (event.prev > this.seq) this.#keep(event);
      else if (event.seq > this.seq) this.#apply(event);
    }
    if (this.heard > this.seq) this.need ||= 'changes';
  }

  /** @param {Changes} event */
  #apply(event) {
    for (const row of event.alarms) this.#put(row);
    this.seq = event.seq;
  }

  /** @param {Row} row */
  #put(row) {
    const known = this.rows.get(row.id);
    if (known && known.v >= row.v) return;
    this.rows.set(row.id, row);
    this.touched.add(row.id);
  }
}
