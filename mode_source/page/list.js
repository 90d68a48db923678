// The table of reports: searched, filtered, sorted, and shown a piece at a time. The address's hash holds all of it
// (#q=term&show=stale&sort=-views&report=TOKEN), so that a view can be sent to somebody.

const PIECE = 100;
const $ = (id) => document.getElementById(id);

window.addEventListener('error', (event) => {
  $('failure').hidden = false;
  $('failure').textContent = 'The script of this page failed: ' + event.message;
});

for (const age of document.querySelectorAll('.age')) {
  const hours = (Date.now() - new Date(age.dataset.since)) / 3600000;
  if (hours >= 0) age.textContent = hours < 1 ? ', less than an hour ago' : hours < 48 ? `, ${Math.floor(hours)} hours ago` : `, ${Math.floor(hours / 24)} days ago`;
}

const data = JSON.parse($('data-rows').textContent);
const bits = Object.fromEntries(data.flags.map((name, number) => [name, 1 << number]));
const reports = data.rows.map(([token, name, collection, owner, views, runs, run, created, schedule, flags, tables, url]) => ({
  token, name, views, runs, run, created, flags,
  collection: data.collections[collection], owner: data.owners[owner], schedule: data.schedules[schedule],
  tables: tables || [],
  url: typeof url === 'number' ? data.prefixes[url] + token : url,
  has(flag) { return (flags & bits[flag]) !== 0; },
}));
const byToken = new Map(reports.map((report) => [report.token, report]));
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
let state = {}, found = [], shown = 0, pictures = null;

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
  showMore();
}

function showMore() {
  const rows = found.slice(shown, shown + PIECE).map(rowOf);
  shown += rows.length;
  list.tBodies[0].append(...rows);
  $('more').hidden = shown >= found.length;
  const all = reports.length.toLocaleString('en'), matching = found.length.toLocaleString('en');
  $('found').textContent = !found.length ? 'No report matches.'
    : (found.length === reports.length ? `${all} reports` : `${matching} of ${all} reports`)
      + (shown < found.length ? `, the first ${shown.toLocaleString('en')} shown` : '');
  return rows[0];
}

function rowOf(report) {
  const names = report.tables.map((index) => data.tables[index][1]);
  const tables = names.slice(0, 2).join(', ') + (names.length > 2 ? ` and ${names.length - 2} more` : '');
  const cell = (label, text, kind) => make('td', { 'data-label': label, class: kind || '' }, text);
  return make('tr', {},
    make('th', { scope: 'row' }, make('a', { href: '#' + hashOf({ ...state, report: report.token }) }, report.name), ' ', ...marksOf(report, ['archived', 'dead_source', 'failed', 'unread'])),
    cell('Collection', report.collection),
    cell('Owner', report.owner),
    cell('Views', report.views.toLocaleString('en'), 'number'),
    cell('Last run', dayOf(report.run) || 'never', 'number'),
    cell('Schedule', report.schedule),
    cell('Tables', tables, 'tables'));
}

function hashOf(wanted) {
  const held = new URLSearchParams();
  if (wanted.q) held.set('q', wanted.q);
  if (wanted.show) held.set('show', wanted.show);
  if (wanted.sort && wanted.sort !== '-views') held.set('sort', wanted.sort);
  if (wanted.report) held.set('report', wanted.report);
  return held.toString();
}

// Takes the hash for the truth; one without "=" is the name of a section and changes nothing.
function follow(first) {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes('=') && !first) return;
  const given = new URLSearchParams(hash), before = hashOf({ ...state, report: '' });
  const sort = given.get('sort') || '-views';
  state = {
    q: given.get('q') || '',
    show: given.get('show') in { ...bits, live: 1 } ? given.get('show') : '',
    sort: sort.replace(/^-/, '') in SORTS ? sort : '-views',
    report: given.get('report') || '',
  };
  search.value = state.q;
  show.value = state.show;
  const changed = first || before !== hashOf({ ...state, report: '' });
  if (changed) select();
  if (byToken.has(state.report)) open(byToken.get(state.report));
  else {
    if (sheet.open) sheet.close();
    if (changed && hash.includes('=')) $('reports').scrollIntoView();
  }
}

function change(wanted) {
  state = { ...state, ...wanted };
  history.replaceState(null, '', '#' + hashOf(state));
  select();
}

function open(report) {
  pictures = pictures || JSON.parse($('data-pictures').textContent);
  fillSheet(sheet, report, pictures, data.tables, () => sheet.close());
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
}

if (list) {
  document.querySelector('.tools').addEventListener('submit', (event) => event.preventDefault());
  search.addEventListener('input', () => change({ q: search.value }));
  show.addEventListener('change', () => change({ show: show.value }));
  list.tHead.addEventListener('click', (event) => {
    const head = event.target.closest('[data-sort]');
    if (!head || event.target.tagName !== 'BUTTON') return;
    const column = head.dataset.sort, falling = ['views', 'run', 'tables'].includes(column);
    const same = state.sort.replace(/^-/, '') === column;
    change({ sort: same ? (state.sort.startsWith('-') ? column : '-' + column) : (falling ? '-' : '') + column });
  });
  $('more').firstElementChild.addEventListener('click', () => {
    const row = showMore();
    if (row) row.querySelector('a').focus({ preventScroll: true });
  });
  sheet.addEventListener('click', (event) => { if (event.target === sheet) sheet.close(); });
  sheet.addEventListener('close', () => {
    if (state.report && new URLSearchParams(location.hash.slice(1)).get('report') === state.report) {
      state.report = '';
      history.replaceState(null, '', '#' + hashOf(state));
    }
  });
  window.addEventListener('hashchange', () => follow(false));
  follow(true);
}
