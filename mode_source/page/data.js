// What the page holds: reports and datasets, and, parsed when they are first asked for, pictures and columns.

const data = JSON.parse($('data-rows').textContent);
const bits = Object.fromEntries(data.flags.map((name, number) => [name, 1 << number]));
const everything = data.rows.map(([token, name, collection, owner, views, runs, run, created, schedule, flags, tables, url]) => ({
  token, name, views, runs, run, created, flags,
  collectionToken: data.collections[collection][0], collection: data.collections[collection][1],
  username: data.owners[owner][0], owner: data.owners[owner][1], ownerStatus: data.owners[owner][2],
  schedule: data.schedules[schedule], tables: tables || [],
  url: typeof url === 'number' ? data.prefixes[url] + token : url,
  has(flag) { return (flags & bits[flag]) !== 0; },
}));
const reports = everything.filter((report) => !report.has('dataset'));
const byToken = new Map(everything.map((report) => [report.token, report]));
const tableKeys = new Map(data.tables.map(([platform, name], index) => [platform + ':' + name, index]));
const POOR = ['dead_source', 'failed', 'stale', 'never_run', 'ownerless'];

let parsed = {};
function pictures() {
  return parsed.pictures || (parsed.pictures = JSON.parse($('data-pictures').textContent));
}
function columns() {
  return parsed.columns || (parsed.columns = JSON.parse($('data-columns').textContent));
}

// Reports and datasets that read each table.
let users = null;
function usersOf(index) {
  if (!users) {
    users = data.tables.map(() => []);
    for (const report of everything) for (const table of report.tables) users[table].push(report);
  }
  return users[index];
}

function edgesOf(query) {
  return query[2].map((edge) => (Array.isArray(edge) ? edge : [edge, 0, 0]));
}

function rounded(value) {
  return value > 0 && value < 1 ? 'under 1' : numberOf(Math.round(value));
}

// Counts of what several reports and datasets are: of the live ones, unless it says otherwise.
function summed(held) {
  const live = held.filter((report) => !report.has('archived')), of = live.filter((report) => !report.has('dataset'));
  const load = live.map((report) => data.load[report.token] || [0, 0]);
  return {
    live, archived: held.length - live.length, reports: of.length, datasets: live.length - of.length,
    views: of.reduce((sum, report) => sum + report.views, 0),
    scheduled: live.filter((report) => report.has('scheduled')).length,
    stale: of.filter((report) => report.has('stale')).length,
    poor: of.filter((report) => POOR.some((flag) => report.has(flag))).length,
    owners: new Set(live.map((report) => report.username).filter(Boolean)).size,
    left: new Set(live.filter((report) => report.has('ownerless')).map((report) => report.username)).size,
    runs: rounded(load.reduce((sum, [runs]) => sum + runs, 0)),
    minutes: rounded(load.reduce((sum, [, minutes]) => sum + minutes, 0)),
  };
}

// For each column of a table: its reports and datasets, each with the charts that show it.
function columnsOf(index) {
  const found = new Map();
  for (const { token } of usersOf(index)) {
    (columns().reports[token] || []).forEach(([outputs, charts], number) => {
      outputs.forEach(([, sources], position) => {
        for (const [table, column] of sources) {
          if (table !== index) continue;
          if (!found.has(column)) found.set(column, new Map());
          const shown = found.get(column).get(token) || new Set();
          charts.forEach((shows, chart) => { if (shows.includes(position)) shown.add(number + '.' + chart); });
          found.get(column).set(token, shown);
        }
      });
    });
  }
  return found;
}

const KINDS = ['report', 'table', 'owner', 'collection']; // what the address can open

function hashOf(wanted) {
  const held = [];
  const set = (name, value) => held.push(name + '=' + encodeURIComponent(value).replace(/%3A/g, ':').replace(/%20/g, '+'));
  if (wanted.q) set('q', wanted.q);
  if (wanted.show) set('show', wanted.show);
  if (wanted.sort && wanted.sort !== '-views') set('sort', wanted.sort);
  for (const kind of KINDS) if (wanted[kind]) set(kind, wanted[kind]);
  return held.join('&');
}

function linkTo(kind, key, text, more) {
  return key ? make('a', { href: '#' + hashOf({ [kind]: key }), ...more }, text) : text;
}

function tableLink(index, text) {
  const [platform, name, shown] = data.tables[index];
  const link = linkTo('table', platform + ':' + name, '');
  link.append(...dotted(text || shown));
  return link;
}
