/** Plans maintenance of one element: from when, for how long, why. */
import { useState } from 'preact/hooks';
import { say } from '../lib/actions.js';
import { ApiError, send } from '../lib/api.js';
import { safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { serverNow } from '../lib/time.js';
import { Dialog } from './layer.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LONGEST = 2_000;

/** How long it may last. @type {Record<string, {label: string, ms: number}>} */
const SPANS = {
  '30m': { label: '30 min', ms: 30 * MINUTE },
  '2h': { label: '2 h', ms: 2 * HOUR },
  '8h': { label: '8 h', ms: 8 * HOUR },
  own: { label: 'from, to', ms: 2 * HOUR },
};

/** @param {{id: string, close: () => void, done: () => void}} props */
export function MaintenanceDialog({ id, close, done }) {
  const [span, setSpan] = useState('2h');
  const [from, setFrom] = useState(() => local(serverNow()));
  const [to, setTo] = useState(() => local(serverNow() + SPANS.own.ms));
  const [mark, setMark] = useState(false);
  const [comment, setComment] = useState('');
  const [error, setError] = useState('');
  const [key] = useState(() => crypto.randomUUID?.() ?? `${serverNow()}-${Math.random()}`);

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const own = span === 'own';
    const ends = own ? new Date(to).getTime() : serverNow() + SPANS[span].ms;
    const begins = own ? new Date(from).getTime() : NaN;
    if (!Number.isFinite(ends) || (own && !(begins < ends))) return setError('The end is not after the beginning.');
    const body = { where: `element.id == ${quoted(id)}`, to: new Date(ends).toISOString(), mode: mark ? 'mark' : 'hide', comment: comment.trim() };
    try {
      await send('/api/v1/maintenance', begins > serverNow() ? { ...body, from: new Date(begins).toISOString() } : body, { key });
    } catch (refused) {
      if (!(refused instanceof ApiError)) throw refused;
      return setError(refused.message);
    }
    close();
    say(`Maintenance of ${safe(id)} is planned.`, 'plain');
    return done();
  };
  return html`<${Dialog} title=${`Plan maintenance of ${safe(id)}`} close=${close}>
    <form onSubmit=${submit} novalidate>
      <p class="muted">Alarms of it and of its parts go on as ever, but disturb nobody. When it ends, what is still active is shown.</p>
      <fieldset class="choice"><legend>For how long</legend>
        ${Object.entries(SPANS).map(([name, { label }]) => html`<label><input type="radio" name="span" autofocus=${span === name} checked=${span === name} onChange=${() => setSpan(name)} />${label}</label>`)}
        ${span === 'own' && html`<input type="datetime-local" aria-label="From, local time" value=${from} onInput=${(/** @type {any} */ e) => setFrom(e.target.value)} />
          <input type="datetime-local" aria-label="To, local time" value=${to} onInput=${(/** @type {any} */ e) => setTo(e.target.value)} />`}
      </fieldset>
      <label><input type="checkbox" checked=${mark} onChange=${(/** @type {any} */ e) => setMark(e.target.checked)} /> Mark the alarms only, do not hide them</label>
      <label>Comment, may be empty<textarea rows="2" maxlength=${LONGEST} value=${comment} onInput=${(/** @type {any} */ e) => setComment(e.target.value)}></textarea></label>
      ${error && html`<p class="wrong" role="alert">${error}</p>`}
      <div class="buttons"><button type="button" class="btn" onClick=${close}>Cancel</button><button type="submit" class="btn p">Plan</button></div>
    </form>
  </${Dialog}>`;
}

/** @param {string} id */
const quoted = (id) => (id.includes("'") ? `"${id}"` : `'${id}'`);

/** @param {number} at */
function local(at) {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}
