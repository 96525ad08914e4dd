// What the memory of the process is divided into, and how much of it is used.

import {h} from './dom.js';
import {bytes, count, duration, number as read, percent} from './format.js';
import {bar, facts, legend, number, table} from './parts.js';
import {get, part} from './rest.js';

/** Flink's budgets, in the order in which its own page has them. */
const BUDGETS = [
  ['frameworkHeap', 'Framework heap'], ['taskHeap', 'Task heap'],
  ['frameworkOffHeap', 'Framework off-heap'], ['taskOffHeap', 'Task off-heap'],
  ['networkMemory', 'Network'], ['managedMemory', 'Managed'],
  ['jvmMetaspace', 'Metaspace'], ['jvmOverhead', 'JVM overhead'],
];

const JVM = 'Status.JVM.Memory.';
const METRICS = ['Heap.Used', 'Heap.Max', 'Direct.MemoryUsed', 'Metaspace.Used', 'Metaspace.Max', 'NonHeap.Used'].map(name => JVM + name);
const MANAGED = ['Status.Flink.Memory.Managed.Used', 'Status.Flink.Memory.Managed.Total'];

export const title = () => 'Memory';

export async function load() {
  const {taskmanagers} = await get('taskmanagers');
  const id = part(taskmanagers[0].id);
  const [process, metrics] = await Promise.all(
    [get(`taskmanagers/${id}`), get(`taskmanagers/${id}/metrics?get=${[...METRICS, ...MANAGED].join(',')}`)]);
  return {process, metrics: new Map(metrics.map(metric => [metric.id, read(metric.value)]))};
}

export function render({process, metrics}) {
  const budget = process.memoryConfiguration;
  const parts = BUDGETS.map(([kind, name]) => ({kind, name, value: read(budget[kind])}));
  const total = read(budget.totalProcessMemory) ?? parts.reduce((sum, each) => sum + (each.value ?? 0), 0);
  return [
    h('h1', null, 'Memory'),
    facts('hardware', [
      ['Process', bytes(total)],
      ['Machine', bytes(process.hardware.physicalMemory)],
      ['Cores', count(process.hardware.cpuCores)],
      ['Largest heap', bytes(process.hardware.freeMemory)],
    ]),
    h('h2', {'data-key': 'budget'}, 'Budget'),
    h('div', {class: 'wide', 'data-key': 'whole'}, bar(
      parts.map(each => ({kind: each.kind, value: each.value ?? 0, title: `${each.name} ${bytes(each.value)}`})), total)),
    legend(parts.filter(each => each.value > 0).map(each => [each.kind, `${each.name} ${bytes(each.value)}`])),
    table('budgets', 'Budgets, as Flink divides them', ['Budget', number('Size'), number('Share')],
      parts.map(each => ({key: each.kind, cells: [each.name, bytes(each.value), total > 0 && each.value !== null ? percent(each.value / total) : '–']}))),
    uses(process, metrics, budget),
    table('collectors', 'Garbage collection', ['Collector', number('Runs'), number('Time')],
      process.metrics.garbageCollectors.map(each => ({key: each.name, cells: [each.name, count(each.count), duration(each.time)]}))),
    h('p', {class: 'note', 'data-key': 'note'}, 'Heap holds tasks, keyed state on the heap and what is in flight between tasks: ' +
      'framework heap, task heap and network together. Overhead is what the JVM itself takes; nobody measures it here.'),
  ];
}

function uses(process, metrics, budget) {
  const of = name => metrics.get(JVM + name) ?? null;
  const sum = (...values) => values.some(value => read(value) === null) ? null : values.reduce((all, each) => all + each, 0);
  const rows = [
    ['heap', 'Heap', of('Heap.Used'), of('Heap.Max')],
    ['direct', 'Direct buffers', of('Direct.MemoryUsed'), sum(budget.frameworkOffHeap, budget.taskOffHeap)],
    ['metaspace', 'Metaspace', of('Metaspace.Used'), positive(of('Metaspace.Max')) ?? read(budget.jvmMetaspace)],
    ['managed', 'Managed', metrics.get(MANAGED[0]) ?? null, metrics.get(MANAGED[1]) ?? read(budget.managedMemory)],
  ];
  return table('uses', 'Use', ['What', 'Use', number('Used'), number('Of'), number('Share')],
    rows.map(([kind, name, used, size]) => ({key: kind, cells: [
      name,
      bar([{kind: used > 0.9 * size ? 'full-up' : 'used', value: used ?? 0, title: bytes(used)}], size ?? used ?? 0),
      used === null ? 'not measured' : bytes(used),
      bytes(size),
      used !== null && size > 0 ? percent(used / size) : '–',
    ]})));
}

const positive = value => value > 0 ? value : null;
