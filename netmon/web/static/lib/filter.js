/**
 * The filter language of the alarm list; the server reads the same one, and both are held to the same cases.
 *
 *     filter = term { space term }        all terms must fit
 *     term   = ["-"] (key ":" value {"," value} | value)        "-": must not fit; one of the values must fit
 *     value  = '"' anything but '"' '"' | characters without space        "*" stands for any characters
 */
import { SEVERITIES } from './severity.js';

/** @typedef {import('./live.js').Row} Row */
/** @typedef {(row: Row, now: number) => boolean} Test */
/**
 * @typedef {{key: string, not: boolean, values: string[], text: string, start: number, end: number, test: Test}} Term
 * @typedef {{terms: Term[], error: string, bad?: string}} Filter  bad: the word that cannot be read
 */

/** What an alarm says for a key that names something. @type {Record<string, (row: any) => (string | undefined)[]>} */
const NAMES = {
  element: (row) => [...elementsOf(row), ...(row.names ?? [])],
  object: (row) => objectsOf(row).flatMap(ends),
  site: (row) => [row.site],
  region: (row) => [row.region],
  service: (row) => row.svc ?? [],
  rule: (row) => [row.rule],
  cause: (row) => [row.cause],
  type: (row) => [row.type],
  owner: (row) => [row.owner],
  text: (row) => [row.text, row.alias],
};

export const KEYS = ['severity', 'state', ...Object.keys(NAMES), 'age'];

/** @param {string} flag */
const flagged = (flag) => (/** @type {Row} */ row) => row.flags?.includes(flag) ?? false;

/** @type {Record<string, (row: Row) => boolean>} */
const STATES = {
  active: (row) => row.cleared === undefined,
  cleared: (row) => row.cleared !== undefined,
  new: (row) => row.cleared === undefined && !row.ack,
  acknowledged: (row) => Boolean(row.ack),
  unacknowledged: (row) => !row.ack,
  shelved: (row) => row.shelved_until !== undefined,
  closed: (row) => row.closed ?? false,
  hidden: (row) => Boolean(row.hidden?.length),
  visible: (row) => !row.hidden?.length,
  child: (row) => Boolean(row.parents?.length),
  root: (row) => row.root ?? false,
  flapping: flagged('flapping'),
  stale: flagged('stale'),
  planned: flagged('planned'),
};

/** @type {Record<string, number>} */
const UNIT_MS = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 };
const NEAR = 3;

/** @type {Record<string, (age: number, span: number) => boolean>} */
const COMPARE = { '>': (a, b) => a > b, '>=': (a, b) => a >= b, '<': (a, b) => a < b, '<=': (a, b) => a <= b };

class FilterError extends Error {}

/**
 * Return a path, what comes after its element, and after its kind: `r1/if:xe-0`, `if:xe-0`, `xe-0`.
 * @param {string} path
 */
function ends(path) {
  const part = after(path, '/');
  return [path, part, after(part, ':')];
}

/**
 * @param {string} text
 * @param {string} mark
 */
const after = (text, mark) => (text.includes(mark) ? text.slice(text.indexOf(mark) + 1) : '');

/**
 * Return the elements an alarm is about: its own, or those that a link joins.
 * @param {Row} row
 */
export const elementsOf = (row) => row.ends?.map((end) => end.split('/')[0]) ?? [row.el];

/**
 * Return the managed objects an alarm is about: its own, and the ends of a link.
 * @param {Row} row
 */
const objectsOf = (row) => [row.obj, ...(row.ends ?? [])];

/**
 * Return the object as a column shows it: without its element, and without its kind unless only a number would be left.
 * @param {Row} row
 */
export const shortObject = (row) => (row.ends ?? [row.obj]).map(shortPath).join(' – ');

/** @param {string} path */
function shortPath(path) {
  if (path.startsWith('site:')) return 'site';
  const [, part, name] = ends(path);
  return name && /[a-z]/i.test(name) ? name : part.replace(':', ' ');
}

/**
 * Return the elements as a column shows them: what they are called.
 * @param {Row} row
 */
export const elementName = (row) => (row.names ?? elementsOf(row)).join(' – ');

/**
 * Return the same with their ids, which rules and the inventory have, where these are not their names.
 * @param {Row} row
 */
export const elementTitle = (row) => (row.names ? `${elementName(row)} (${elementsOf(row).join(' – ')})` : elementName(row));

/**
 * Read a filter; after an error `terms` holds what stood before it, `bad` the word that is wrong.
 * @param {string} text
 * @returns {Filter}
 */
export function parse(text) {
  /** @type {Term[]} */
  const terms = [];
  let at = skip(text, 0);
  try {
    while (at < text.length) {
      const term = read(text, at);
      terms.push(term);
      at = skip(text, term.end);
    }
    return { terms, error: '' };
  } catch (error) {
    if (error instanceof FilterError) return { terms, error: error.message, bad: sticky(/\S+/y, text, at)?.[0] ?? '' };
    throw error;
  }
}

/**
 * Tell whether an alarm passes every term.
 * @param {Filter} filter
 * @param {Row} row
 * @param {number} now ms UTC
 */
export const matches = (filter, row, now) => filter.terms.every((term) => term.test(row, now));

/**
 * Return the text without one of its terms.
 * @param {string} text
 * @param {Term} term
 */
export const without = (text, term) => `${text.slice(0, term.start).trimEnd()} ${text.slice(term.end).trimStart()}`.trim();

/**
 * @param {string} text
 * @param {number} start
 * @returns {Term}
 */
function read(text, start) {
  const not = text[start] === '-' && (text[start + 1] ?? '').trim() !== '';
  let at = not ? start + 1 : start;
  const key = sticky(/([A-Za-z_]+):/y, text, at)?.[1].toLowerCase() ?? '';
  /** @type {string[]} */
  let values;
  if (key) [values, at] = list(text, at + key.length + 1, key);
  else {
    const [value, end] = text[at] === '"' ? quoted(text, at) : word(text, at);
    [values, at] = [[value], end];
  }
  const tests = values.map((value) => tester(key, value));
  const some = (/** @type {Row} */ row, /** @type {number} */ now) => tests.some((test) => test(row, now));
  return { key, not, values, text: text.slice(start, at), start, end: at, test: not ? (row, now) => !some(row, now) : some };
}

/**
 * @param {RegExp} pattern
 * @param {string} text
 * @param {number} at
 */
function sticky(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** @type {(text: string, at: number) => number} */
const skip = (text, at) => at + (sticky(/\s*/y, text, at)?.[0].length ?? 0);

/** @type {(text: string, at: number) => [string, number]} */
function word(text, at) {
  const found = sticky(/\S+/y, text, at)?.[0] ?? '';
  return [found, at + found.length];
}

/** @type {(text: string, at: number) => [string, number]} */
function quoted(text, at) {
  const found = sticky(/"([^"]*)"/y, text, at);
  if (!found) throw new FilterError(`the quote is not closed: ${text.slice(at)}`);
  return [found[1], at + found[0].length];
}

/** @type {(text: string, at: number, key: string) => [string[], number]} */
function list(text, at, key) {
  if (!KEYS.includes(key)) throw new FilterError(`unknown key "${key}"${nearest(key, KEYS)}`);
  /** @type {string[]} */
  const values = [];
  for (;;) {
    let value = sticky(/[^\s,"]*/y, text, at)?.[0] ?? '';
    if (text[at] === '"') [value, at] = quoted(text, at);
    else if (value) at += value.length;
    else throw new FilterError(`${key}: a value is missing`);
    values.push(value);
    if (text[at] !== ',') return [values, at];
    at += 1;
  }
}

/** @type {(key: string, value: string) => Test} */
function tester(key, value) {
  const wanted = value.toLowerCase();
  if (!key) {
    const fits = glob(`*${wanted}*`);
    return (row) => [row.el, row.text, row.alias, ...(row.names ?? []), ...objectsOf(row)].some((said) => Boolean(said) && fits(/** @type {string} */ (said).toLowerCase()));
  }
  if (key === 'age') return ageTester(value);
  if (key === 'severity') {
    known(key, wanted, SEVERITIES);
    return (row) => row.sev === wanted;
  }
  if (key === 'state') {
    known(key, wanted, Object.keys(STATES));
    return STATES[wanted];
  }
  const names = NAMES[key];
  if (!wanted && key !== 'text') return (row) => !names(row).some(Boolean);
  const fits = glob(key === 'text' ? `*${wanted}*` : wanted);
  return (row) => names(row).some((name) => Boolean(name) && fits(/** @type {string} */ (name).toLowerCase()));
}

/** @type {(key: string, value: string, words: string[]) => void} */
function known(key, value, words) {
  if (!words.includes(value)) throw new FilterError(`unknown ${key} "${value}"${nearest(value, words)}`);
}

/** @type {(value: string) => Test} */
function ageTester(value) {
  const found = /^(>=|<=|>|<)((?:\d+[smhdw])+)$/.exec(value);
  if (!found) throw new FilterError(`age: "${value}" is not a span of time (write >10m or <2h)`);
  const parts = [...found[2].matchAll(/(\d+)([smhdw])/g)];
  const span = parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNIT_MS[unit], 0);
  const compare = COMPARE[found[1]];
  return (row, now) => compare(now - row.raised, span);
}

/**
 * Return a test for a whole text; its time grows with the length of the text only.
 * @type {(pattern: string) => (text: string) => boolean}
 */
function glob(pattern) {
  const [first, ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    let at = first.length;
    const end = text.length - last.length;
    if (at > end || !text.startsWith(first) || !text.endsWith(last)) return false;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/**
 * Return `; did you mean "x"?` for the first of the nearest known words, at most two letters away.
 * @type {(word: string, words: string[]) => string}
 */
export function nearest(word, words) {
  let [near, distance] = ['', NEAR];
  for (const other of words) {
    const apart = lettersApart(word, other);
    if (apart < distance) [near, distance] = [other, apart];
  }
  return near ? `; did you mean "${near}"?` : '';
}

/**
 * Return the edit distance (Levenshtein).
 * @type {(one: string, other: string) => number}
 */
function lettersApart(one, other) {
  let before = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...one.slice(0, 40)].entries()) {
    const row = [i + 1];
    for (const [j, opposite] of [...other].entries()) {
      row.push(Math.min(before[j + 1] + 1, row[j] + 1, before[j] + (letter === opposite ? 0 : 1)));
    }
    before = row;
  }
  return before[before.length - 1];
}
