/** The story of an alarm, with what repeats in it folded: pure. */

/** A kind that comes so often in one story is a repeat, and so many neighbors make a fold. */
const MANY = 3;

/**
 * @typedef {{at: number | string, kind: string, seq?: number, by?: string, because?: string, id?: string, [name: string]: any}} Moment
 * @typedef {{repeats: Moment[]}} Fold neighbors, in the order of the story
 */

/**
 * Return the story with each run of repeats as one fold. What people did always stands by itself, and so does what came once.
 * @param {Moment[]} story
 * @returns {(Moment | Fold)[]}
 */
export function folded(story) {
  /** @type {Map<string, number>} */
  const often = new Map();
  for (const { kind } of story) often.set(kind, (often.get(kind) ?? 0) + 1);
  const repeats = (/** @type {Moment} */ one) => !one.by && (often.get(one.kind) ?? 0) >= MANY;
  /** @type {(Moment | Fold)[]} */
  const told = [];
  /** @type {Moment[]} */
  let run = [];
  const end = () => {
    if (run.length >= MANY) told.push({ repeats: run });
    else told.push(...run);
    run = [];
  };
  for (const one of story) {
    if (repeats(one) && belongs(one, run[0])) run.push(one);
    else {
      end();
      if (repeats(one)) run.push(one);
      else told.push(one);
    }
  }
  end();
  return told;
}

/**
 * Earlier occurrences are a story of their own.
 * @param {Moment} one
 * @param {Moment | undefined} first
 */
const belongs = (one, first) => !first || (one.kind === 'occurrence') === (first.kind === 'occurrence');
