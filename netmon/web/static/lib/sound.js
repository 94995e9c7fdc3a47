/** One tone for new unacknowledged criticals; off until the operator clicks it on, as browsers demand. */
import { Cell } from './cell.js';

const TONE_GAP_MS = 5_000;

/** @type {AudioContext | null} */
let audio = null;
let lastTone = 0;

export const sound = new Cell(false);

/** Switch it; must run in a click. */
export function switchSound() {
  sound.set(!sound.value);
  if (!sound.value) return;
  audio ??= new AudioContext();
  void audio.resume();
}

/** Sound the tone, at most every five seconds. */
export function tone() {
  const now = Date.now();
  if (!sound.value || !audio || now - lastTone < TONE_GAP_MS) return;
  lastTone = now;
  const start = audio.currentTime;
  const wave = audio.createOscillator();
  const gain = audio.createGain();
  wave.frequency.value = 660;
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(0.2, start + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.5);
  wave.connect(gain).connect(audio.destination);
  wave.start(start);
  wave.stop(start + 0.55);
}
