// One report in the dialog: what is known of it, its lineage as a picture, the same as a table, and its columns.

const MARKS = {
  archived: ['Archived', ''], stale: ['Stale', 'warn'], never_run: ['Never run', 'warn'], dead_source: ['Data source gone', 'bad'],
  failed: ['Last run did not succeed', 'bad'], ownerless: ['Without an owner', 'warn'], unread: ['Could not be read', 'bad'],
  outside: ['Visible from outside', 'warn'], dataset: ['Dataset', ''],
};

function marksOf(report, names) {
  return names.filter((name) => report.has(name)).map((name) => make('span', { class: 'mark ' + MARKS[name][1] }, MARKS[name][0]));
}

// The upper part of every view: what it is, and figures.
function headOf(kind, title, facts, marks) {
  const button = make('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '×');
  button.addEventListener('click', () => $('sheet').close());
  const list = make('dl', { class: 'facts' });
  for (const [name, value] of facts) if (value !== '') list.append(make('div', {}, make('dt', {}, name), make('dd', {}, value)));
  return [
    button,
    make('p', { class: 'kind' }, kind),
    make('h2', { id: 'sheet-title', tabindex: '-1', autofocus: '' }, ...(kind.startsWith('Table') ? dotted(title) : [title])),
    ...(marks.length ? [make('p', { class: 'marks' }, ...marks)] : []),
    list,
  ];
}

function fillReport(sheet, report) {
  const address = webAddress(report.url), queries = pictures().reports[report.token] || [];
  const [runs, minutes] = data.load[report.token] || [0, 0];
  sheet.replaceChildren(...headOf(report.has('dataset') ? 'Dataset' : 'Report', report.name, [
    ['Collection', linkTo('collection', report.collectionToken, report.collection)],
    ['Owner', linkTo('owner', report.username, report.owner)],
    ['Views', numberOf(report.views)], ['Runs', numberOf(report.runs)], ['Last run', dayOf(report.run) || 'never'],
    ['Created', dayOf(report.created)], ['Schedule', report.schedule || 'none'],
    ['Scheduled runs a week', runs ? rounded(runs) : ''], ['Minutes a week', minutes ? rounded(minutes) : ''],
  ], marksOf(report, Object.keys(MARKS).filter((name) => name !== 'dataset'))));
  if (address) sheet.append(make('p', {}, make('a', { class: 'open', href: address, rel: 'noopener noreferrer' }, 'Open in Mode')));
  if (report.has('dataset')) {
    const index = tableKeys.get('modedatasets:' + report.token);
    if (index !== undefined) sheet.append(make('p', {}, tableLink(index, 'What depends on this dataset')));
  }
  sheet.append(make('h3', {}, 'Lineage'));
  if (!queries.length) {
    sheet.append(make('p', { class: 'missing' }, 'No query of this report was loaded.'));
    return;
  }
  // A frame that scrolls must be reachable from the keyboard.
  const frame = make('div', { class: 'frame', tabindex: '0', role: 'region', 'aria-label': 'Lineage picture' });
  frame.append(drawPicture(report, queries, pictures(), data.tables));
  sheet.append(frame);
  const edges = queries.flatMap(edgesOf);
  if (!edges.length) sheet.append(make('p', { class: 'missing' }, 'No table of these queries is known.'));
  if (edges.some(([, certainty]) => certainty)) {
    sheet.append(make('p', { class: 'note' }, 'Solid lines are certain, dashed ones likely, dotted ones a guess.'));
  }
  sheet.append(tableOf(['Query', 'Data source', 'Tables', 'Charts'], queries.map((query) => {
    const [name, source, , charts, stage] = query;
    return [
      [name, ...(stage ? [' ', make('span', { class: 'mark warn' }, 'not fully understood: ' + stage)] : [])],
      pictures().sources[source],
      edgesOf(query).length
        ? listed(edgesOf(query).map(([index, , created]) => make('span', {}, tableLink(index), created ? ' (created)' : '')))
        : 'none known',
      charts.join(', ') || 'none',
    ];
  })));
  sheet.append(columnsOfReport(report, queries));
}

// On demand: which column of which table feeds which chart.
function columnsOfReport(report, queries) {
  const details = make('details', { class: 'plain' }, make('summary', {}, 'Columns: what feeds each chart'));
  details.addEventListener('toggle', () => {
    if (!details.open || details.childElementCount > 1) return;
    const rows = [];
    (columns().reports[report.token] || []).forEach(([outputs, charts], number) => {
      outputs.forEach(([output, sources], position) => {
        const shown = queries[number][3].filter((title, chart) => (charts[chart] || []).includes(position));
        rows.push([
          columns().outputs[output] || 'only decides which rows there are', queries[number][0],
          listed(sources.map(([table, column]) => make('span', {}, tableLink(table), '.' + columns().columns[column]))),
          shown.join(', ') || 'none',
        ]);
      });
    });
    rows.sort((a, b) => (a[3] === 'none') - (b[3] === 'none'));
    details.append(rows.length ? tableOf(['Column of the query', 'Query', 'Computed from', 'Charts that show it'], rows)
      : make('p', { class: 'missing' }, 'No column of these queries is known.'));
  });
  return details;
}
