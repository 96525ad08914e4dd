// What is configured, and what each of Flink's keys means on Weir.

import {h} from './dom.js';
import {facts, state, table} from './parts.js';
import {get} from './rest.js';

export const title = () => 'Configuration';

export const load = () => get('weir/config');

export function render({options, verdicts}) {
  const kinds = [...new Set(verdicts.map(each => each.verdict))];
  return [
    h('h1', null, 'Configuration'),
    facts('kinds', [['Set here', options.length],
      ...kinds.map(kind => [kind, `${options.filter(each => each.verdict === kind).length} of those set`])]),
    table('options', 'What is set', ['Key', 'Value', 'Verdict', 'Why'],
      options.map(each => ({key: each.key, cells: [h('code', null, each.key), h('code', null, each.value), state(each.verdict), each.reason]})),
      'Nothing is set.'),
    table('verdicts', 'What Flink’s keys mean here; a star stands for anything, and the longest key that fits counts',
      ['Key', 'Verdict', 'Why'],
      verdicts.map(each => ({key: each.pattern, cells: [h('code', null, each.pattern), state(each.verdict), each.reason]}))),
    h('p', {class: 'note', 'data-key': 'note'}, 'Values of keys that Flink holds for secret are never sent. A program may set more for itself: ' +
      'Flink’s UI shows the configuration of a job.'),
  ];
}
