// Elements, and numbers and days as the page writes them.
// Names are untrusted: they reach the document only as text and as attribute values, never as markup.

const SVG = 'http://www.w3.org/2000/svg';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const $ = (id) => document.getElementById(id);

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function draw(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function numberOf(value) {
  return value.toLocaleString('en');
}

function counted(value, word) {
  return numberOf(value) + ' ' + word + (value === 1 ? '' : 's');
}

function dayOf(minutes) {
  if (minutes === null) return '';
  const day = new Date(minutes * 60000);
  return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
}

// Only http and https: whatever else stands in Mode does not become a link.
function webAddress(text) {
  try {
    const address = new URL(text);
    return ['http:', 'https:'].includes(address.protocol) ? address.href : null;
  } catch (error) {
    return null;
  }
}

// A table whose rows become blocks on a phone, each cell with its heading in front. Headings that start with "#" are
// those of numbers; the first cell of a row is its heading.
function tableOf(headings, rows, kind) {
  const number = headings.map((heading) => heading.startsWith('#'));
  const titles = headings.map((heading) => heading.replace(/^#/, ''));
  const head = make('tr', {}, ...titles.map((title, at) => make('th', { scope: 'col', class: number[at] ? 'number' : '' }, title)));
  const body = rows.map((cells) => make('tr', {}, ...cells.map((cell, at) => {
    const held = Array.isArray(cell) ? cell : [cell];
    return at ? make('td', { 'data-label': titles[at], class: number[at] ? 'number' : '' }, ...held) : make('th', { scope: 'row' }, ...held);
  })));
  return make('table', { class: 'stacked ' + (kind || '') }, make('thead', {}, head), make('tbody', {}, ...body));
}

// A long name goes on in the next line after a dot.
function dotted(text) {
  return text.split('.').flatMap((part, number) => (number ? ['.', make('wbr'), part] : [part]));
}

function listed(nodes) {
  return nodes.flatMap((node, number) => (number ? [', ', node] : [node]));
}
