/** Words for usage: octets, qualities, reasons, files; pure. */
import { age, count, plural } from './format.js';

const DAY = 86_400_000;
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Letter of a cell, its quality, and what it means. @type {Record<string, [string, string]>} */
export const CELLS = {
  m: ['measured', 'exact'],
  e: ['estimated', 'sum exact over a gap, split by time'],
  p: ['partial', 'a lower bound'],
  u: ['unknown', 'nothing is proven'],
  '.': ['none', 'no record'],
};

/** Codes of 3GPP TS 32.297. @type {Record<number, string>} */
const CLOSED = { 0: 'shutdown', 1: 'size', 2: 'time', 3: 'number of records', 4: 'by hand', 5: 'new form', 128: 'abnormal end', 129: 'folder refused it', 130: 'disk was full', 131: 'integrity error' };

/** @param {number} code */
export const closedBy = (code) => CLOSED[code] ?? `code ${code}`;

/**
 * Return octets with their groups, however many; `unknown` where nothing is known, which is not 0.
 * @param {string | null | undefined} text
 * @param {boolean} [atLeast] something is missing
 */
export const octets = (text, atLeast = false) => (text === null || text === undefined ? 'unknown' : `${atLeast ? '≥ ' : ''}${whole.format(BigInt(text))}`);

/**
 * Return a change of octets with its sign.
 * @param {number | string} value
 */
export const signed = (value) => `${BigInt(value) < 0n ? '−' : '+'}${whole.format(BigInt(value) < 0n ? -BigInt(value) : BigInt(value))}`;

/**
 * Return a share; what is not all is never rounded up to 100 %.
 * @param {number | null | undefined} ppm millionths
 */
export function share(ppm) {
  if (ppm === null || ppm === undefined) return '';
  return `${ppm === 1e6 ? 100 : Math.min(99.99, Math.floor(ppm / 100) / 100)} %`;
}

/** @param {string} name of a flag or reason */
export const words = (name) => name.replaceAll('_', ' ');

/**
 * Return numbers by name in words: `3 agent restart, 1 gap bridged`.
 * @param {Record<string, number>} numbers
 */
export const listed = (numbers) => Object.entries(numbers).map(([name, number]) => `${count(number)} ${words(name)}`).join(', ');

/**
 * Return the intervals that are not simply measured: `2 partial, 1 unknown`.
 * @param {Record<string, number>} by quality
 */
export const doubts = (by) => ['unknown', 'partial', 'estimated'].filter((name) => by[name]).map((name) => `${count(by[name])} ${name}`).join(', ');

/**
 * Return cells that follow each other and are alike as one.
 * @param {string} cells
 * @returns {{letter: string, from: number, many: number}[]}
 */
export function runs(cells) {
  /** @type {{letter: string, from: number, many: number}[]} */
  const found = [];
  for (const [at, letter] of [...cells].entries()) {
    const last = found.at(-1);
    if (last?.letter === letter) last.many += 1;
    else found.push({ letter, from: at, many: 1 });
  }
  return found;
}

/** @param {string} cells */
export function cellsInWords(cells) {
  const parts = Object.entries(CELLS).map(([letter, [name]]) => [name, cells.split(letter).length - 1]).filter(([, many]) => many);
  return parts.map(([name, many]) => `${many} ${name === 'none' ? 'without a record' : name}`).join(', ');
}

/**
 * Return the metered interfaces that match every word, those that lack most first.
 * @param {any[]} series
 * @param {string} text
 */
export function chosen(series, text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const said = (/** @type {any} */ one) => [one.element, one.name, one.service, one.party, one.contract, doubts(one.by_quality)].join(' ').toLowerCase();
  return series.filter((one) => wanted.every((word) => said(one).includes(word)))
    .sort((one, other) => one.coverage_ppm - other.coverage_ppm || (one.series < other.series ? -1 : 1));
}

/**
 * Return what is wrong with the numbers of a feed's files, in words.
 * @param {{after_holes: number[]}} feed
 */
export const holes = ({ after_holes: after }) => after.map((number) => `number ${count(number - 1)} is missing before file ${count(number)}`).join('; ');

/**
 * Return the span of time that a day of a feed is about, in words: less than a day where there are very many records.
 * @param {{since: number, until: number}} day
 */
export const spanWords = ({ since, until }) => (until - since < DAY ? age(until - since) : '24 h');

/** @param {any} proof */
export function provedWords(proof) {
  const which = proof.files ? `${plural(proof.files, 'file')}, ${count(proof.first)} to ${count(proof.last)}` : 'no file is published yet';
  const older = proof.older ? `; ${plural(proof.older, 'older one', 'older ones')} not read: netmon usage verify --feed ${proof.feed}` : '';
  return which + older;
}
