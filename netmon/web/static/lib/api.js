/** Calls of netmon's API. */
import { Cell } from './cell.js';

/**
 * @typedef {{operator: string, role: string, rights: string[], csrf: string, now: number, version: string,
 *   node_id: string, limits: Record<string, number>, features: string[]}} Session
 */

/** @type {Cell<Session | null>} */
export const session = new Cell(/** @type {Session | null} */ (null));

/** True when the server no longer knows the session. */
export const signedOut = new Cell(false);

/** What went wrong with a call, in words an operator can act on. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {{status?: number, errors?: {path?: string, message: string}[]}} [more]
   */
  constructor(message, more = {}) {
    super(message);
    this.status = more.status ?? 0;
    this.errors = more.errors ?? [];
  }
}

/**
 * Read an answer; throws `ApiError`.
 * @param {string} path
 * @param {{query?: Record<string, any>, signal?: AbortSignal, etag?: string}} [how]
 */
export async function get(path, how = {}) {
  const answer = await call(withQuery(path, how.query), { signal: how.signal });
  return answer.json();
}

/**
 * Send a request that changes something; throws `ApiError`.
 * @param {string} path
 * @param {any} [body]
 * @param {{method?: string, key?: string, signal?: AbortSignal}} [how] key: the same key never has a second effect
 */
export async function send(path, body, how = {}) {
  /** @type {Record<string, string>} */
  const headers = { 'Content-Type': 'application/json', 'X-Netmon-CSRF': session.value?.csrf ?? '' };
  if (how.key) headers['Idempotency-Key'] = how.key;
  const answer = await call(path, {
    method: how.method ?? 'POST',
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: how.signal,
  });
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}

/** Ask who is signed in; a failure leaves what was known. */
export async function askSession() {
  const found = await get('/api/v1/session');
  session.set(found);
  signedOut.set(false);
  return /** @type {Session} */ (found);
}

/**
 * Begin a session as the sign-in page does; throws `ApiError`.
 * @param {string} name
 * @param {string} password
 */
export async function signIn(name, password) {
  const headers = { Accept: 'application/json' };
  const form = await fetchOr('/login', { headers });
  const { form_token: token } = await form.json();
  const body = new URLSearchParams({ form_token: token, name, password });
  const answer = await fetchOr('/login', { method: 'POST', headers, body });
  if (!answer.ok) throw await problem(answer);
}

/** End the session, in the store too; throws `ApiError` when it did not end. */
export async function signOut() {
  const headers = { Accept: 'application/json', 'X-Netmon-CSRF': session.value?.csrf ?? '' };
  const answer = await fetchOr('/logout', { method: 'POST', headers });
  if (!answer.ok) throw await problem(answer);
}

/**
 * Tell whether the operator has a right.
 * @param {string} right
 */
export const may = (right) => session.value?.rights.includes(right) ?? false;

/**
 * Return an address with its query; lists are repeated, what is undefined is left out.
 * @param {string} path
 * @param {Record<string, any>} [query]
 */
export function withQuery(path, query = {}) {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) words.append(name, String(one));
    }
  }
  const text = words.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * @param {string} path
 * @param {RequestInit} how
 */
async function call(path, how) {
  const answer = await fetchOr(path, how);
  if (answer.status === 401) signedOut.set(true);
  if (!answer.ok) throw await problem(answer);
  return answer;
}

/**
 * @param {string} path
 * @param {RequestInit} how
 */
async function fetchOr(path, how) {
  try {
    return await fetch(path, { credentials: 'same-origin', ...how });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('netmon did not answer; is the network up?');
  }
}

/** @param {Response} answer */
async function problem(answer) {
  try {
    const found = await answer.json();
    return new ApiError(found.detail || found.title || `netmon answered ${answer.status}`, {
      status: answer.status,
      errors: found.errors,
    });
  } catch {
    return new ApiError(`netmon answered ${answer.status}`, { status: answer.status });
  }
}
