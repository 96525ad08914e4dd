// The page: which part of it is asked for, read again and again, shown.

import * as checkpoints from './checkpoints.js';
import * as configuration from './configuration.js';
import {children, h} from './dom.js';
import * as failures from './failures.js';
import {clock} from './format.js';
import * as job from './job.js';
import * as jobs from './jobs.js';
import * as memory from './memory.js';
import {Refusal, Silence} from './rest.js';
import * as vertex from './vertex.js';
import * as why from './why.js';

const INTERVAL_MILLIS = 2_000;

const ID = '([0-9a-f]{32})';
const ROUTES = [
  [/^#?\/?$/, jobs, []],
  [/^#\/memory$/, memory, []],
  [/^#\/configuration$/, configuration, []],
  [new RegExp(`^#/jobs/${ID}$`), job, ['job']],
  [new RegExp(`^#/jobs/${ID}/vertices/${ID}(?:/(full|on_cpu|off_cpu))?$`), vertex, ['job', 'vertex', 'stacks']],
  [new RegExp(`^#/jobs/${ID}/checkpoints(?:/(\\d+))?$`), checkpoints, ['job', 'checkpoint']],
  [new RegExp(`^#/jobs/${ID}/failures$`), failures, ['job']],
  [new RegExp(`^#/jobs/${ID}/why$`), why, ['job']],
];

const main = document.getElementById('main');
const stale = document.getElementById('stale');
const updated = document.getElementById('updated');
const pause = document.getElementById('pause');

let shownAt = null;
let timer = 0;
let turns = 0;

function route() {
  for (const [pattern, page, names] of ROUTES) {
    const found = pattern.exec(location.hash);
    if (found) {
      return {page, parameters: Object.fromEntries(names.map((name, index) => [name, found[index + 1]]))};
    }
  }
  return null;
}

/** Reads and shows what the address names; what comes too late, as the reader has gone on, is dropped. */
async function turn() {
  clearTimeout(timer);
  const own = ++turns;
  const asked = route();
  try {
    if (!asked) {
      throw new Refusal(location.hash, 404, 'there is no such page');
    }
    const data = await asked.page.load(asked.parameters);
    if (own === turns) {
      document.title = `${asked.page.title(data)} – Weir`;
      show(asked.page.render(data, asked.parameters));
      fresh();
    }
  } catch (failure) {
    if (own === turns) {
      failed(failure);
    }
  }
  if (own === turns && !paused() && !asked?.page.once) {
    timer = setTimeout(turn, INTERVAL_MILLIS);
  }
}

const paused = () => document.hidden || pause.getAttribute('aria-pressed') === 'true';

function show(nodes) {
  children(main, nodes.flat(Infinity).filter(Boolean));
}

function fresh() {
  shownAt = Date.now();
  updated.textContent = clock(shownAt);
  stale.hidden = true;
  main.classList.remove('stale');
}

/** Says why nothing newer is shown, and since when. */
function failed(failure) {
  const what = reason(failure);
  const since = shownAt === null ? '' : ` What is below is of ${clock(shownAt)}.`;
  if (stale.hidden || !stale.textContent.startsWith(what)) {
    stale.textContent = what + since;
  }
  stale.hidden = false;
  main.classList.add('stale');
  if (shownAt === null) {
    show([h('p', null, 'Nothing to show.')]);
  }
}

function reason(failure) {
  if (failure instanceof Silence) {
    return 'The server does not answer.';
  }
  if (failure instanceof Refusal) {
    return failure.status === 401
      ? 'The server wants a token: open this address once with ?token=TOKEN.'
      : `Refused: ${failure.message}`;
  }
  console.error(failure);
  return `This page is broken: ${failure.message}`;
}

function markPage() {
  for (const link of document.querySelectorAll('#pages a')) {
    const current = link.getAttribute('href') === (location.hash || '#/')
      || link.getAttribute('href') === '#/' && location.hash.startsWith('#/jobs/');
    if (current) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
}

addEventListener('hashchange', () => {
  // another page is new from its beginning, and a keyboard goes on there
  shownAt = null;
  children(main, [h('p', null, 'Loading.')]);
  main.focus({preventScroll: true});
  scrollTo(0, 0);
  markPage();
  turn();
});

pause.addEventListener('click', () => {
  pause.setAttribute('aria-pressed', String(pause.getAttribute('aria-pressed') !== 'true'));
  turn();
});

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) {
    turn();
  }
});

document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault(); // the address is the page's
  main.focus();
});

markPage();
turn();
