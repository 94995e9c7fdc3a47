/** Keeping the present filter, order and grouping under a name. */
import { useState } from 'preact/hooks';
import { ApiError, may, send } from '../lib/api.js';
import { say } from '../lib/actions.js';
import { html } from '../lib/html.js';
import { Dialog } from './layer.js';

const LONGEST = 64;

/** @typedef {import('../lib/views.js').View} View */

/** @param {{view: Omit<View, 'name'>, close: () => void, done: () => void}} props */
export function SaveView({ view, close, done }) {
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [error, setError] = useState('');
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await send(`/api/v1/views/${encodeURIComponent(name.trim())}`, { ...view, shared }, { method: 'PUT' });
      say(`View "${name.trim()}" saved`, 'plain');
      close();
      done();
    } catch (wrong) {
      if (!(wrong instanceof ApiError)) throw wrong;
      setError(wrong.message);
    }
  };
  return html`<${Dialog} title="Save this view" close=${close}><form onSubmit=${submit}>
    <label>Name<input type="text" autofocus required maxlength=${LONGEST} value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} /></label>
    <p class="muted mono said">${view.filter || 'everything'}</p>
    ${may('operate') && html`<p><label class="switch"><input type="checkbox" checked=${shared} onChange=${() => setShared(!shared)} />Every operator sees it</label></p>`}
    ${error && html`<p class="wrong" role="alert">${error}</p>`}
    <div class="buttons"><button type="button" class="btn" onClick=${close}>Cancel</button><button type="submit" class="btn p">Save</button></div>
  </form></${Dialog}>`;
}

/**
 * Forget a view of one's own.
 * @param {string} name
 * @param {() => void} done
 */
export async function removeView(name, done) {
  try {
    await send(`/api/v1/views/${encodeURIComponent(name)}`, undefined, { method: 'DELETE' });
    say(`View "${name}" removed`, 'plain');
    done();
  } catch (wrong) {
    if (!(wrong instanceof ApiError)) throw wrong;
    say(`The view was not removed: ${wrong.message}`, 'bad');
  }
}
