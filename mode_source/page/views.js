// A table, an owner or a collection in the dialog: links lead here by identity, and the numbers are those of the row.

const SHOWN = 50;

function fillTable(sheet, index) {
  const [platform, name, shown] = data.tables[index], held = usersOf(index), sums = summed(held);
  let queries = 0, charts = 0;
  for (const report of sums.live) {
    for (const query of pictures().reports[report.token] || []) {
      if (!edgesOf(query).some(([table, , created]) => table === index && !created)) continue;
      queries += 1;
      charts += query[3].length;
    }
  }
  const dataset = platform === 'modedatasets';
  const token = dataset && byToken.has(name) ? [['Dataset', linkTo('report', name, shown)]] : [];
  sheet.replaceChildren(...headOf(dataset ? 'Mode dataset' : 'Table on ' + (platform || 'an unknown platform'), shown, [
    ...token, ['Reports', numberOf(sums.reports)], ['Datasets', numberOf(sums.datasets)], ['Queries', numberOf(queries)],
    ['Charts', numberOf(charts)], ['Scheduled', numberOf(sums.scheduled)], ['Owners', numberOf(sums.owners)],
    ['Views', numberOf(sums.views)], ['Scheduled runs a week', sums.runs], ['Archived, too', numberOf(sums.archived)],
  ], []));
  sheet.append(make('p', { class: 'verdict' }, sums.live.length
    ? `If it is dropped, ${joined([[sums.reports, 'live report'], [sums.datasets, 'dataset'], [charts, 'chart']])} lose data.`
      + ` They have ${counted(sums.views, 'view')}; ${sums.scheduled ? numberOf(sums.scheduled) : 'none'} of them ${sums.scheduled < 2 ? 'runs' : 'run'} on a schedule.`
      + (sums.left ? ` ${counted(sums.left, 'owner')} can no longer be asked.` : '')
    : 'Nothing live reads it: as far as Mode goes, it can be dropped.'));
  const rows = [...columnsOf(index)].map(([column, tokens]) => {
    const own = summed([...tokens.keys()].map((key) => byToken.get(key)).filter(Boolean));
    const shows = own.live.reduce((sum, report) => sum + tokens.get(report.token).size, 0);
    const reader = make('details', {}, make('summary', {}, columns().columns[column] === '*' ? 'all columns, by *' : columns().columns[column]));
    reader.addEventListener('toggle', () => {
      if (reader.open && reader.childElementCount === 1) {
        reader.append(make('ul', {}, ...own.live.map((report) => make('li', {}, linkTo('report', report.token, report.name)))));
      }
    });
    return [own, [reader, numberOf(own.reports), numberOf(own.datasets), numberOf(shows), numberOf(own.scheduled), numberOf(own.views)]];
  }).filter(([own]) => own.live.length).sort(([a], [b]) => b.reports - a.reports || b.views - a.views);
  sheet.append(make('h3', {}, 'Columns'));
  sheet.append(rows.length
    ? tableOf(['Column', '#Reports', '#Datasets', '#Charts', '#Scheduled', '#Views'], rows.map(([, row]) => row), 'columns')
    : make('p', { class: 'missing' }, 'Which of its columns are used is not known.'));
  sheet.append(make('h3', {}, 'Reports and datasets'), reportsTable(held));
}

// "2 reports, 1 dataset and 3 charts", without what there is none of.
function joined(counts) {
  const told = counts.filter(([number]) => number).map(([number, word]) => counted(number, word));
  return told.length > 1 ? told.slice(0, -1).join(', ') + ' and ' + told[told.length - 1] : told.join('');
}

function fillOwner(sheet, username) {
  const held = everything.filter((report) => report.username === username), sums = summed(held), { owner, ownerStatus } = held[0];
  const left = !['active', 'unknown'].includes(ownerStatus);
  sheet.replaceChildren(...headOf('Owner', owner, groupFacts(sums), left ? [make('span', { class: 'mark bad' }, ownerStatus === 'left' ? 'Left the workspace' : ownerStatus)] : []));
  if (left && sums.live.length) {
    sheet.append(make('p', { class: 'verdict' }, `${joined([[sums.reports, 'report'], [sums.datasets, 'dataset']])} without an owner` + (sums.scheduled ? `; ${numberOf(sums.scheduled)} still on a schedule.` : '.')));
  }
  sheet.append(make('h3', {}, 'Reports and datasets'), reportsTable(held));
}

function fillCollection(sheet, token) {
  const held = everything.filter((report) => report.collectionToken === token), sums = summed(held);
  sheet.replaceChildren(...headOf('Collection', held[0].collection, [...groupFacts(sums), ['Owners', numberOf(sums.owners)]], []));
  if (sums.reports) {
    const share = Math.round(100 * (sums.reports - sums.poor) / sums.reports);
    sheet.append(make('p', { class: 'verdict' }, `${share} % of its live reports are in order: run, viewed or changed of late, with an owner, a data source and a last run that succeeded.`));
  }
  sheet.append(make('h3', {}, 'Reports and datasets'), reportsTable(held));
}

function groupFacts(sums) {
  return [
    ['Reports', numberOf(sums.reports)], ['Datasets', numberOf(sums.datasets)], ['Views', numberOf(sums.views)],
    ['Scheduled', numberOf(sums.scheduled)], ['Stale', numberOf(sums.stale)], ['Need attention', numberOf(sums.poor)],
    ['Scheduled runs a week', sums.runs], ['Minutes a week', sums.minutes], ['Archived, too', numberOf(sums.archived)],
  ];
}

// Those that need attention and the most viewed first, archived ones last.
function reportsTable(held) {
  const sorted = [...held].sort((a, b) => a.has('archived') - b.has('archived') || b.views - a.views || (a.token < b.token ? -1 : 1));
  const rowOf = (report) => [
    [linkTo('report', report.token, report.name, { class: 'name' }), ' ', ...marksOf(report, Object.keys(MARKS))],
    [linkTo('owner', report.username, report.owner)], numberOf(report.views), dayOf(report.run) || 'never', report.schedule || 'none',
  ];
  const table = tableOf(['Name', 'Owner', '#Views', '#Last run', 'Schedule'], sorted.slice(0, SHOWN).map(rowOf));
  if (sorted.length <= SHOWN) return table;
  const button = make('button', { type: 'button' }, `Show all ${numberOf(sorted.length)}`), more = make('p', { class: 'more' }, button);
  button.addEventListener('click', () => {
    table.tBodies[0].append(...tableOf(['Name', 'Owner', '#Views', '#Last run', 'Schedule'], sorted.slice(SHOWN).map(rowOf)).tBodies[0].rows);
    more.remove();
  });
  return make('div', {}, table, more);
}
