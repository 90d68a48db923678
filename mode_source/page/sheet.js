// One report in a dialog: what is known of it, its lineage as a picture, and the same as a table.

const MARKS = {
  archived: ['Archived', ''], stale: ['Stale', 'warn'], never_run: ['Never run', 'warn'], dead_source: ['Data source gone', 'bad'],
  failed: ['Last run did not succeed', 'bad'], ownerless: ['Without an owner', 'warn'], unread: ['Could not be read', 'bad'],
  outside: ['Visible from outside', 'warn'],
};
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

function dayOf(minutes) {
  return minutes === null ? '' : dayFormat.format(new Date(minutes * 60000));
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

function marksOf(report, names) {
  return names.filter((name) => report.has(name)).map((name) => make('span', { class: 'mark ' + MARKS[name][1] }, MARKS[name][0]));
}

function fillSheet(sheet, report, pictures, tables, close) {
  const address = webAddress(report.url);
  const button = make('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '×');
  button.addEventListener('click', close);
  const facts = make('dl', { class: 'facts' });
  for (const [title, value] of [
    ['Collection', report.collection], ['Owner', report.owner], ['Views', report.views.toLocaleString('en')],
    ['Runs', report.runs.toLocaleString('en')], ['Last run', dayOf(report.run) || 'never'], ['Created', dayOf(report.created)],
    ['Schedule', report.schedule || 'none'],
  ]) if (value) facts.append(make('div', {}, make('dt', {}, title), make('dd', {}, value)));
  sheet.replaceChildren(
    button,
    make('h2', { id: 'sheet-title', tabindex: '-1', autofocus: '' }, report.name),
    make('p', { class: 'marks' }, ...marksOf(report, Object.keys(MARKS))),
    facts,
  );
  if (address) sheet.append(make('p', {}, make('a', { class: 'open', href: address, rel: 'noopener noreferrer' }, 'Open in Mode')));
  const queries = pictures.reports[report.token] || [];
  sheet.append(make('h3', {}, 'Lineage'));
  if (!queries.length) {
    sheet.append(make('p', { class: 'missing' }, 'No query of this report was loaded.'));
    return;
  }
  // A frame that scrolls must be reachable from the keyboard.
  const frame = make('div', { class: 'frame', tabindex: '0', role: 'region', 'aria-label': 'Lineage picture' });
  frame.append(drawPicture(report, queries, pictures, tables));
  sheet.append(frame);
  const edges = queries.flatMap((query) => query[2]);
  if (!edges.length) sheet.append(make('p', { class: 'missing' }, 'No table of these queries is known.'));
  if (edges.some((edge) => Array.isArray(edge) && edge[1])) {
    sheet.append(make('p', { class: 'note' }, 'Solid lines are certain, dashed ones likely, dotted ones a guess.'));
  }
  const rows = queries.map(([name, source, reads, charts, stage]) => make('tr', {},
    make('th', { scope: 'row' }, name, ...(stage ? [' ', make('span', { class: 'mark warn' }, 'not fully understood: ' + stage)] : [])),
    make('td', { 'data-label': 'Data source' }, pictures.sources[source]),
    make('td', { 'data-label': 'Tables' }, reads.map((edge) => {
      const [index, , created] = Array.isArray(edge) ? edge : [edge, 0, 0];
      return tables[index][1] + (created ? ' (created)' : '');
    }).join(', ') || 'none known'),
    make('td', { 'data-label': 'Charts' }, charts.join(', ') || 'none'),
  ));
  const head = make('tr', {}, ...['Query', 'Data source', 'Tables', 'Charts'].map((title) => make('th', { scope: 'col' }, title)));
  sheet.append(make('table', { class: 'stacked' }, make('thead', {}, head), make('tbody', {}, ...rows)));
}

