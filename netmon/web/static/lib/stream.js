/**
 * One stream per browser: the tab that holds the Web Lock reads it and hands every event to the others.
 *
 * A browser opens at most six HTTP/1.1 connections to a host, so a stream in each tab would starve the seventh.
 */

const LOCK = 'netmon-live';
const EVENTS = ['hello', 'changes', 'counters', 'beat', 'resync', 'bye'];
const KEPT = new Set(['hello', 'counters', 'beat']);
const DEAF_MS = 12_000;
const BACKOFF_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
const POLL_MS = 2_000;
const POLL_HIDDEN_MS = 10_000;
const STREAM_AGAIN_MS = 60_000;
const MOST_FAILED = 3;

/**
 * @typedef {{type: string, data: any}} Event
 * @typedef {{mode: 'stream' | 'poll', up: boolean, tries: number}} LinkState
 * @typedef {{since: () => number, hear: (event: Event) => void, tell: (state: LinkState) => void,
 *   poll: (since: number) => Promise<any>}} Ends
 */

export class Link {
  /** @param {Ends} ends */
  constructor(ends) {
    this.ends = ends;
    /** @type {LinkState} */
    this.state = { mode: 'stream', up: true, tries: 0 };
    this.leads = false;
    this.heardAt = Date.now();
    /** @type {Map<string, Event>} */
    this.kept = new Map();
    /** Ends the present wait. */
    this.wake = () => {};
    /** Ends the present lead. */
    this.resign = () => {};
    /** @type {BroadcastChannel | null} */
    this.channel = null;
  }

  /** Begin to hear; never ends while the page lives. */
  start() {
    addEventListener('online', () => this.leads && this.wake());
    addEventListener('offline', () => this.leads && this.#say({ ...this.state, up: false, tries: 1 }));
    if (!navigator.locks || !('BroadcastChannel' in globalThis)) {
      this.leads = true;
      void this.#lead(new AbortController().signal, { only: 'poll' });
      return;
    }
    this.channel = new BroadcastChannel(LOCK);
    this.channel.onmessage = ({ data }) => this.#post(data);
    this.channel.postMessage({ ask: true });
    void this.#candidate({});
    setInterval(() => this.#watch(), 1_000);
  }

  /** Try again now, whichever tab leads. */
  retry() {
    this.wake();
    this.channel?.postMessage({ retry: true });
  }

  /**
   * Tell the other tabs something of ours: sign-out and the like.
   * @param {any} word
   */
  shout(word) {
    this.channel?.postMessage({ word });
  }

  /** @param {{steal?: boolean}} how */
  async #candidate(how) {
    try {
      await navigator.locks.request(LOCK, how, () => this.#reign());
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      // Another tab took the lock because this one was silent.
    }
    this.resign();
    this.leads = false;
    this.heardAt = Date.now();
    void this.#candidate({});
  }

  async #reign() {
    const end = new AbortController();
    this.resign = () => end.abort();
    this.leads = true;
    await this.#lead(end.signal, { only: '' });
  }

  /** A follower that hears nothing for long takes the lock. */
  #watch() {
    if (this.leads) this.channel?.postMessage({ alive: true });
    else if (Date.now() - this.heardAt > DEAF_MS) {
      this.heardAt = Date.now();
      void navigator.locks.request(LOCK, { steal: true }, () => this.#reign()).catch(() => {
        this.resign();
        this.leads = false;
      });
    }
  }

  /** @param {any} data */
  #post(data) {
    this.heardAt = Date.now();
    if (data.event) this.ends.hear(data.event);
    else if (data.word) this.ends.hear({ type: 'word', data: data.word });
    else if (data.state) this.#take(data.state);
    else if (data.retry) this.wake();
    else if (data.ask && this.leads) {
      for (const event of this.kept.values()) this.channel?.postMessage({ event });
      this.channel?.postMessage({ state: this.state });
    }
  }

  /**
   * @param {AbortSignal} signal
   * @param {{only: string}} how
   */
  async #lead(signal, how) {
    let failed = how.only === 'poll' ? MOST_FAILED : 0;
    let tries = 0;
    let polledSince = Date.now();
    while (!signal.aborted) {
      if (failed < MOST_FAILED) {
        failed = (await this.#listen(signal)) ? 0 : failed + 1;
        polledSince = Date.now();
      }
      if (signal.aborted) return;
      const up = await this.#poll();
      const mode = failed >= MOST_FAILED ? 'poll' : 'stream';
      tries = up ? 0 : tries + 1;
      this.#say({ mode, up, tries });
      if (!up) {
        failed = how.only === 'poll' ? MOST_FAILED : 0;
        await this.#wait(BACKOFF_MS[Math.min(tries, BACKOFF_MS.length) - 1], signal);
      } else {
        await this.#wait(mode === 'poll' ? (document.hidden ? POLL_HIDDEN_MS : POLL_MS) : 200 * failed, signal);
        if (!how.only && mode === 'poll' && Date.now() - polledSince > STREAM_AGAIN_MS) failed = MOST_FAILED - 1;
      }
    }
  }

  /**
   * Read a stream until it ends or falls silent.
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether it ever said something, or was ended to begin anew
   */
  #listen(signal) {
    const since = this.ends.since();
    const source = new EventSource(since >= 0 ? `/api/v1/live?since=${since}` : '/api/v1/live');
    let heard = 0;
    const begun = Date.now();
    return new Promise((resolve) => {
      const end = () => {
        clearInterval(watch);
        source.close();
        resolve(heard > 0);
      };
      this.wake = () => {
        resolve(true);
        end();
      };
      const watch = setInterval(() => {
        if (Date.now() - Math.max(heard, begun) > DEAF_MS) end();
      }, 1_000);
      source.onerror = end;
      signal.addEventListener('abort', end, { once: true });
      for (const type of EVENTS) {
        source.addEventListener(type, (message) => {
          heard = Date.now();
          // Whatever comes proves the connection, also after the browser said that it is offline.
          if (!this.state.up || this.state.mode !== 'stream' || type === 'hello') this.#say({ mode: 'stream', up: true, tries: 0 });
          this.#pass({ type, data: JSON.parse(/** @type {MessageEvent} */ (message).data) });
          if (type === 'bye') end();
        });
      }
    });
  }

  async #poll() {
    try {
      const data = await this.ends.poll(this.ends.since());
      if (data) this.#pass({ type: 'caught', data });
      return true;
    } catch {
      return false;
    }
  }

  /** @param {Event} event */
  #pass(event) {
    this.heardAt = Date.now();
    if (KEPT.has(event.type)) this.kept.set(event.type, event);
    this.channel?.postMessage({ event });
    this.ends.hear(event);
  }

  /** @param {LinkState} state */
  #say(state) {
    this.channel?.postMessage({ state });
    this.#take(state);
  }

  /** @param {LinkState} state */
  #take(state) {
    this.state = state;
    this.ends.tell(state);
  }

  /**
   * @param {number} ms
   * @param {AbortSignal} signal
   */
  #wait(ms, signal) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
      signal.addEventListener('abort', this.wake, { once: true });
    });
  }
}
