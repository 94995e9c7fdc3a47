/** What an action needs beyond a click: an owner, an end, a comment, a second look. */
import { useState } from 'preact/hooks';
import { act, ACTIONS, newest } from '../lib/actions.js';
import { feed } from '../lib/alarms.js';
import { session } from '../lib/api.js';
import { plural, safe } from '../lib/format.js';
import { elementName } from '../lib/filter.js';
import { html } from '../lib/html.js';
import { serverNow } from '../lib/time.js';
import { Dialog } from './layer.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK = 7 * 24 * HOUR;
const MORNING = 6;
const LONGEST = 2_000;
/** Alarms of a selection that may be chosen as the parent of the others. */
const MOST_PARENTS = 200;

/** How long an alarm may be shelved. @type {Record<string, {label: string, until: () => number}>} */
export const SHELF = {
  '15m': { label: '15 min', until: () => serverNow() + 15 * MINUTE },
  '1h': { label: '1 h', until: () => serverNow() + HOUR },
  '4h': { label: '4 h', until: () => serverNow() + 4 * HOUR },
  morning: { label: 'until next 06:00', until: nextMorning },
  own: { label: 'own time', until: () => serverNow() + HOUR },
};

function nextMorning() {
  const at = new Date(serverNow());
  at.setHours(MORNING, 0, 0, 0);
  if (at.getTime() <= serverNow()) at.setDate(at.getDate() + 1);
  return at.getTime();
}

/** @type {Record<string, {text: (what: string) => string, comment: 'must' | 'may'}>} */
const FORMS = {
  acknowledge: { text: (what) => `Acknowledge ${what}`, comment: 'may' },
  assign: { text: (what) => `Assign ${what}`, comment: 'may' },
  shelve: { text: (what) => `Shelve ${what}`, comment: 'must' },
  comment: { text: (what) => `Comment on ${what}`, comment: 'must' },
  clear: { text: (what) => `Clear ${what}?`, comment: 'must' },
  close: { text: (what) => `Close ${what}?`, comment: 'may' },
  group: { text: (what) => `Group ${what}`, comment: 'may' },
};

/** @param {{action: string, ids: string[], close: () => void}} props */
export function ActionDialog({ action, ids, close }) {
  const form = FORMS[action];
  const [seen] = useState(() => new Map(ids.map((id) => [id, newest(id)])));
  const [comment, setComment] = useState('');
  const [owner, setOwner] = useState(session.value?.operator ?? '');
  const [span, setSpan] = useState('1h');
  const [parent, setParent] = useState(ids[0]);
  const [own, setOwn] = useState(() => local(serverNow() + HOUR));
  const [error, setError] = useState('');

  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const until = span === 'own' ? new Date(own).getTime() : SHELF[span].until();
    const wrong = check(action, { comment, until }) || changed(action, seen);
    if (wrong && wrong !== error) {
      setError(wrong);
      return;
    }
    if (wrong && !wrong.startsWith('Changed')) return;
    close();
    void act(action, action === 'group' ? ids.filter((id) => id !== parent) : ids, {
      comment: comment.trim() || undefined,
      ...(action === 'shelve' && { until }),
      ...(action === 'assign' && { owner: owner.trim() }),
      ...(action === 'group' && { parent }),
    });
  };
  return html`<${Dialog} title=${form.text(ids.length === 1 ? 'this alarm' : plural(ids.length, 'alarm'))} close=${close}>
    <form onSubmit=${submit} novalidate>
      <p class="muted about">${about(ids)}</p>
      ${action === 'assign' && html`<label>Owner, empty for nobody<input type="text" autofocus value=${owner} maxlength="64" onInput=${(/** @type {any} */ e) => setOwner(e.target.value)} /></label>`}
      ${action === 'shelve' && html`<fieldset class="choice"><legend>For how long</legend>
        ${Object.entries(SHELF).map(([name, { label }]) => html`<label><input type="radio" name="span" checked=${span === name} onChange=${() => setSpan(name)} />${label}</label>`)}
        ${span === 'own' && html`<input type="datetime-local" aria-label="Until, local time" value=${own} onInput=${(/** @type {any} */ e) => setOwn(e.target.value)} />`}
      </fieldset>`}
      ${action === 'group' && html`<label>Parent, the others become its children<select autofocus value=${parent} onChange=${(/** @type {any} */ e) => setParent(e.target.value)}>
        ${ids.slice(0, MOST_PARENTS).map((id) => html`<option value=${id}>${about([id])}</option>`)}</select></label>`}
      ${action === 'shelve' && aboutCleared(ids) && html`<p>${aboutCleared(ids)}</p>`}
      ${action === 'close' && html`<p>What is still active stays so, but leaves the lists until it occurs anew or its severity rises. The view “Closed” shows it.</p>`}
      ${action === 'clear' && html`<p>An alarm whose condition is still observed is not cleared; it stays, with the evidence.</p>`}
      <label>Comment${form.comment === 'may' ? ', may be empty' : ''}<textarea rows="3" maxlength=${LONGEST} autofocus=${action !== 'assign' && action !== 'group'} value=${comment} onInput=${(/** @type {any} */ e) => setComment(e.target.value)}></textarea></label>
      ${error && html`<p class="wrong" role="alert">${error}</p>`}
      <div class="buttons"><button type="button" class="btn" onClick=${close}>Cancel</button><button type="submit" class="btn p">${ACTIONS[action].word}</button></div>
    </form>
  </${Dialog}>`;
}

/** @param {string[]} ids */
function about(ids) {
  const row = feed.rows.get(ids[0]);
  if (!row) return '';
  const rest = ids.length > 1 ? ` and ${plural(ids.length - 1, 'other')}` : '';
  return `${safe(elementName(row))}: ${safe(row.text)}${rest}`;
}

/**
 * Return what shelving means for alarms that are cleared already: their next occurrence begins on the shelf.
 * @param {string[]} ids
 */
function aboutCleared(ids) {
  const cleared = ids.filter((id) => feed.rows.get(id)?.cleared !== undefined).length;
  if (!cleared) return '';
  const whose = ids.length === 1 ? 'It is cleared: its next occurrence' : `${plural(cleared, 'alarm')} of these ${cleared === 1 ? 'is' : 'are'} cleared: the next occurrence`;
  return `${whose} until then will be shelved, too.`;
}

/**
 * @param {string} action
 * @param {{comment: string, until: number}} given
 */
function check(action, { comment, until }) {
  if (FORMS[action].comment === 'must' && !comment.trim()) return 'A comment is needed.';
  if (action !== 'shelve') return '';
  if (!Number.isFinite(until) || until <= serverNow()) return 'The end lies in the past.';
  return until > serverNow() + WEEK ? 'At most 7 days.' : '';
}

/**
 * Tell when an alarm was changed by another one since the dialog opened; asked about once.
 * @param {string} action
 * @param {Map<string, number>} seen
 */
function changed(action, seen) {
  if (action !== 'clear' && action !== 'assign') return '';
  const count = [...seen].filter(([id, v]) => newest(id) !== v).length;
  return count ? `Changed meanwhile: ${plural(count, 'alarm')}. Press again to do it all the same.` : '';
}

/** @param {number} at */
function local(at) {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}
