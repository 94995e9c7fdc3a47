/** Why, step by step: the life of an alarm as the rules tell it, and what the rules made of each observation. */
import { useState } from 'preact/hooks';
import { useCell } from '../lib/cell.js';
import { bothZones, exactClock, plural, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { Failed, Loading } from './states.js';

/** @param {{id: string}} props */
export function Explained({ id }) {
  const { data, error, again } = useLoad(`/api/v1/explain/alarm/${encodeURIComponent(id)}`);
  if (!data && error) return html`<${Failed} what="It could not be explained." error=${error} retry=${again} />`;
  if (!data) return html`<${Loading} rows=${3} />`;
  return html`<ol class="tl why">${data.events.map((/** @type {any} */ one, /** @type {number} */ place) => html`<${Step} key=${place} one=${one} />`)}</ol>`;
}

/** @param {{one: any}} props */
function Step({ one }) {
  const { zone } = useCell(prefs);
  const [asked, ask] = useState(false);
  const at = Date.parse(one.at);
  return html`<li><div>${safe(one.what)}${one.rule && html` <span class="mono muted">${safe(one.rule)}</span>`}</div>
    <div>${safe(one.effect)}</div>
    <span class="dim num" title=${bothZones(at, zone)}>${exactClock(at, zone)}</span>
    ${one.seq && html` <button type="button" class="linkb num" aria-expanded=${asked} onClick=${() => ask(!asked)}>#${one.seq}</button>`}
    ${asked && html`<${Observation} seq=${one.seq} />`}</li>`;
}

/** @param {{seq: number}} props */
function Observation({ seq }) {
  const { data, error, again } = useLoad(`/api/v1/explain/event/${seq}`);
  if (!data && error) return html`<${Failed} what="It could not be explained." error=${error} retry=${again} />`;
  if (!data) return html`<${Loading} rows=${2} />`;
  const candidates = data.candidates ? `, ${plural(data.candidates, 'candidate')}` : '';
  return html`<div class="asked"><p class="muted">${safe(`${data.observation}${candidates}${data.without_samples ? ' (without samples)' : ''}`)}</p>
    <ul>${data.findings.map((/** @type {any} */ one, /** @type {number} */ place) => html`<li key=${place}>${one.subject && html`<span class="mono">${safe(one.subject)}</span> `}${safe(one.what)}${one.outcome && html` → <b>${safe(one.outcome)}</b>`}</li>`)}</ul></div>`;
}
