// The page of all jobs.

import {h} from './dom.js';
import {duration, time} from './format.js';
import {facts, number, state, table} from './parts.js';
import {get, part} from './rest.js';

const ENDED = new Set(['FINISHED', 'CANCELED', 'FAILED', 'SUSPENDED']);

export const isEnded = status => ENDED.has(status);

export const title = () => 'Jobs';

export async function load() {
  const [{jobs}, overview] = await Promise.all([get('jobs/overview'), get('overview')]);
  return {jobs, overview};
}

export function render({jobs, overview}) {
  const newestFirst = [...jobs].sort((one, other) =>
    isEnded(one.state) - isEnded(other.state) || other['start-time'] - one['start-time']);
  return [
    h('h1', null, 'Jobs'),
    facts('overview', [
      ['Running', overview['jobs-running']],
      ['Finished', overview['jobs-finished']],
      ['Cancelled', overview['jobs-cancelled']],
      ['Failed', overview['jobs-failed']],
      ['Slots', `${overview['slots-total'] - overview['slots-available']} of ${overview['slots-total']} in use`],
      ['Flink', overview['flink-version']],
    ]),
    table('jobs', 'Jobs of this process', ['Name', 'State', 'Started', number('Duration'), number('Tasks'), 'Id'],
      newestFirst.map(job => ({key: job.jid, cells: [
        h('a', {href: `#/jobs/${part(job.jid)}`}, job.name),
        state(job.state),
        time(job['start-time']),
        duration(job.duration),
        isEnded(job.state) ? job.tasks.total : `${job.tasks.running} of ${job.tasks.total} run`,
        h('code', null, job.jid),
      ]})), 'No job has come yet.'),
  ];
}
