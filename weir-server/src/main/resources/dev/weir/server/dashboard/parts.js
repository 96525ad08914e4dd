// What several pages show.

import {h, s} from './dom.js';

/**
 * A table that scrolls by itself where it is wider than the page, by keyboard too.
 * A column is a name, or {name, number: true}; a row is {key, cells, current}; a cell is text, or elements.
 */
export function table(id, caption, columns, rows, empty = 'None.') {
  if (rows.length === 0) {
    return [h('h2', {'data-key': `${id}-caption`}, caption), h('p', {'data-key': `${id}-empty`}, empty)];
  }
  const numeric = index => columns[index].number ? 'number' : null;
  return h('div', {class: 'scroll', role: 'region', tabindex: 0, 'aria-labelledby': `${id}-caption`, 'data-key': id},
    h('table', {id},
      h('caption', {id: `${id}-caption`}, caption),
      h('thead', null, h('tr', null, columns.map((column, index) =>
        h('th', {scope: 'col', class: numeric(index)}, column.name ?? column)))),
      h('tbody', null, rows.map(row =>
        h('tr', {'data-key': row.key, 'aria-current': row.current ? 'true' : null}, row.cells.map((cell, index) =>
          h(index === 0 ? 'th' : 'td', {scope: index === 0 ? 'row' : null, class: numeric(index)}, cell)))))));
}

export const number = name => ({name, number: true});

/** Names and values. */
export const facts = (id, pairs) => h('dl', {id, class: 'facts', 'data-key': id},
  pairs.map(([name, value]) => h('div', {'data-key': name}, h('dt', null, name), h('dd', null, value))));

/** A state, which is text first and colour second. */
export const state = text => h('span', {class: `state ${String(text).toLowerCase().replace(/[^a-z]/g, '-')}`}, text);

/** A bar of parts beside each other; what it shows stands as text beside it. */
export function bar(parts, total) {
  const scale = total > 0 ? 1_000 / total : 0;
  let x = 0;
  return s('svg', {class: 'bar', viewBox: '0 0 1000 12', preserveAspectRatio: 'none', 'aria-hidden': 'true'},
    s('rect', {class: 'rest', width: 1_000, height: 12}),
    parts.filter(each => each.value > 0).map(each => {
      const width = Math.min(each.value * scale, 1_000 - x);
      const drawn = s('rect', {class: each.kind, x, width: Math.max(width, 0), height: 12}, s('title', null, each.title));
      x += width;
      return drawn;
    }));
}

/** What the colours of a plot mean. */
export const legend = kinds => h('ul', {class: 'legend', 'aria-label': 'Colours', 'data-key': 'legend'},
  kinds.map(([kind, text]) => h('li', null, s('svg', {viewBox: '0 0 10 10', 'aria-hidden': 'true'},
    s('rect', {class: kind, width: 10, height: 10})), text)));

/** The least round size that is not smaller: 1, 2 or 5 times a power of ten, in B, kB, MB and so on. */
export function roundUp(bytes) {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log(bytes) / Math.log(1024)));
  const power = 10 ** Math.floor(Math.log10(bytes / unit));
  return [1, 2, 5, 10].map(step => step * power * unit).find(size => size >= bytes);
}
