/** Words for times, numbers, and text from the network. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SI = ['', 'k', 'M', 'G', 'T', 'P'];

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** @param {number} value */
const two = (value) => String(value).padStart(2, '0');

/**
 * Return an age in words: `45 s`, `4 min`, `1 h 42`, `3 d 4 h`.
 * @param {number} ms
 */
export function age(ms) {
  const span = Math.max(0, ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h ${two(Math.floor((span % HOUR) / MINUTE))}`;
  return `${Math.floor(span / DAY)} d ${Math.floor((span % DAY) / HOUR)} h`;
}

/**
 * @param {string} zone
 * @param {string} key
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(zone, key, options) {
  const name = `${zone} ${key}`;
  let found = formats.get(name);
  if (!found) {
    const timeZone = zone === 'utc' ? 'UTC' : undefined;
    found = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...options });
    formats.set(name, found);
  }
  return found;
}

/**
 * Return the time of day, `14:02:37`.
 * @param {number} at ms UTC
 * @param {string} zone `utc` or `local`
 */
export const clock = (at, zone) =>
  format(zone, 'clock', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at);

/**
 * Return the time of day with milliseconds.
 * @param {number} at
 * @param {string} zone
 */
export const exactClock = (at, zone) => `${clock(at, zone)}.${String(Math.abs(at % SECOND)).padStart(3, '0')}`;

/**
 * Return hours and minutes.
 * @param {number} at
 * @param {string} zone
 */
export const hourMinute = (at, zone) => format(zone, 'hm', { hour: '2-digit', minute: '2-digit' }).format(at);

/**
 * Return day and month, `9 Mar`.
 * @param {number} at
 * @param {string} zone
 */
export const day = (at, zone) => format(zone, 'day', { day: 'numeric', month: 'short' }).format(at);

/**
 * Return the time of day, with the date when it is not the day of `now`.
 * @param {number} at
 * @param {number} now
 * @param {string} zone
 */
export function moment(at, now, zone) {
  return day(at, zone) === day(now, zone) && Math.abs(now - at) < DAY
    ? clock(at, zone)
    : `${day(at, zone)} ${hourMinute(at, zone)}`;
}

/**
 * Return the name of a zone.
 * @param {string} zone
 * @param {number} at
 */
export function zoneName(zone, at) {
  if (zone === 'utc') return 'UTC';
  const parts = format(zone, 'zone', { timeZoneName: 'short', hour: '2-digit' }).formatToParts(at);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'local';
}

/**
 * Return the date and time in both zones, for a tooltip.
 * @param {number} at
 * @param {string} zone
 */
export function bothZones(at, zone) {
  const other = zone === 'utc' ? 'local' : 'utc';
  return [zone, other].map((one) => `${fullDate(at, one)} ${exactClock(at, one)} ${zoneName(one, at)}`).join('\n');
}

/**
 * @param {number} at
 * @param {string} zone
 */
const fullDate = (at, zone) =>
  format(zone, 'full', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(at);

/**
 * Return a whole number with its groups.
 * @param {number | undefined | null} value
 */
export const count = (value) => (value === undefined || value === null ? '' : whole.format(value));

/**
 * Return a number with three digits that matter and the SI prefix: `61.2 G`.
 * @param {number | undefined | null} value
 * @param {string} [unit] follows the prefix
 */
export function si(value, unit = '') {
  if (value === undefined || value === null || !Number.isFinite(value)) return '';
  let step = 0;
  let rest = Math.abs(value);
  while (rest >= 999.5 && step < SI.length - 1) {
    rest /= 1000;
    step += 1;
  }
  const text = `${value < 0 ? '−' : ''}${digits(rest)}`;
  return SI[step] || unit ? `${text} ${SI[step]}${unit}` : text;
}

/**
 * Return three digits that matter, without needless zeros.
 * @param {number} value not negative
 */
function digits(value) {
  if (value === 0) return '0';
  if (value >= 99.95) return whole.format(value);
  return String(Number(value.toPrecision(3)));
}

/**
 * Return a value with its unit as an operator reads it.
 * @param {number | undefined | null} value
 * @param {string | undefined} unit
 */
export function measure(value, unit) {
  if (value === undefined || value === null || !Number.isFinite(value)) return '';
  if (unit === '%' || unit === 'percent') return `${digits(Math.abs(value))} %`;
  if (unit && /^b(it)?s?(\/s|_per_second|ps)/.test(unit)) return si(value, 'b/s');
  if (unit === 'ratio' || unit === '1') return `${Number((value * 100).toPrecision(2))} %`;
  if (unit === 's' || unit === 'seconds') return value < 1 ? `${digits(Number((value * 1000).toPrecision(3)))} ms` : `${digits(value)} s`;
  if (unit === 'rpm') return `${count(value)} rpm`;
  if (unit === '°C' || unit === 'Cel' || unit === 'celsius') return `${value < 0 ? '−' : ''}${digits(Math.abs(value))} °C`;
  return si(value, unit);
}

/**
 * Return a speed as it stands on a port: `10G`, `100M`.
 * @param {number | undefined | null} bps
 */
export const speed = (bps) => (bps ? si(bps).replace(' ', '') : '');

/**
 * Return how often something is, in one word and its number.
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 */
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

// Control characters, bidi overrides and isolates, and invisible ones that can disguise a name.
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Return text from the network with control and bidi characters shown as `U+XXXX`.
 * @param {string | number | undefined | null} text
 */
export function safe(text) {
  if (text === undefined || text === null) return '';
  return String(text).replace(
    UNSAFE,
    (found) => `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
