// A vertex's flame graph, as Flink's handlers sample it: callers above, what they called below.

import {h, s} from './dom.js';
import {clock, count, percent} from './format.js';
import {legend, number, table} from './parts.js';

const WIDTH = 1_000;
const ROW = 18;
const ROWS_MAX = 80;
/** Narrower frames are not drawn. */
const WIDTH_MIN = 2;
const LETTER = 6.4;
const LISTED = 20;

export const TYPES = [['full', 'All'], ['on_cpu', 'On CPU'], ['off_cpu', 'Off CPU']];

const WHY_NONE = new Map([
  [-1, 'The tasks do not run.'],
  [-2, 'Flame graphs are off: -D rest.flamegraph.enabled=true switches them on.'],
  [-3, 'Stacks are being sampled.'],
]);

/** The section of a vertex's page. */
export function flame(graph, href, type) {
  const heading = h('h2', {'data-key': 'flame-heading'}, 'Flame graph');
  if (!graph?.data) {
    return [heading, h('p', {'data-key': 'flame-none', id: 'flame-none'}, WHY_NONE.get(graph?.endTimestamp) ?? 'The job has ended.')];
  }
  const root = graph.data;
  const rows = [];
  const heaviest = new Map();
  walk(root, 0, 0, root.value, rows, heaviest);
  const listed = [...heaviest].sort(([, one], [, other]) => other - one).slice(0, LISTED);
  return [
    heading,
    h('nav', {class: 'tabs', 'aria-label': 'Kinds of stacks', 'data-key': 'flame-types'}, TYPES.map(([name, text]) =>
      h('a', {href: `${href}/${name}`, 'aria-current': name === type ? 'page' : null}, text))),
    h('figure', {'data-key': 'flame'},
      h('figcaption', null, `${count(root.value)} stacks until ${clock(graph.endTimestamp)}; the table below has the heaviest frames`),
      h('div', {class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'Flame graph'},
        s('svg', {id: 'flame', width: WIDTH, height: ROW * (1 + Math.max(0, ...rows.map(row => row.depth))), role: 'img',
          'aria-label': `Flame graph of ${count(root.value)} stacks`}, rows.map(row => frame(row, root.value))))),
    legend([['of-user', 'user code and libraries'], ['of-flink', 'Flink'], ['of-weir', 'Weir'], ['of-java', 'Java']]),
    table('frames', 'Frames that were on top of the most stacks', ['Frame', number('Stacks'), number('Share')],
      listed.map(([name, value]) => ({key: name, cells: [h('code', null, name), count(value), percent(value / root.value)]}))),
  ];
}

/** Collects what is to be drawn, and how many stacks ended in each frame. */
function walk(node, depth, x, all, rows, heaviest) {
  const width = node.value / all * WIDTH;
  const children = node.children ?? [];
  const self = node.value - children.reduce((sum, child) => sum + child.value, 0);
  if (self > 0 && depth > 0) {
    heaviest.set(node.name, (heaviest.get(node.name) ?? 0) + self);
  }
  if (width >= WIDTH_MIN && depth < ROWS_MAX) {
    rows.push({name: node.name, value: node.value, depth, x, width});
  }
  let next = x;
  for (const child of children) {
    walk(child, depth + 1, next, all, rows, heaviest);
    next += child.value / all * WIDTH;
  }
}

function frame({name, value, depth, x, width}, all) {
  const letters = Math.floor((width - 6) / LETTER);
  const short = name.replace(/^(?:[a-z_][\w$]*\.)+/, '');
  return s('g', null,
    s('title', null, `${name}: ${count(value)} stacks, ${percent(value / all)}`),
    s('rect', {class: `frame ${owner(name)}`, x, y: depth * ROW, width: Math.max(1, width - 1), height: ROW - 1}),
    letters > 3 ? s('text', {x: x + 3, y: depth * ROW + 13},
      short.length > letters ? `${short.slice(0, letters - 1)}…` : short) : null);
}

function owner(name) {
  if (name.startsWith('dev.weir.')) {
    return 'of-weir';
  }
  if (name.startsWith('org.apache.flink.')) {
    return 'of-flink';
  }
  return /^(java|jdk|sun|javax)\./.test(name) || !name.includes('.') ? 'of-java' : 'of-user';
}
