// What the pages of one job have in common, and the job's dataflow.

import {h, s} from './dom.js';
import {brief, bytes, count, duration, percent, rate as perSecond, ratio, time} from './format.js';
import {isEnded} from './jobs.js';
import {HEIGHT, WIDTH, layout, path} from './layout.js';
import {bar, facts, legend, number, state, table} from './parts.js';
import * as rates from './rates.js';
import {get, part} from './rest.js';

export const title = data => data.job.name;

export const vertexHref = (job, vertex) => `#/jobs/${part(job)}/vertices/${part(vertex)}`;

/** The heading of each of a job's pages. */
export function heading(job, current) {
  const at = `#/jobs/${part(job.jid)}`;
  const pages = [['Dataflow', at], ['Checkpoints', `${at}/checkpoints`], ['Failures', `${at}/failures`],
    ['Why', `${at}/why`]];
  return [
    h('h1', {'data-key': 'heading'}, job.name, ' ', state(job.state)),
    h('nav', {class: 'tabs', 'aria-label': 'Pages of this job', 'data-key': 'tabs'}, pages.map(([name, href]) =>
      h('a', {href, 'aria-current': name === current ? 'page' : null}, name)),
    h('a', {href: `flink/#/job/${isEnded(job.state) ? 'completed' : 'running'}/${part(job.jid)}/overview`}, 'In Flink’s UI')),
  ];
}

export async function load({job: id}) {
  rates.only(id);
  const job = await get(`jobs/${part(id)}`);
  const loads = isEnded(job.state) ? [] : await Promise.all(
    job.vertices.map(vertex => get(`jobs/${part(id)}/vertices/${part(vertex.id)}/backpressure`)));
  return {job, vertices: job.vertices.map((vertex, index) => view(job, vertex, loads[index]))};
}

/** What is shown of a vertex. The shares are of its most busy, most backpressured and least idle subtask, as Flink's UI has it. */
function view(job, vertex, load) {
  const subtasks = load?.subtasks ?? [];
  const known = name => subtasks.map(subtask => Number(subtask[name])).filter(Number.isFinite);
  const most = name => known(name).length === 0 ? null : Math.max(...known(name));
  const [read, written] = [vertex.metrics['read-records'], vertex.metrics['write-records']];
  const rated = (what, records) => isEnded(job.state) ? null : rates.rate(`${job.jid} ${vertex.id} ${what}`, records, job.now);
  return {
    ...vertex,
    running: vertex.tasks.RUNNING ?? 0,
    busy: most('busyRatio'),
    backpressured: most('ratio'),
    idle: known('idleRatio').length === 0 ? null : Math.min(...known('idleRatio')),
    level: subtasks.length === 0 ? null : String(load.backpressureLevel).toUpperCase(),
    read,
    written,
    readRate: rated('in', read),
    writtenRate: rated('out', written),
  };
}

export function render({job, vertices}) {
  const edges = edgesOf(job, vertices);
  const bytesKnown = vertices.some(vertex => vertex.metrics['read-bytes'] + vertex.metrics['write-bytes'] > 0);
  return [
    heading(job, 'Dataflow'),
    facts('job', [
      ['Started', time(job['start-time'])],
      ['Duration', duration(job.duration)],
      ['Tasks', `${vertices.reduce((sum, vertex) => sum + vertex.running, 0)} of ${
        vertices.reduce((sum, vertex) => sum + vertex.parallelism, 0)} run`],
      ['Id', h('code', null, job.jid)],
    ]),
    picture(job, vertices, edges),
    legend([['busy', 'busy'], ['backpressured', 'backpressured'], ['idle', 'idle']]),
    table('vertices', 'Vertices',
      ['Vertex', 'Status', number('Tasks'), number('Busy'), number('Backpressured'), number('Idle'), 'Backpressure',
        number('Records in'), number('Records out'), number('In'), number('Out'),
        ...bytesKnown ? [number('Bytes in'), number('Bytes out')] : []],
      vertices.map(vertex => ({key: vertex.id, cells: [
        h('a', {href: vertexHref(job.jid, vertex.id)}, vertex.name),
        state(vertex.status),
        `${vertex.running} of ${vertex.parallelism}`,
        percent(vertex.busy), percent(vertex.backpressured), percent(vertex.idle), vertex.level ?? '–',
        count(vertex.read), count(vertex.written), perSecond(vertex.readRate), perSecond(vertex.writtenRate),
        ...bytesKnown ? [bytes(vertex.metrics['read-bytes']), bytes(vertex.metrics['write-bytes'])] : [],
      ]}))),
    table('edges', 'Edges', ['From', 'To', 'Distribution', number(isEnded(job.state) ? 'Records' : 'Rate')],
      edges.map(edge => ({key: `${edge.from} ${edge.to} ${edge.index}`, cells: [
        edge.producer.name, edge.consumer.name, edge.strategy, edge.rate,
      ]})), 'One vertex, no edges.'),
    h('p', {class: 'note', 'data-key': 'note'}, 'Shares are means over the last minute, of the vertex’s most busy, most backpressured and ' +
      'least idle subtask. Rates are over the last ten seconds; “of” where a vertex writes to several and only their sum is known.'),
  ];
}

function edgesOf(job, vertices) {
  const byId = new Map(vertices.map(vertex => [vertex.id, vertex]));
  const edges = job.plan.nodes.flatMap(node => (node.inputs ?? []).map((input, index) => ({
    from: input.id, to: node.id, index, strategy: input.ship_strategy, producer: byId.get(input.id), consumer: byId.get(node.id),
  })));
  for (const edge of edges) {
    const alone = side => edges.filter(other => other[side] === edge[side]).length === 1;
    const [perSecondKnown, records] = alone('to')
      ? [edge.consumer.readRate, edge.consumer.read]
      : [edge.producer.writtenRate, edge.producer.written];
    const shown = isEnded(job.state) ? count(records) : perSecond(perSecondKnown);
    edge.rate = alone('to') || alone('from') || shown === '–' ? shown : `of ${shown}`;
  }
  return edges;
}

function picture(job, vertices, edges) {
  // by the order of the plan, which has sources first
  const drawn = layout(vertices.map(vertex => vertex.id), edges);
  return h('div', {class: 'scroll', role: 'region', tabindex: 0, 'aria-label': 'Dataflow', 'data-key': 'picture'},
    s('svg', {id: 'dataflow', width: drawn.width, height: drawn.height, viewBox: `0 0 ${drawn.width} ${drawn.height}`,
      role: 'group', 'aria-label': `${vertices.length} vertices, ${edges.length} edges; the tables below have their figures`},
    edges.map((edge, index) => connection(edge, drawn.ways[index])),
    vertices.map(vertex => box(job, vertex, drawn.places.get(vertex.id)))));
}

function connection(edge, way) {
  const [[x0, y0], [x, y]] = [way[0], way[1]];
  return [
    s('path', {class: 'edge', d: path(way)}, s('title', null, `${edge.producer.name} to ${edge.consumer.name}: ${edge.strategy}`)),
    s('text', {class: 'rate', x: (x0 + x) / 2, y: (y0 + y) / 2 - 16}, edge.rate),
    s('text', {class: 'strategy', x: (x0 + x) / 2, y: (y0 + y) / 2 - 4}, edge.strategy ?? ''),
  ];
}

function box(job, vertex, place) {
  const shares = [['busy', vertex.busy], ['backpressured', vertex.backpressured], ['idle', vertex.idle]];
  const told = shares.filter(([, share]) => share !== null).map(([name, share]) => `${name} ${percent(share)}`);
  const named = lines(vertex.name);
  const inner = WIDTH - 20;
  return s('a', {href: vertexHref(job.jid, vertex.id), class: `vertex ${colour(vertex)}`, 'data-key': vertex.id,
    'aria-label': [vertex.name, `parallelism ${vertex.parallelism}`, vertex.status, ...told,
      vertex.level ? `backpressure ${vertex.level}` : null].filter(Boolean).join(', ')},
  s('title', null, vertex.name),
  s('rect', {class: 'box', x: place.x, y: place.y, width: WIDTH, height: HEIGHT, rx: 6}),
  s('svg', {x: place.x + 10, y: place.y, width: inner, height: 40}, // which clips what is wider
    named.map((line, index) => s('text', {class: 'name', y: 20 + 15 * index}, line))),
  s('text', {class: 'detail', x: place.x + 10, y: place.y + 53}, `${vertex.parallelism} × ${vertex.status}`),
  s('svg', {x: place.x + 10, y: place.y + 60, width: inner, height: 8}, bar(
    shares.map(([kind, value]) => ({kind, value: value ?? 0, title: kind})),
    Math.max(1, shares.reduce((sum, [, share]) => sum + (share ?? 0), 0)))),
  s('text', {class: 'detail', x: place.x + 10, y: place.y + 84}, told.length === 0
    ? `${count(vertex.read)} in, ${count(vertex.written)} out`
    : `busy ${percent(vertex.busy)}  bp ${percent(vertex.backpressured)}  ${vertex.level}`));
}

/** What a vertex does most, where it does something. */
function colour(vertex) {
  if ((vertex.backpressured ?? 0) > 0.1) {
    return vertex.backpressured > 0.5 ? 'held high' : 'held';
  }
  return (vertex.busy ?? 0) > 0.5 ? 'working' : '';
}

/** A name in two lines. */
function lines(name) {
  const LETTERS = 26;
  if (name.length <= LETTERS) {
    return [name];
  }
  const space = name.lastIndexOf(' ', LETTERS);
  const end = space > LETTERS / 2 ? space : LETTERS;
  return [name.slice(0, end), brief(name.slice(end).trim(), LETTERS)];
}

/** How uneven counts are: the most of one subtask by the mean. */
export function skew(counts) {
  const sum = counts.reduce((all, each) => all + each, 0);
  return sum > 0 ? ratio(Math.max(...counts) * counts.length / sum) : '–';
}
