// What went wrong with a job, and when it began anew.

import {h, s} from './dom.js';
import {clock, count, duration, time} from './format.js';
import {heading} from './job.js';
import {facts, legend, table} from './parts.js';
import {get, part} from './rest.js';

export const title = data => `Failures of ${data.job.name}`;

export async function load({job: id}) {
  const at = `jobs/${part(id)}`;
  const [job, exceptions, checkpoints, metrics] = await Promise.all(
    [get(at), get(`${at}/exceptions?maxExceptions=100`), get(`${at}/checkpoints`), get(`${at}/metrics?get=numRestarts`)]);
  return {job, failures: exceptions.exceptionHistory, checkpoints: checkpoints.history, restarts: metrics[0]?.value};
}

export function render({job, failures, checkpoints, restarts}) {
  const entries = failures.entries;
  return [
    heading(job, 'Failures'),
    facts('failures', [
      ['Failures known', `${count(entries.length)}${failures.truncated ? ', the latest' : ''}`],
      ['Restarts', restarts === undefined ? '–' : count(restarts)],
      ['Running since', time(job.timestamps.RUNNING)],
    ]),
    axis(job, entries, checkpoints),
    table('exceptions', 'Failures', ['When', 'What', 'Task', 'Labels', 'Stack trace'],
      entries.map(each => ({key: `${each.timestamp} ${each.taskName}`, cells: [
        time(each.timestamp),
        each.exceptionName,
        each.taskName ?? 'the job',
        Object.entries(each.failureLabels ?? {}).map(([name, value]) => `${name}=${value}`).join(', '),
        [each, ...each.concurrentExceptions ?? []].map((one, index) => h('details', null,
          h('summary', null, index === 0 ? 'Show' : `And of ${one.taskName ?? 'the job'}`),
          h('pre', {tabindex: 0}, one.stacktrace))),
      ]})), 'Nothing has failed.'),
  ];
}

/** Failures, starts of tasks and completed checkpoints since the job began. */
function axis(job, entries, checkpoints) {
  const [width, left, right] = [900, 110, 890];
  const [first, last] = [job['start-time'], Math.max(job['start-time'] + 1, job['end-time'] > 0 ? job['end-time'] : job.now)];
  const x = millis => left + Math.min(1, Math.max(0, (millis - first) / (last - first))) * (right - left);
  const starts = [...new Map(job.vertices.filter(vertex => vertex['start-time'] > 0)
    .map(vertex => [vertex['start-time'], vertex])).values()];
  const rows = [
    ['Failures', entries.map(each => [each.timestamp, `${clock(each.timestamp)} ${each.exceptionName} of ${each.taskName ?? 'the job'}`]), 'failed'],
    ['Latest starts', starts.map(each => [each['start-time'], `${clock(each['start-time'])} ${each.name}`]), 'started'],
    ['Checkpoints', checkpoints.filter(each => each.status === 'COMPLETED').map(each =>
      [each.latest_ack_timestamp, `${clock(each.latest_ack_timestamp)} checkpoint ${each.id}`]), 'written'],
  ];
  return h('figure', {'data-key': 'axis'},
    h('figcaption', null, `${duration(last - first)} of this job; the table below has the failures`),
    s('svg', {id: 'axis', class: 'plot', viewBox: `0 0 ${width} 110`, role: 'img',
      'aria-label': `${entries.length} failures between ${time(first)} and ${time(last)}`},
    rows.map(([name, marks, kind], index) => [
      s('text', {class: 'tick', x: 0, y: 24 + 28 * index}, name),
      s('line', {class: 'grid', x1: left, x2: right, y1: 20 + 28 * index, y2: 20 + 28 * index}),
      marks.map(([millis, text]) => s('rect', {class: `mark ${kind}`, x: x(millis) - 2, y: 10 + 28 * index, width: 4, height: 20},
        s('title', null, text))),
    ]),
    s('text', {class: 'tick', x: left, y: 104}, time(first)),
    s('text', {class: 'tick end', x: right, y: 104}, time(last))),
    legend([['failed', 'failure'], ['started', 'start of a vertex’s tasks'], ['written', 'completed checkpoint']]));
}
