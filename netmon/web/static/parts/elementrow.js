/** One row of the element list. */
import { age, count, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { go } from '../lib/router.js';
import { Severity } from './glyph.js';

/** @param {{one: any, index: number, top: number, current: boolean, now: number}} props */
export function ElementRow({ one, index, top, current, now }) {
  const href = `/elements/${encodeURIComponent(one.id)}`;
  const kind = [one.type, one.software].filter(Boolean).join(', ');
  const names = ['tr', one.worst ? `${one.worst} ${one.unacked ? 'unack' : 'ack'}` : 'calm'];
  if (current) names.push('cur');
  return html`<div class=${names.join(' ')} role="row" id=${`e-${one.id}`} aria-rowindex=${index + 2} style=${{ transform: `translateY(${top}px)` }} onClick=${() => go(href)}>
    <span role="gridcell" class="worst">${one.worst ? html`<${Severity} severity=${one.worst} />` : html`<span class=${one.hidden ? 'muted' : 'dim'}>${one.hidden ? `${count(one.hidden)} hidden` : one.unknown ? 'not watched' : 'none'}</span>`}</span>
    <span role="gridcell" class="dev"><a href=${href} tabindex="-1" title=${safe(one.id)}>${safe(one.name || one.id)}</a></span>
    <span role="gridcell" class="r num many">${one.alarms ? html`${count(one.alarms)} ${unit(one.alarms === 1 ? 'alarm' : 'alarms')}` : ''}</span>
    <span role="gridcell" class="muted site">${safe(one.site_name || one.site)}</span>
    <span role="gridcell" class="muted kind" title=${safe(kind)}>${safe(kind || (one.addresses ?? []).join(', '))}</span>
    <span role="gridcell" class="reach">${state(one.reachability)}</span>
    <span role="gridcell" class="agent">${state(one.agent)}</span>
    <span role="gridcell" class="r num ports">${one.if_down ? html`<b>${count(one.if_down)}</b>` : html`<span class="dim">0</span>`} ${unit(one.if_down === 1 ? 'port down' : 'ports down')}</span>
    <span role="gridcell" class="r num muted took">${one.poll_ms === undefined || one.poll_ms === null ? '' : took(one.poll_ms)}</span>
    <span role="gridcell" class="r num last">${unit('polled')} ${one.last_poll ? html`${age(now - one.last_poll)} ${unit('ago')}` : html`<span class="dim">never</span>`}</span>
  </div>`;
}

/** What a card says because it has no header. @param {string} word */
const unit = (word) => html`<span class="unit">${word}</span>`;

/** Normal is gray; what is not, is said in bold. @param {string | undefined} word */
export const state = (word) =>
  !word ? html`<span class="dim">unknown</span>` : ['up', 'reachable', 'ok', 'responding', 'unknown'].includes(word) ? html`<span class="muted">${word}</span>` : html`<b>${safe(word)}</b>`;

/** @param {number} ms */
export const took = (ms) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`);
