/** The alarms of this tab: the feed, its link to the server, and what follows from them. */
import { ApiError, askSession, get, session, signedOut } from './api.js';
import { Cell } from './cell.js';
import { connectionOf } from './connection.js';
import { Feed } from './live.js';
import { prefs } from './prefs.js';
import { Link } from './stream.js';
import { asServer, learn, second, serverNow } from './time.js';

/** @typedef {import('./stream.js').Event} Event */

const RATE_MS = 10_000;
const SWEEP_S = 10;
/** Below this share of what a list may carry the whole list is read again: not at every alarm that comes or goes. */
const WHOLE_AGAIN = 0.95;

export const feed = new Feed();
/** Rises with each change of the map. */
export const edition = new Cell(0);
/** @type {Cell<any>} */
export const counters = new Cell(null);
/** @type {Cell<ApiError | null>} */
export const listError = new Cell(/** @type {ApiError | null} */ (null));
/** Browser's time of the last event. */
let heardAt = Date.now();
let engine = { up: true, since: 0 };
let lagMs = 0;
let serverVersion = '';
/** When how many alarms changed. @type {[number, number][]} */
let rates = [];
let reading = false;

const link = new Link({ since: () => feed.seq, hear, tell: () => refresh(), poll });

export const connection = new Cell(connectionOf(knownNow()));

/** Begin to follow the alarms. */
export function startFeed() {
  link.start();
  link.shout('signed in');
  void fill();
  second.follow(() => {
    refresh();
    if (Math.floor(second.value / 1000) % SWEEP_S === 0) {
      feed.sweep(serverNow());
      publish();
    }
  });
  session.follow(() => {
    if (session.value) learn(session.value.now);
    refresh();
  });
  signedOut.follow(() => {
    refresh();
    if (!signedOut.value) {
      void fill();
      link.retry();
    }
  });
}

/** Try to connect again now. */
export function retry() {
  link.retry();
  void fill();
}

/** Tell the other tabs that the session ended. */
export const tellSignedOut = () => link.shout('signed out');

/** @param {Event} event */
function hear({ type, data }) {
  heardAt = Date.now();
  if (type !== 'counters' && type !== 'word') learn(data.now);
  HEAR[type]?.(data);
  if (feed.need) void fill();
  if (feed.touched.size) publish();
  if (type !== 'changes') refresh();
}

/** @type {Record<string, (data: any) => void>} */
const HEAR = {
  hello(data) {
    takeServer(data);
    if (feed.seq >= 0) feed.begin(data.seq);
  },
  changes(data) {
    rates.push([Date.now(), data.alarms.length]);
    if (data.at) lagMs = Math.max(0, serverNow() - data.at);
    feed.hear(data);
  },
  caught(data) {
    takeServer(data);
    if (data.alarms?.length) rates.push([Date.now(), data.alarms.length]);
    feed.caught(data);
  },
  counters: takeCounters,
  beat(data) {
    takeServer(data);
    weigh();
    feed.newest(data.seq);
  },
  resync() {
    feed.resync();
  },
  bye(data) {
    takeServer(data);
    if (data.reason === 'signed-out') signedOut.set(true);
  },
  word(data) {
    if (data === 'signed out') signedOut.set(true);
    if (data === 'signed in' && signedOut.value) void askSession().catch(() => {});
  },
};

/**
 * Take what an event or an answer tells of the server: its version, its lag, and whether the engine is up.
 * @param {{version?: string, lag_ms?: number, engine?: string, engine_since?: number}} told
 */
function takeServer(told) {
  serverVersion = told.version ?? serverVersion;
  lagMs = told.lag_ms ?? lagMs;
  if (told.engine === undefined) return;
  const up = told.engine !== 'down';
  if (up !== engine.up) engine = { up, since: told.engine_since ?? serverNow() };
}

/** @param {any} data */
function takeCounters(data) {
  counters.set(data);
  weigh();
}

/** Read the list anew when it holds only the worst alarms although all would fit, or all although there are too many. */
function weigh() {
  const most = session.value?.limits.live_max_alarms;
  const active = counters.value?.active;
  if (most === undefined || active === undefined || feed.seq < 0) return;
  if (feed.limited ? active <= most * WHOLE_AGAIN : active > most) feed.resync();
}

/** Return how many alarms are active, where the list holds only the worst of them; null: it holds all. */
export function beyond() {
  if (!feed.limited) return null;
  let shown = 0;
  for (const row of feed.rows.values()) if (row.cleared === undefined) shown += 1;
  const total = counters.value?.active ?? feed.total;
  return total > shown ? { shown, total } : null;
}

/** @param {number} since */
async function poll(since) {
  if (since < 0) {
    await get('/api/v1/session');
    void fill();
    return null;
  }
  const [changes, newest] = await Promise.all([
    get('/api/v1/live/changes', { query: { since } }),
    get('/api/v1/alarms/counters').catch(() => null),
  ]);
  if (newest) takeCounters(newest);
  return changes;
}

/** Read what the feed needs, one request at a time. */
async function fill() {
  if (reading || signedOut.value) return;
  reading = true;
  try {
    for (let last = -2; feed.need; last = feed.seq) {
      // An answer that brought nothing: the server is behind what it told, ask it a little later.
      if (last === feed.seq) await new Promise((resolve) => setTimeout(resolve, 500));
      if (feed.need === 'list') await readList();
      else await readMissed();
      heardAt = Date.now();
    }
    listError.set(null);
    counters.value ?? counters.set(await get('/api/v1/alarms/counters'));
  } catch (error) {
    if (error instanceof ApiError) listError.set(error);
    else throw error;
  } finally {
    reading = false;
    publish();
    refresh();
  }
}

async function readList() {
  // Many tabs lose their place at once: they do not ask at once.
  if (feed.seq >= 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 2_000));
  const list = await get('/api/v1/alarms');
  learn(list.now);
  feed.listed(list, serverNow());
}

async function readMissed() {
  const answer = await get('/api/v1/live/changes', { query: { since: feed.seq } });
  learn(answer.now);
  takeServer(answer);
  feed.caught(answer);
}

const publish = () => edition.set(edition.value + 1);

/** @returns {import('./connection.js').Known} */
function knownNow() {
  const now = Date.now();
  rates = rates.filter(([at]) => now - at < RATE_MS);
  const version = session.value?.version;
  return {
    now: serverNow(),
    zone: prefs.value.zone,
    listed: feed.seq >= 0,
    heardAt: asServer(heardAt),
    link: link.state,
    engine,
    perSecond: (rates.reduce((sum, [, number]) => sum + number, 0) * 1_000) / RATE_MS,
    lagMs,
    signedOut: signedOut.value,
    updated: Boolean(version && serverVersion && version !== serverVersion),
    limited: beyond(),
  };
}

function refresh() {
  const next = connectionOf(knownNow());
  const { state, word, act, band } = connection.value;
  if (next.state === state && next.word === word && next.act === act && next.band?.text === band?.text) {
    connection.value.since = next.since;
    return;
  }
  connection.set(next);
}
