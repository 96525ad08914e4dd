// Where the vertices of a dataflow are drawn: in columns by depth, as Sugiyama's method has it.

export const WIDTH = 220;
export const HEIGHT = 96;
const BETWEEN_COLUMNS = 120;
const BETWEEN_ROWS = 24;
const MARGIN = 8;
/** What an edge takes of a column that it passes. */
const PASSING_HEIGHT = 28;
const SWEEPS = 4;

/**
 * @param ids of the vertices, each after those that it reads from
 * @param edges of {from, to}
 * @return {width, height, places, ways}: places by id, and for each edge the points that it goes through
 */
export function layout(ids, edges) {
  const depth = depths(ids, edges);
  const columns = [];
  const put = node => (columns[node.column] ??= []).push(node);
  const nodes = new Map(ids.map(id => [id, {id, column: depth.get(id), height: HEIGHT, before: [], after: []}]));
  nodes.forEach(put);
  const chains = edges.map(edge => {
    const chain = [nodes.get(edge.from)];
    for (let column = depth.get(edge.from) + 1; column < depth.get(edge.to); column++) {
      const passing = {column, height: PASSING_HEIGHT, before: [], after: []};
      put(passing);
      chain.push(passing);
    }
    chain.push(nodes.get(edge.to));
    for (let i = 1; i < chain.length; i++) {
      chain[i - 1].after.push(chain[i]);
      chain[i].before.push(chain[i - 1]);
    }
    return chain;
  });
  order(columns);
  const height = place(columns);
  return {
    width: columns.length * (WIDTH + BETWEEN_COLUMNS) - BETWEEN_COLUMNS + 2 * MARGIN,
    height,
    places: nodes,
    ways: chains.map(way),
  };
}

/** The longest way from a source. */
function depths(ids, edges) {
  const depth = new Map(ids.map(id => [id, 0]));
  for (const id of ids) {
    for (const edge of edges.filter(each => each.from === id)) {
      depth.set(edge.to, Math.max(depth.get(edge.to), depth.get(id) + 1));
    }
  }
  return depth;
}

/** Each node near the middle of its neighbours, forwards and backwards, so that few edges cross. */
function order(columns) {
  const rank = () => columns.forEach(column => column.forEach((node, index) => {
    node.rank = index / column.length;
  }));
  const mean = (node, side) => node[side].length === 0
    ? node.rank
    : node[side].reduce((sum, other) => sum + other.rank, 0) / node[side].length;
  rank();
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const side = sweep % 2 === 0 ? 'before' : 'after';
    for (const column of sweep % 2 === 0 ? columns : [...columns].reverse()) {
      const means = new Map(column.map(node => [node, mean(node, side)]));
      column.sort((one, other) => means.get(one) - means.get(other));
      column.forEach((node, index) => {
        node.rank = index / column.length;
      });
    }
  }
}

/** Gives each node its x and y; columns are centred. */
function place(columns) {
  const heightOf = column => column.reduce((sum, node) => sum + node.height + BETWEEN_ROWS, -BETWEEN_ROWS);
  const highest = Math.max(...columns.map(heightOf));
  columns.forEach((column, index) => {
    let y = MARGIN + (highest - heightOf(column)) / 2;
    for (const node of column) {
      node.x = MARGIN + index * (WIDTH + BETWEEN_COLUMNS);
      node.y = y;
      y += node.height + BETWEEN_ROWS;
    }
  });
  return highest + 2 * MARGIN;
}

/** Out of the right side of the first node, straight past the others, into the left side of the last. */
function way(chain) {
  const middle = node => node.y + node.height / 2;
  const points = [[chain[0].x + WIDTH, middle(chain[0])]];
  for (const node of chain.slice(1, -1)) {
    points.push([node.x, middle(node)], [node.x + WIDTH, middle(node)]);
  }
  points.push([chain.at(-1).x, middle(chain.at(-1))]);
  return points;
}

/** The points as a smooth path: they come in pairs of a curve's ends. */
export function path(points) {
  let drawn = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [[x0, y0], [x, y]] = [points[i - 1], points[i]];
    const bend = (x0 + x) / 2;
    drawn += i % 2 === 1 ? ` C${bend},${y0} ${bend},${y} ${x},${y}` : ` L${x},${y}`;
  }
  return drawn;
}
