// The checkpoints of a job: how they went, and where the time of one of them went.

import {h, s} from './dom.js';
import {bytes, count, duration, number as read, time} from './format.js';
import {heading} from './job.js';
import {bar, facts, legend, number, roundUp, state, table} from './parts.js';
import {get, getOnce, part} from './rest.js';

const PARTS = [['delay', 'start delay'], ['alignment', 'alignment'], ['sync', 'sync'], ['async', 'async'], ['unattributed', 'unattributed']];
const PERCENTILES = ['min', 'avg', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'];

export const title = data => `Checkpoints of ${data.job.name}`;

const isFinal = checkpoint => checkpoint.status !== 'IN_PROGRESS';

export async function load({job: id, checkpoint}) {
  const at = `jobs/${part(id)}/checkpoints`;
  const [job, checkpoints] = await Promise.all([get(`jobs/${part(id)}`), get(at)]);
  const history = checkpoints.history;
  const wanted = checkpoint === undefined ? history.find(isFinal) : history.find(each => each.id === Number(checkpoint));
  const completed = history.filter(each => each.status === 'COMPLETED');
  const details = each => getOnce(`${at}/details/${each.id}`, isFinal);
  return {
    job,
    checkpoints,
    chosen: wanted ? await chosen(job, at, wanted, details) : null,
    oldest: completed.length > 1 ? await details(completed.at(-1)) : null,
    latest: completed.length > 0 ? await details(completed[0]) : null,
  };
}

/** A checkpoint with the rows of its subtasks. */
async function chosen(job, at, wanted, details) {
  const checkpoint = await details(wanted);
  const rows = await Promise.all(job.vertices.filter(vertex => checkpoint.tasks[vertex.id]).map(async vertex => {
    const task = await getOnce(`${at}/details/${wanted.id}/subtasks/${part(vertex.id)}`, () => isFinal(checkpoint));
    return task.subtasks.map(subtask => row(vertex, subtask));
  }));
  return {checkpoint, rows: rows.flat()};
}

function row(vertex, subtask) {
  const [total, delay, alignment, sync, async] = [subtask.end_to_end_duration, subtask.start_delay, subtask.alignment?.duration,
    subtask.checkpoint?.sync, subtask.checkpoint?.async].map(millis => Math.max(0, read(millis) ?? 0));
  const millis = {delay, alignment, sync, async};
  millis.unattributed = Math.max(0, total - delay - alignment - sync - async);
  return {
    vertex, index: subtask.index, status: subtask.status, total, millis,
    size: subtask.checkpointed_size, full: subtask.state_size, unaligned: subtask.unaligned_checkpoint,
    acknowledged: subtask.end_to_end_duration !== undefined,
  };
}

export function render({job, checkpoints, chosen: shown, oldest, latest}) {
  const {counts, summary, history} = checkpoints;
  const restored = checkpoints.latest.restored;
  return [
    heading(job, 'Checkpoints'),
    facts('counts', [
      ['Completed', count(counts.completed)],
      ['Failed', count(counts.failed)],
      ['In progress', count(counts.in_progress)],
      ['Restored', count(counts.restored)],
      ...restored ? [['Latest restore', `${restored.is_savepoint ? 'savepoint' : 'checkpoint'} ${restored.id}, ${time(restored.restore_timestamp)}`]] : [],
    ]),
    shown ? timeline(shown) : [],
    sizes(history),
    table('history', 'History', [number('Id'), 'Status', 'Type', 'Triggered', number('End to end'), number('Written'), number('Full'),
      number('In flight'), 'Failure'],
    history.map(each => ({key: String(each.id), current: each.id === shown?.checkpoint.id, cells: [
      h('a', {href: `#/jobs/${part(job.jid)}/checkpoints/${each.id}`}, each.id),
      state(each.status),
      each.is_savepoint ? 'savepoint' : String(each.checkpoint_type).toLowerCase().replaceAll('_', ' '),
      time(each.trigger_timestamp),
      duration(each.end_to_end_duration),
      bytes(each.checkpointed_size), bytes(each.state_size), bytes(each.persisted_data),
      each.failure_message ?? '',
    ]})), 'No checkpoint has been triggered.'),
    percentiles(summary),
    latest ? growth(job, oldest, latest) : [],
  ];
}

/** The parts of each subtask's time, as bars beside their figures. */
function timeline({checkpoint, rows}) {
  const most = Math.max(1, ...rows.map(each => each.total));
  return [
    h('h2', {'data-key': 'chosen', id: 'chosen'}, `Checkpoint ${checkpoint.id} `, state(checkpoint.status)),
    checkpoint.failure_message ? h('p', {class: 'failure', 'data-key': 'failure'}, checkpoint.failure_message) : null,
    legend(PARTS),
    table('timeline', `Where the time of checkpoint ${checkpoint.id} went, a bar of ${duration(most)}`,
      ['Vertex', number('Subtask'), 'Time', ...PARTS.map(([, name]) => number(name)), number('End to end'), number('Written'), number('Full')],
      rows.map(each => ({key: `${each.vertex.id} ${each.index}`, cells: [
        each.vertex.name,
        each.index,
        bar(PARTS.map(([kind, name]) =>
          ({kind, value: each.millis[kind], title: `${name} ${duration(each.millis[kind])}`})), most),
        ...PARTS.map(([kind]) => each.acknowledged ? duration(each.millis[kind]) : '–'),
        each.acknowledged ? duration(each.total) : each.status.replaceAll('_', ' '),
        bytes(each.size), bytes(each.full),
      ]})), 'No subtask has acknowledged it.'),
    rows.some(each => each.unaligned)
      ? h('p', {class: 'note', 'data-key': 'unaligned'}, 'Some subtasks took it unaligned: their parts may overlap.')
      : null,
  ];
}

/** What checkpoints wrote, and all that they refer to, over time; a failed one is a cross on the axis. */
function sizes(history) {
  const [width, height, left, bottom] = [900, 160, 70, 24];
  const points = [...history].reverse().filter(isFinal);
  if (points.length < 2) {
    return [];
  }
  const [first, last] = [points[0].trigger_timestamp, points.at(-1).trigger_timestamp];
  const done = points.filter(each => each.status === 'COMPLETED');
  const top = roundUp(Math.max(1, ...done.map(each => each.state_size)));
  const x = each => left + (each.trigger_timestamp - first) / Math.max(1, last - first) * (width - left - 10);
  const y = size => (height - bottom) - size / top * (height - bottom - 10);
  const line = (kind, field) => [
    s('polyline', {class: `line ${kind}`, points: done.map(each => `${x(each)},${y(each[field])}`).join(' ')}),
    done.map(each => s('circle', {class: `dot ${kind}`, cx: x(each), cy: y(each[field]), r: 3},
      s('title', null, `checkpoint ${each.id}: ${bytes(each[field])}`))),
  ];
  return h('figure', {'data-key': 'sizes'},
    h('figcaption', null, 'Size of checkpoints; the history below has the figures'),
    s('svg', {id: 'sizes', class: 'plot', viewBox: `0 0 ${width} ${height}`, role: 'img',
      'aria-label': `Full size from ${bytes(done[0]?.state_size)} to ${bytes(done.at(-1)?.state_size)} in ${done.length} checkpoints, ${
        points.length - done.length} failed`},
    [0, 0.5, 1].map(share => [
      s('line', {class: 'grid', x1: left, x2: width - 10, y1: y(share * top), y2: y(share * top)}),
      s('text', {class: 'tick end', x: left - 6, y: y(share * top) + 4}, bytes(share * top)),
    ]),
    s('text', {class: 'tick', x: left, y: height - 6}, time(first)),
    s('text', {class: 'tick end', x: width - 10, y: height - 6}, time(last)),
    line('full', 'state_size'),
    line('written', 'checkpointed_size'),
    points.filter(each => each.status === 'FAILED').map(each =>
      s('text', {class: 'cross', x: x(each), y: y(0) + 5}, '✕', s('title', null, `checkpoint ${each.id}: ${each.failure_message ?? 'failed'}`)))),
    legend([['full', 'full'], ['written', 'written']]));
}

function percentiles(summary) {
  const rows = [['End to end', 'end_to_end_duration', duration], ['Written', 'checkpointed_size', bytes], ['Full', 'state_size', bytes],
    ['Processed while aligning', 'processed_data', bytes], ['In flight', 'persisted_data', bytes]];
  return table('percentiles', 'All completed checkpoints', ['What', ...PERCENTILES.map(each => number(each === 'p999' ? 'p99.9' : each))],
    rows.map(([name, field, format]) => ({key: field, cells: [name, ...PERCENTILES.map(each => format(summary[field]?.[each]))]})));
}

/** State by vertex, and what has come to it since the oldest checkpoint that is still known. */
function growth(job, oldest, latest) {
  const rows = job.vertices.filter(vertex => latest.tasks[vertex.id]).map(vertex => {
    const now = latest.tasks[vertex.id].state_size;
    const before = oldest?.tasks[vertex.id]?.state_size;
    return {vertex, now, grown: before === undefined ? null : now - before};
  }).sort((one, other) => other.now - one.now);
  const most = Math.max(1, ...rows.map(each => each.now));
  return table('growth', `State by vertex at checkpoint ${latest.id}${oldest ? `, and growth since checkpoint ${oldest.id}` : ''}`,
    ['Vertex', 'Share', number('State'), number('Growth')],
    rows.map(each => ({key: each.vertex.id, cells: [
      each.vertex.name,
      bar([{kind: 'full', value: each.now, title: bytes(each.now)}], most),
      bytes(each.now),
      each.grown === null ? '–' : `${each.grown < 0 ? '−' : '+'}${bytes(Math.abs(each.grown))}`,
    ]})));
}
