// Numbers for people. What is not known is a dash.

const NONE = '–';
const whole = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});
const fine = new Intl.NumberFormat('en-US', {maximumFractionDigits: 2});

/** A number where the server gave one; Flink writes NaN as text, and -1 where it does not know. */
export function number(value) {
  const read = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : null;
}

const known = value => {
  const read = number(value);
  return read === null || read < 0 ? null : read;
};

export const count = value => known(value) === null ? NONE : whole.format(known(value));

export function bytes(value) {
  let size = known(value);
  if (size === null) {
    return NONE;
  }
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) {
    size /= 1024;
  }
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 2 : 1)} ${units[unit]}`;
}

export function duration(millis) {
  const read = known(millis);
  if (read === null) {
    return NONE;
  }
  if (read < 1_000) {
    return `${Math.round(read)} ms`;
  }
  if (read < 60_000) {
    return `${fine.format(read / 1_000)} s`;
  }
  const seconds = Math.floor(read / 1_000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) {
    return `${days} d ${hours} h`;
  }
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

export const percent = share => known(share) === null ? NONE : `${Math.round(100 * known(share))} %`;

export function rate(perSecond) {
  const read = known(perSecond);
  return read === null ? NONE : `${read < 10 ? fine.format(read) : whole.format(read)}/s`;
}

export const ratio = value => known(value) === null ? NONE : value.toFixed(2);

const two = value => String(value).padStart(2, '0');

/** Of the reader's time zone. */
export function clock(millis) {
  const at = new Date(millis);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function time(millis) {
  if (!(known(millis) > 0)) {
    return NONE;
  }
  const at = new Date(known(millis));
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(at)}`;
}

export const brief = (text, length) => text.length > length ? `${text.slice(0, length - 1)}…` : text;
