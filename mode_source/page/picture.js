// The lineage of one report as SVG: tables, datasets, queries, charts from left to right.
// Names are untrusted: they reach the document only as text and as attribute values, never as markup.

const NODE = 40, GAP = 8, BETWEEN = 56, HEAD = 26, WIDEST = 250, THROUGH = 6;
const pen = document.createElement('canvas').getContext('2d');

function widthOf(text, size) {
  pen.font = (size || 12) + 'px ' + getComputedStyle(document.body).fontFamily;
  return pen.measureText(text).width;
}

// What the picture consists of. `pictures` is the second JSON document; `tables` are [platform, name] pairs.
function graphOf(report, queries, pictures, tables) {
  const last = queries.some((query) => query[3].length) ? 'Charts' : 'Report';
  const columns = [['Tables', []], ['Datasets', []], ['Queries', []], [last, []]];
  const nodes = new Map(), edges = new Map();
  const add = (column, key, name, more) => {
    if (!nodes.has(key)) {
      nodes.set(key, { key, name, column, before: [], after: [], ...more });
      columns[column][1].push(nodes.get(key));
    }
    return key;
  };
  const join = (from, to, kind) => {
    const key = from + '>' + to;
    if (edges.has(key)) return;
    edges.set(key, { from: nodes.get(from), to: nodes.get(to), kind });
    nodes.get(from).after.push(edges.get(key));
    nodes.get(to).before.push(edges.get(key));
  };
  const table = (index) => add(0, 't' + index, tables[index][1], { of: tables[index][0] || 'unknown platform', table: index });
  queries.forEach(([name, source, reads, charts, stage], number) => {
    const query = add(2, 'q' + number, name, { of: pictures.sources[source], trouble: stage });
    const edgesOf = reads.map((edge) => (Array.isArray(edge) ? edge : [edge, 0, 0]));
    const behind = new Set(edgesOf.flatMap(([index]) => pictures.datasets[index] || []));
    for (const [index, certainty, created] of edgesOf) {
      const kind = ['certain', 'likely', 'guess'][certainty];
      if (created) {
        join(query, add(3, 'm' + index, tables[index][2], { of: 'created on ' + tables[index][0], table: index }), kind);
        columns[3][0] = last + ' and created tables';
      } else if (pictures.datasets[index]) {
        const dataset = add(1, 'd' + index, tables[index][2], { of: 'dataset', table: index });
        for (const source of pictures.datasets[index]) if (!pictures.datasets[source]) join(table(source), dataset, kind);
        join(dataset, query, kind);
      } else if (!behind.has(index)) {
        join(table(index), query, kind);
      }
    }
    charts.forEach((title, position) => join(query, add(3, 'c' + number + '.' + position, title, { of: 'chart' }), 'certain'));
    if (last === 'Report') join(query, add(3, 'r', report.name, { of: 'report' }), 'certain');
  });
  return { columns: columns.filter(([, held]) => held.length), edges: [...edges.values()], nodes: [...nodes.values()] };
}

// Queries keep their order; what stands left of them is put beside what it feeds, so that few lines cross. A line
// that passes the column of datasets gets a place there, so that it runs between the boxes and not behind them.
function arrange({ columns, edges }) {
  const [tables, datasets, queries] = ['Tables', 'Datasets', 'Queries'].map((title) => columns.find(([name]) => name === title));
  queries[1].forEach((node, number) => { node.at = number; });
  const middle = (nodes) => nodes.reduce((sum, node) => sum + node.at, 0) / (nodes.length || 1);
  const order = (nodes, next) => {
    for (const node of nodes) node.at = middle(next(node));
    nodes.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
    nodes.forEach((node, number) => { node.at = number * queries[1].length / nodes.length; });
  };
  for (const edge of edges) edge.stops = [edge.from, edge.to];
  if (datasets) {
    for (const edge of edges) {
      if (edge.from.column !== 0 || edge.to.column !== 2) continue;
      edge.stops.splice(1, 0, { name: edge.from.name, through: edge.to });
      datasets[1].push(edge.stops[1]);
    }
    order(datasets[1], (node) => (node.through ? [node.through] : node.after.map((edge) => edge.to)));
  }
  if (tables) order(tables[1], (node) => node.after.map((edge) => edge.stops[1]));
  const heightOf = (node) => (node.through ? THROUGH : NODE) + GAP;
  const heights = columns.map(([, held]) => held.reduce((sum, node) => sum + heightOf(node), -GAP));
  const height = Math.max(...heights);
  let x = 0;
  columns.forEach(([, held], number) => {
    const width = Math.min(WIDEST, Math.max(90, ...held.filter((node) => !node.through).map((node) => Math.max(widthOf(node.name), widthOf(node.of || '', 10.5)) + 21)));
    let y = HEAD + (height - heights[number]) / 2;
    for (const node of held) {
      Object.assign(node, { x, y, width, middle: y + (heightOf(node) - GAP) / 2 });
      y += heightOf(node);
    }
    x += width + BETWEEN;
  });
  return { width: x - BETWEEN, height: height + HEAD + 2 };
}

// Of a table's long name the end tells more, of other names the beginning.
function shortened(text, width, end) {
  if (widthOf(text) <= width) return text;
  const letters = [...text];
  while (letters.length > 1 && widthOf(letters.join('') + '…') > width) end ? letters.shift() : letters.pop();
  return end ? '…' + letters.join('') : letters.join('').trimEnd() + '…';
}

function pathOf(stops) {
  let path = `M${stops[0].x + stops[0].width},${stops[0].middle}`;
  for (let number = 1; number < stops.length; number += 1) {
    const left = stops[number - 1], right = stops[number];
    const x1 = left.x + left.width, bend = (right.x - x1) / 2;
    path += `C${x1 + bend},${left.middle} ${right.x - bend},${right.middle} ${right.x},${right.middle}`;
    if (right.through) path += `H${right.x + right.width}`;
  }
  return path;
}

function drawPicture(report, queries, pictures, tables) {
  const graph = graphOf(report, queries, pictures, tables);
  const counted = graph.columns.map(([title, held]) => held.length + ' ' + title.toLowerCase()).join(', ');
  const { width, height } = arrange(graph);
  const picture = draw('svg', {
    class: 'lineage', width, height, viewBox: `-1 0 ${width + 2} ${height}`, role: 'group',
    'aria-label': 'Lineage from left to right: ' + counted + '. The same as a table below.',
  });
  for (const [title, held] of graph.columns) picture.append(draw('text', { class: 'head', x: held[0].x, y: 12 }, title));
  for (const edge of graph.edges) {
    edge.line = draw('path', { class: 'edge ' + edge.kind, d: pathOf(edge.stops) });
    picture.append(edge.line);
  }
  for (const node of graph.nodes) {
    const kind = { t: 'table', d: 'dataset', q: 'query', c: 'chart', m: 'table', r: 'report' }[node.key[0]];
    const [platform, name] = node.table === undefined ? [] : tables[node.table];
    const box = node.table === undefined ? draw('g', {}) : draw('a', { href: '#' + hashOf({ table: platform + ':' + name }) });
    box.setAttribute('class', 'node ' + kind + (node.trouble ? ' trouble' : ''));
    box.append(
      draw('title', {}, node.name + (node.of ? ' · ' + node.of : '') + (node.trouble ? ' · not fully understood: ' + node.trouble : '')),
      draw('rect', { x: node.x, y: node.y, width: node.width, height: NODE, rx: 5 }),
      draw('text', { x: node.x + 10, y: node.y + 17 }, shortened(node.name, node.width - 20, kind === 'table')),
      draw('text', { class: 'of', x: node.x + 10, y: node.y + 31 }, shortened(node.of || '', node.width - 20, false)),
    );
    const light = (on) => () => lit(picture, node, on);
    for (const [event, on] of [['pointerenter', true], ['pointerleave', false], ['focus', true], ['blur', false]]) {
      box.addEventListener(event, light(on));
    }
    node.box = box;
    picture.append(box);
  }
  return picture;
}

// Brings out what a node comes from and what it feeds.
function lit(picture, node, on) {
  picture.classList.toggle('lit', on);
  picture.querySelectorAll('.on').forEach((held) => held.classList.remove('on'));
  if (!on) return;
  node.box.classList.add('on');
  const follow = (from, side, end) => {
    for (const edge of from[side]) {
      edge.line.classList.add('on');
      if (!edge[end].box.classList.contains('on')) {
        edge[end].box.classList.add('on');
        follow(edge[end], side, end);
      }
    }
  };
  follow(node, 'before', 'from');
  follow(node, 'after', 'to');
}

