// Records per second, from counts that are read again and again.

const WINDOW_MILLIS = 10_000;
/** Counts in the server are up to a second old: less than this tells nothing. */
const SPAN_MILLIS_MIN = 1_500;

const readings = new Map();

/** Forgets all but what is of one job. */
export function only(job) {
  for (const key of readings.keys()) {
    if (!key.startsWith(job)) {
      readings.delete(key);
    }
  }
}

/** Records per second over the last seconds, null where that is not known yet; key begins with the job's id. */
export function rate(key, count, atMillis) {
  let known = readings.get(key) ?? [];
  if (known.length > 0 && known.at(-1).count > count) {
    known = []; // a new attempt counts from 0 again
  }
  known = known.filter(reading => reading.atMillis >= atMillis - WINDOW_MILLIS && reading.atMillis < atMillis);
  known.push({count, atMillis});
  readings.set(key, known);
  const millis = atMillis - known[0].atMillis;
  return millis < SPAN_MILLIS_MIN ? null : (count - known[0].count) * 1_000 / millis;
}
