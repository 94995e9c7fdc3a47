// Drives lib/live.js through random series of changes, losses, repeats, stale lists and restarts, against a model store.
async (seeds) => {
  const { Feed } = await import('/static/lib/live.js');

  const random = (seed) => () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };

  class Store {
    constructor(rnd, seq) {
      this.rnd = rnd;
      this.name = `${seq}.${Math.floor(rnd() * 1e9)}`;
      this.first = this.seq = seq;
      this.rows = new Map();
      this.log = [];
      this.made = 0;
    }

    change() {
      const known = [...this.rows.values()].filter((row) => !row.cleared);
      const old = known.length && this.rnd() < 0.6 ? known[Math.floor(this.rnd() * known.length)] : null;
      this.seq += 1;
      const base = old ?? { id: `${this.name}-${(this.made += 1)}`, el: 'r1', obj: 'r1', sev: 'major', text: 'x', raised: 1 };
      const row = { ...base, n: (base.n ?? 0) + 1, v: this.seq, ...(old && this.rnd() < 0.4 && { cleared: 1_000, sev: 'cleared' }) };
      this.rows.set(row.id, row);
      this.log.push(row);
    }

    batch() {
      const prev = this.seq;
      for (let left = 1 + Math.floor(this.rnd() * 4); left > 0; left -= 1) this.change();
      return this.since(prev);
    }

    since(prev) {
      const newest = new Map(this.log.filter((row) => row.v > prev).map((row) => [row.id, row]));
      return { prev, seq: this.seq, alarms: [...newest.values()] };
    }

    list() {
      return { seq: this.seq, alarms: [...this.rows.values()].filter((row) => !row.cleared) };
    }
  }

  const serve = (feed, store, list) => {
    if (feed.need === 'list') feed.listed(list ?? store.list(), 2_000);
    else if (feed.need) feed.caught(feed.seq < store.first ? { resync: true } : store.since(feed.seq));
  };

  const text = (rows) => [...rows].filter((row) => !row.cleared).map((row) => `${row.id} ${row.v} ${row.n}`).sort().join();

  const once = (seed) => {
    const rnd = random(seed);
    let stores = 1;
    let store = new Store(rnd, 100);
    const feed = new Feed();
    let stale = store.list();
    const late = [];
    for (let step = 0; step < 60; step += 1) {
      const dice = rnd();
      if (dice < 0.5) {
        const event = store.batch();
        if (rnd() < 0.7) feed.hear(event);
        else if (rnd() < 0.5) late.push(event);
        if (rnd() < 0.1) feed.hear(event);
      } else if (dice < 0.55) stale = store.list();
      else if (dice < 0.65 && late.length) feed.hear(late.splice(Math.floor(rnd() * late.length), 1)[0]);
      else if (dice < 0.7) feed.resync();
      else if (dice < 0.75) feed.newest(store.seq);
      else if (dice < 0.78) {
        store = new Store(rnd, feed.seq > 200 ? 50 : 10_000 * (stores += 1));
        stale = store.list();
        late.length = 0;
        store.batch();
        feed.begin(store.seq);
        if (feed.seq < store.first) feed.resync();
      } else serve(feed, store, rnd() < 0.3 ? stale : null);
    }
    feed.newest(store.seq);
    for (let left = 10; feed.need && left > 0; left -= 1) serve(feed, store, null);
    if (feed.need) return `seed ${seed}: never at rest, needs ${feed.need}`;
    return text(feed.rows.values()) === text(store.rows.values()) ? '' : `seed ${seed}: ${text(feed.rows.values())} is not ${text(store.rows.values())}`;
  };

  return Array.from({ length: seeds }, (_, seed) => once(seed + 1)).filter(Boolean).slice(0, 5);
}
