// Reading Flink's REST interface.

const TIMEOUT_MILLIS = 10_000;

/** The server has answered, with something else than what was asked for. */
export class Refusal extends Error {
  constructor(path, status, reason) {
    super(`${path}: ${status} ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/** The server has not answered, or not in time. */
export class Silence extends Error {}

/** Reads JSON; paths are relative, so that a proxy may put this page anywhere. */
export async function get(path) {
  const [answer, body] = await read(path).catch(failure => {
    throw new Silence(`${path}: ${failure.message}`);
  });
  if (!answer.ok) {
    throw new Refusal(path, answer.status, reason(body));
  }
  return JSON.parse(body);
}

async function read(path) {
  const answer = await fetch(path, {cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MILLIS)});
  return [answer, await answer.text()];
}

function reason(body) {
  try {
    // the first line: behind it may be a stack trace
    return JSON.parse(body).errors.join(' ').split('\n')[0];
  } catch {
    return body.slice(0, 200);
  }
}

/** One part of a path. */
export const part = encodeURIComponent;

const kept = new Map();
const KEPT_MAX = 500;

/** Reads what is final once it has come to its end, and keeps that. */
export async function getOnce(path, isFinal) {
  const known = kept.get(path);
  if (known) {
    return known;
  }
  const now = await get(path);
  if (isFinal(now)) {
    if (kept.size >= KEPT_MAX) {
      kept.delete(kept.keys().next().value);
    }
    kept.set(path, now);
  }
  return now;
}
