// The page of one vertex: its subtasks, and how uneven they are.

import {h} from './dom.js';
import {bytes, count, duration, percent, rate as perSecond} from './format.js';
import {flame} from './flame.js';
import {heading, skew, vertexHref} from './job.js';
import {isEnded} from './jobs.js';
import {bar, facts, legend, number, state, table} from './parts.js';
import * as rates from './rates.js';
import {get, part} from './rest.js';

export const title = data => data.vertex.name;

export async function load({job: id, vertex: of, stacks = 'full'}) {
  rates.only(id);
  const at = `jobs/${part(id)}/vertices/${part(of)}`;
  const [job, vertex] = await Promise.all([get(`jobs/${part(id)}`), get(at)]);
  const [pressure, graph] = isEnded(job.state) ? [null, null]
    : await Promise.all([get(`${at}/backpressure`), get(`${at}/flamegraph?type=${stacks}`)]);
  return {job, vertex, pressure, graph};
}

export function render({job, vertex, pressure, graph}, {stacks = 'full'}) {
  const subtasks = vertex.subtasks.map(subtask => {
    const load = (pressure?.subtasks ?? []).find(each => each.subtask === subtask.subtask) ?? {};
    const [read, written] = [subtask.metrics['read-records'], subtask.metrics['write-records']];
    const rated = (what, records) => isEnded(job.state) ? null
      : rates.rate(`${job.jid} ${vertex.id} ${subtask.subtask} ${what}`, records, vertex.now);
    return {...subtask, load, read, written, readRate: rated('in', read), writtenRate: rated('out', written)};
  });
  const bytesKnown = subtasks.some(subtask => subtask.metrics['read-bytes'] + subtask.metrics['write-bytes'] > 0);
  return [
    heading(job, null),
    h('h2', {'data-key': 'vertex'}, vertex.name),
    facts('vertex', [
      ['Parallelism', `${vertex.parallelism} of at most ${vertex.maxParallelism}`],
      ['Backpressure', pressure?.backpressureLevel ? String(pressure.backpressureLevel).toUpperCase() : '–'],
      ['Skew of records in', skew(subtasks.map(subtask => subtask.read))],
      ['Skew of records out', skew(subtasks.map(subtask => subtask.written))],
    ]),
    legend([['busy', 'busy'], ['backpressured', 'backpressured'], ['idle', 'idle']]),
    table('subtasks', 'Subtasks',
      [number('Subtask'), 'Status', number('Attempt'), number('Records in'), number('Records out'), number('In'), number('Out'),
        ...bytesKnown ? [number('Bytes in'), number('Bytes out')] : [],
        number('Busy'), number('Backpressured'), number('Idle'), 'Time', number('Since')],
      subtasks.map(subtask => ({key: String(subtask.subtask), cells: [
        subtask.subtask, state(subtask.status), subtask.attempt,
        count(subtask.read), count(subtask.written), perSecond(subtask.readRate), perSecond(subtask.writtenRate),
        ...bytesKnown ? [bytes(subtask.metrics['read-bytes']), bytes(subtask.metrics['write-bytes'])] : [],
        percent(subtask.load.busyRatio), percent(subtask.load.ratio), percent(subtask.load.idleRatio),
        times(subtask.load),
        duration(subtask.duration),
      ]}))),
    h('p', {class: 'note', 'data-key': 'note'}, 'Skew is the most of one subtask divided by the mean of all: 1 is even, ' +
      `${vertex.parallelism} is all in one. Busy, backpressured and idle are shares of the last minute.`),
    flame(graph, vertexHref(job.jid, vertex.id), stacks),
  ];
}

function times(load) {
  const shares = [['busy', load.busyRatio], ['backpressured', load.ratio], ['idle', load.idleRatio]];
  return bar(shares.map(([kind, share]) => ({kind, value: Number(share) || 0, title: `${kind} ${percent(share)}`})), 1);
}
