// What holds a job up, looked at once: it takes some seconds, in which stacks of its tasks are sampled.

import {h} from './dom.js';
import {count, duration, percent} from './format.js';
import {heading, vertexHref} from './job.js';
import {isEnded} from './jobs.js';
import {bar, facts, number, table} from './parts.js';
import {get, part} from './rest.js';

export const title = data => `What holds ${data.job.name} up`;

/** Not read again by itself. */
export const once = true;

export async function load({job: id}) {
  const job = await get(`jobs/${part(id)}`);
  return {job, diagnosis: isEnded(job.state) ? null : await get(`weir/jobs/${part(id)}/why`)};
}

export function render({job, diagnosis}) {
  if (diagnosis === null) {
    return [heading(job, 'Why'), h('p', {id: 'verdict', 'data-key': 'verdict'}, 'The job has ended.')];
  }
  const {culprits, slowCheckpoints: slow} = diagnosis;
  return [
    heading(job, 'Why'),
    h('p', {id: 'verdict', 'data-key': 'verdict'}, culprits.length === 0
      ? 'No vertex holds another back.'
      : `${culprits.map(each => each.name).join(', ')}: ${culprits.length === 1 ? 'this vertex holds' : 'these vertices hold'} others back.`),
    slow ? h('p', {id: 'slow', 'data-key': 'slow'}, `Checkpoints take ${duration(slow.endToEndMillis)}; longest is ${
      String(slow.part).toLowerCase().replaceAll('_', ' ')} of ${slow.vertex}, subtask ${slow.subtask}, ${duration(slow.meanMillis)}.`) : null,
    culprits.map((each, index) => culprit(job, each, index)),
    h('p', {class: 'note', 'data-key': 'note'}, culprits.length === 0
      ? 'Looked at once; reload to look again.'
      : `${count(diagnosis.looks)} looks at the stacks of these tasks within ${duration(diagnosis.sampledMillis)}, ${
        percent(diagnosis.gc)} of it garbage collection. Looked at once; reload to look again.`),
  ];
}

function culprit(job, {vertex, name, heldBack, busy, profile, records, keys, reasons}, index) {
  const id = what => `${what}-${index}`;
  return [
    h('h2', {'data-key': id('name')}, h('a', {href: vertexHref(job.jid, vertex)}, name)),
    facts(id('facts'), [
      ['Busy', percent(busy)],
      ['Holds back', heldBack.join(', ')],
      ['Records of the busiest subtask', `${count(records.max)}, of ${count(Math.round(records.mean))} in the mean`],
    ]),
    h('ul', {'data-key': id('reasons'), id: id('reasons')}, reasons.map(reason => h('li', null, reason))),
    table(id('activities'), 'What it is busy with', ['Activity', 'Share of busy time', number('Share')],
      profile.shares.map(share => ({key: share.activity, cells: [
        String(share.activity).toLowerCase().replaceAll('_', ' '),
        bar([{kind: 'busy', value: share.share, title: percent(share.share)}], 1),
        percent(share.share),
      ]}))),
    table(id('methods'), 'Where', ['Method', 'Activity', number('Share')],
      profile.methods.map(method => ({key: method.name, cells: [
        h('code', null, method.name), String(method.activity).toLowerCase().replaceAll('_', ' '), percent(method.share)]}))),
    keys ? table(id('keys'), 'Hottest keys', ['Key', number('Subtask'), number('Share of records')],
      keys.hottest.map(each => ({key: each.key, cells: [h('code', null, each.key), each.subtask, percent(each.share)]}))) : [],
  ];
}
