// The lineage of one report as SVG: tables, datasets, queries, charts from left to right.
// Names are untrusted: they reach the document only as text and as attribute values, never as markup.

const SVG = 'http://www.w3.org/2000/svg';
const NODE = 28, GAP = 8, BETWEEN = 56, HEAD = 26, LETTER = 6.6;

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

// What the picture consists of. `pictures` is the second JSON document; `tables` are [platform, name] pairs.
function graphOf(report, queries, pictures, tables) {
  const columns = [['Tables', []], ['Datasets', []], ['Queries', []], [queries.some((q) => q[3].length) ? 'Charts' : 'Report', []]];
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
  const table = (index) => add(0, 't' + index, tables[index][1], { of: tables[index][0], search: tables[index][1] });
  queries.forEach(([name, source, reads, charts, stage], number) => {
    const query = add(2, 'q' + number, name, { of: pictures.sources[source], trouble: stage });
    const edgesOf = reads.map((edge) => (Array.isArray(edge) ? edge : [edge, 0, 0]));
    const behind = new Set(edgesOf.flatMap(([index]) => pictures.datasets[index] || []));
    for (const [index, certainty, created] of edgesOf) {
      const kind = ['certain', 'likely', 'guess'][certainty];
      if (created) {
        join(query, add(3, 'm' + index, tables[index][1], { of: 'creates this table', search: tables[index][1] }), kind);
      } else if (pictures.datasets[index]) {
        const dataset = add(1, 'd' + index, tables[index][1], { of: 'dataset', search: tables[index][1] });
        for (const source of pictures.datasets[index]) if (!pictures.datasets[source]) join(table(source), dataset, kind);
        join(dataset, query, kind);
      } else if (!behind.has(index)) {
        join(table(index), query, kind);
      }
    }
    charts.forEach((title, position) => join(query, add(3, 'c' + number + '.' + position, title, { of: 'chart' }), 'certain'));
    if (columns[3][0] === 'Report') join(query, add(3, 'r', report.name, { of: 'report' }), 'certain');
  });
  return { columns: columns.filter(([, held]) => held.length), edges: [...edges.values()], nodes: [...nodes.values()] };
}

// Queries keep their order; what stands left of them is put beside what it feeds, so that few lines cross.
function arrange({ columns }) {
  columns.forEach(([, held]) => held.forEach((node, number) => { node.at = number; }));
  const middle = (edges, end) => edges.reduce((sum, edge) => sum + edge[end].at, 0) / (edges.length || 1);
  for (const title of ['Datasets', 'Tables']) {
    const column = columns.find(([name]) => name === title);
    if (!column) continue;
    column[1].sort((a, b) => middle(a.after, 'to') - middle(b.after, 'to') || (a.name < b.name ? -1 : 1));
    column[1].forEach((node, number) => { node.at = number; });
  }
  const height = Math.max(...columns.map(([, held]) => held.length)) * (NODE + GAP) - GAP;
  let x = 0;
  for (const [, held] of columns) {
    const longest = Math.max(...held.map((node) => node.name.length));
    const width = Math.min(236, Math.max(96, longest * LETTER + 24));
    const top = HEAD + (height - held.length * (NODE + GAP) + GAP) / 2;
    held.forEach((node, number) => Object.assign(node, { x, y: top + number * (NODE + GAP), width }));
    x += width + BETWEEN;
  }
  return { width: x - BETWEEN, height: height + HEAD + 2 };
}

function shortened(text, width) {
  const room = Math.floor((width - 20) / LETTER), letters = [...text];
  return letters.length <= room ? text : letters.slice(0, Math.ceil(room / 2) - 1).join('') + '…' + letters.slice(1 - Math.floor(room / 2)).join('');
}

function drawPicture(report, queries, pictures, tables) {
  const graph = graphOf(report, queries, pictures, tables);
  const { width, height } = arrange(graph);
  const counted = graph.columns.map(([title, held]) => held.length + ' ' + title.toLowerCase()).join(', ');
  const picture = draw('svg', {
    class: 'lineage', width, height, viewBox: `-1 0 ${width + 2} ${height}`, role: 'group',
    'aria-label': 'Lineage from left to right: ' + counted + '. The same as a table below.',
  });
  for (const [title, held] of graph.columns) picture.append(draw('text', { class: 'head', x: held[0].x, y: 12 }, title));
  for (const edge of graph.edges) {
    const x1 = edge.from.x + edge.from.width, y1 = edge.from.y + NODE / 2, x2 = edge.to.x, y2 = edge.to.y + NODE / 2;
    const bend = (x2 - x1) / 2;
    edge.line = draw('path', { class: 'edge ' + edge.kind, d: `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}` });
    picture.append(edge.line);
  }
  for (const node of graph.nodes) {
    const kind = { t: 'table', d: 'dataset', q: 'query', c: 'chart', m: 'table', r: 'report' }[node.key[0]];
    const box = node.search
      ? draw('a', { href: '#' + new URLSearchParams({ q: node.search }), 'aria-label': 'Reports with ' + node.name })
      : draw('g', {});
    box.setAttribute('class', 'node ' + kind + (node.trouble ? ' trouble' : ''));
    box.append(
      draw('title', {}, node.name + (node.of ? ' · ' + node.of : '') + (node.trouble ? ' · not fully understood: ' + node.trouble : '')),
      draw('rect', { x: node.x, y: node.y, width: node.width, height: NODE, rx: 5 }),
      draw('text', { x: node.x + 10, y: node.y + 18.5 }, shortened(node.name, node.width)),
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

