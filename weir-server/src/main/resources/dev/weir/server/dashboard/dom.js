// Elements are made of text and attributes, never of markup: whatever a job calls itself stays text.

const SVG = 'http://www.w3.org/2000/svg';

/** An HTML element; attributes that are null, undefined or false are left out, such children too. */
export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** An SVG element. */
export function s(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

const there = value => value !== null && value !== undefined && value !== false;

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (there(value)) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter(there).map(child => child instanceof Node ? child : String(child)));
  return element;
}

/**
 * Makes what is shown equal to what is wanted by the fewest changes, so that focus, selection, scrolling and what the reader
 * has opened stay. Children are told apart by data-key.
 */
export function morph(shown, wanted) {
  if (shown.nodeType === Node.TEXT_NODE) {
    if (shown.data !== wanted.data) {
      shown.data = wanted.data;
    }
    return;
  }
  for (const name of shown.getAttributeNames()) {
    if (!wanted.hasAttribute(name) && !(name === 'open' && shown.nodeName === 'DETAILS')) {
      shown.removeAttribute(name);
    }
  }
  for (const name of wanted.getAttributeNames()) {
    if (shown.getAttribute(name) !== wanted.getAttribute(name)) {
      shown.setAttribute(name, wanted.getAttribute(name));
    }
  }
  if (shown.nodeName !== 'INPUT') {
    children(shown, [...wanted.childNodes]);
  }
}

const key = node => node.dataset?.key;
const alike = (one, other) =>
  one.nodeType === other.nodeType && one.nodeName === other.nodeName && key(one) === key(other);

/** Makes these the children of an element, as morph does. */
export function children(parent, wanted) {
  const keys = new Set(wanted.map(key));
  [...parent.childNodes].filter(child => !keys.has(key(child))).forEach(child => child.remove());
  const known = new Map([...parent.childNodes].filter(key).map(child => [key(child), child]));
  let next = parent.firstChild;
  for (const child of wanted) {
    const same = next && alike(next, child) ? next : known.get(key(child));
    if (!same || !alike(same, child)) {
      parent.insertBefore(child, next);
      continue;
    }
    if (same === next) {
      next = next.nextSibling;
    } else {
      parent.insertBefore(same, next);
    }
    morph(same, child);
  }
  while (next) {
    const after = next.nextSibling;
    next.remove();
    next = after;
  }
}
