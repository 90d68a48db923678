// The table of reports: searched, filtered, sorted, and shown a piece at a time. The address's hash holds all of it
// (#q=term&show=stale&sort=-views&report=TOKEN), so that a view can be sent to somebody.

const PIECE = 100, HITS = 8;

window.addEventListener('error', (event) => {
  $('failure').hidden = false;
  $('failure').textContent = 'The script of this page failed: ' + event.message;
});

for (const age of document.querySelectorAll('.age')) {
  const hours = (Date.now() - new Date(age.dataset.since)) / 3600000;
  if (hours >= 0) age.textContent = ', ' + (hours < 1 ? 'less than an hour' : hours < 48 ? counted(Math.floor(hours), 'hour') : counted(Math.floor(hours / 24), 'day')) + ' ago';
}

// The number of the bar under the pointer.
for (const chart of document.querySelectorAll('.chart')) {
  const readout = chart.querySelector('.readout');
  for (const bar of chart.querySelectorAll('.bars g')) {
    bar.addEventListener('pointerenter', () => { readout.textContent = bar.firstElementChild.textContent; });
    bar.addEventListener('pointerleave', () => { readout.textContent = ''; });
  }
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const SORTS = {
  name: (a, b) => collator.compare(a.name, b.name),
  collection: (a, b) => collator.compare(a.collection, b.collection),
  owner: (a, b) => collator.compare(a.owner, b.owner),
  views: (a, b) => a.views - b.views,
  run: (a, b) => (a.run === null ? -1 : a.run) - (b.run === null ? -1 : b.run),
  schedule: (a, b) => collator.compare(a.schedule, b.schedule),
  tables: (a, b) => a.tables.length - b.tables.length,
};
const list = $('list'), search = $('search'), show = $('show'), sheet = $('sheet');
let state = {}, found = [], shown = 0;

function plain(text) {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

// All words must occur somewhere in a report's row; made when first asked for.
function textOf(report) {
  if (report.text === undefined) {
    const tables = report.tables.map((index) => data.tables[index].join(' ')).join(' ');
    report.text = plain([report.name, report.collection, report.owner, report.schedule, tables, report.token].join('\n'));
  }
  return report.text;
}

function select() {
  const words = plain(state.q).split(/\s+/).filter(Boolean);
  found = reports.filter((report) =>
    (!state.show || (state.show === 'live' ? !report.has('archived') : report.has(state.show))) &&
    words.every((word) => textOf(report).includes(word)));
  const [, down, column] = /^(-?)(.*)$/.exec(state.sort);
  if (state.sort !== '-views') found.sort((a, b) => SORTS[column](a, b) * (down ? -1 : 1)); // as the rows came
  for (const head of list.tHead.rows[0].cells) {
    if (head.dataset.sort === column) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    else head.removeAttribute('aria-sort');
  }
  list.tBodies[0].replaceChildren();
  shown = 0;
  showHits(words);
  showMore(PIECE);
}

// Tables, owners and collections whose names hold all words.
function showHits(words) {
  const hits = [], place = $('hits');
  const add = (kind, key, name) => {
    if (hits.length <= HITS && key && words.every((word) => plain(name).includes(word))) hits.push([kind, key, name]);
  };
  if (words.length) {
    for (const [username, name] of data.owners) add('owner', username, name);
    for (const [token, name] of data.collections) add('collection', token, name);
    for (const [platform, name, called] of data.tables) add('table', platform + ':' + name, called === name ? 'table ' + platform + ' ' + name : called);
  }
  place.replaceChildren(...(hits.length ? ['Also: ', ...listed(hits.slice(0, HITS).map(([kind, key, name]) => linkTo(kind, key, kind === 'table' ? name : `${kind} ${name}`))), hits.length > HITS ? ', …' : ''] : []));
  place.hidden = !hits.length;
}

function showMore(piece) {
  const rows = found.slice(shown, shown + piece).map(rowOf);
  shown += rows.length;
  list.tBodies[0].append(...rows);
  $('more').hidden = shown >= found.length;
  $('found').textContent = !found.length ? 'No report matches.'
    : (found.length === reports.length ? counted(reports.length, 'report') : `${numberOf(found.length)} of ${counted(reports.length, 'report')}`)
      + (shown < found.length ? `, the first ${numberOf(shown)} shown` : '');
  return rows[0];
}

function rowOf(report) {
  const cell = (label, held, kind) => make('td', { 'data-label': label, class: kind || '' }, ...(Array.isArray(held) ? held : [held]));
  const address = webAddress(report.url), more = report.tables.length - 2;
  return make('tr', {},
    make('th', { scope: 'row' },
      make('a', { class: 'name', href: '#' + hashOf({ q: state.q, show: state.show, sort: state.sort, report: report.token }) }, report.name), ' ',
      ...(address ? [make('a', { class: 'out', href: address, rel: 'noopener noreferrer', 'aria-label': `Open ${report.name} in Mode`, title: 'Open in Mode' }, '↗'), ' '] : []),
      ...marksOf(report, ['archived', 'dead_source', 'failed', 'unread'])),
    cell('Collection', linkTo('collection', report.collectionToken, report.collection, { class: 'quiet' })),
    cell('Owner', linkTo('owner', report.username, report.owner, { class: 'quiet' })),
    cell('Views', numberOf(report.views), 'number'),
    cell('Last run', dayOf(report.run) || 'never', 'number'),
    cell('Schedule', report.schedule),
    cell('Tables', [...listed(report.tables.slice(0, 2).map((index) => tableLink(index))), ...(more > 0 ? [` and ${more} more`] : [])], 'tables'));
}

// Takes the hash for the truth; one without "=" is the name of a section and changes nothing.
function follow(first) {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes('=') && !first) return;
  const given = new URLSearchParams(hash), before = hashOf({ q: state.q, show: state.show, sort: state.sort });
  const opens = KINDS.some((kind) => given.get(kind)), sort = given.get('sort') || '-views';
  const held = opens && !first && !['q', 'show', 'sort'].some((name) => given.has(name)); // a view leaves the list as it is
  state = {
    q: held ? state.q : given.get('q') || '',
    show: held ? state.show : given.get('show') in { ...bits, live: 1 } ? given.get('show') : '',
    sort: held ? state.sort : sort.replace(/^-/, '') in SORTS ? sort : '-views',
  };
  for (const kind of KINDS) state[kind] = given.get(kind) || '';
  search.value = state.q;
  show.value = state.show;
  const changed = first || before !== hashOf({ q: state.q, show: state.show, sort: state.sort });
  if (changed) select();
  if (!open()) {
    if (sheet.open) sheet.close();
    if (changed && hash.includes('=')) $('reports').scrollIntoView();
  }
}

function change(wanted) {
  state = { ...state, ...wanted };
  history.replaceState(null, '', '#' + hashOf(state));
  select();
}

// Opens what the address names; says whether there is such a thing.
function open() {
  const table = tableKeys.get(state.table) ?? tableKeys.get(state.table.toLowerCase());
  if (byToken.has(state.report)) fillReport(sheet, byToken.get(state.report));
  else if (table !== undefined) fillTable(sheet, table);
  else if (state.owner && everything.some((report) => report.username === state.owner)) fillOwner(sheet, state.owner);
  else if (state.collection && everything.some((report) => report.collectionToken === state.collection)) fillCollection(sheet, state.collection);
  else return false;
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
  $('sheet-title').focus({ preventScroll: true });
  return true;
}

// What is filtered as CSV, for a spreadsheet. A text that it would take for a formula gets an apostrophe in front.
function csvOf(rows) {
  const cell = (value) => {
    const text = /^[=+\-@\t\r]/.test(value) ? "'" + value : String(value);
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const names = ['token', 'name', 'collection', 'owner', 'views', 'runs', 'last_run', 'created', 'schedule', 'flags', 'tables', 'url'];
  const iso = (minutes) => (minutes === null ? '' : new Date(minutes * 60000).toISOString().slice(0, 16) + 'Z');
  return [names, ...rows.map((report) => [
    report.token, report.name, report.collection, report.owner, report.views, report.runs, iso(report.run), iso(report.created), report.schedule,
    data.flags.filter((flag) => report.has(flag)).join(' '), report.tables.map((index) => data.tables[index][2]).join(' '), webAddress(report.url) || '',
  ])].map((row) => row.map(cell).join(',') + '\r\n').join('');
}

if (list) {
  document.querySelector('.bar').addEventListener('submit', (event) => event.preventDefault());
  search.addEventListener('input', () => {
    change({ q: search.value });
    const top = $('reports').getBoundingClientRect().top;
    if (top > innerHeight / 2 || top < 0) $('reports').scrollIntoView();
  });
  show.addEventListener('change', () => change({ show: show.value }));
  list.tHead.addEventListener('click', (event) => {
    const head = event.target.closest('[data-sort]');
    if (!head || event.target.tagName !== 'BUTTON') return;
    const column = head.dataset.sort, falling = ['views', 'run', 'tables'].includes(column);
    const same = state.sort.replace(/^-/, '') === column;
    change({ sort: same ? (state.sort.startsWith('-') ? column : '-' + column) : (falling ? '-' : '') + column });
  });
  $('more').firstElementChild.addEventListener('click', () => {
    const row = showMore(PIECE);
    if (row) row.querySelector('a').focus({ preventScroll: true });
  });
  $('csv').addEventListener('click', () => {
    const address = URL.createObjectURL(new Blob(['\ufeff', csvOf(found)], { type: 'text/csv' }));
    make('a', { href: address, download: 'reports.csv' }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  });
  window.addEventListener('beforeprint', () => { if (!sheet.open) showMore(found.length); }); // paper has no button
  sheet.addEventListener('click', (event) => { if (event.target === sheet) sheet.close(); });
  sheet.addEventListener('close', () => {
    if (!KINDS.some((kind) => state[kind])) return;
    for (const kind of KINDS) state[kind] = '';
    history.replaceState(null, '', '#' + hashOf(state));
  });
  window.addEventListener('hashchange', () => follow(false));
  follow(true);
}
