/* Part 2 of a forecast's map: arrows of the water's velocity at the slider's time. */

const ARROW_GAP = 28, REFERENCE_LENGTH = 20, MIN_LENGTH = 8, MAX_LENGTH = 30; // on the screen [px]
const COMPASS = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
const arrowRenderer = L.canvas({ pane: pane("lookout-flow", 390), padding: 0.3 }); // below the lines and their labels
map.getPane("lookout-flow").style.pointerEvents = "none";
const arrowStyle = { renderer: arrowRenderer, interactive: false, noClip: true, smoothFactor: 0, lineCap: "square" };
const arrowCasing = L.polyline([], { ...arrowStyle, color: data.paper, weight: 4.5 });
const arrowInk = L.polyline([], { ...arrowStyle, color: data.ink, weight: 1.75 });
const flowLayer = L.layerGroup([arrowCasing, arrowInk]);
let wholeField = null, finerField = null; // velocity, unpacked: of the whole grid, and of the part with finer pictures
let spread = { field: null, places: [] }; // indices of the places that have room on the screen

// Positions of all places, and their speed and azimuth at each lead time; null where the browser cannot unpack them
async function unpacked(packed, bounds) {
  if (!packed || !window.DecompressionStream) { return null; }
  const bytes = Uint8Array.from(atob(packed.packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer(), count = packed.count, steps = data.steps.length;
  const [[south, west], [north, east]] = bounds, shares = new DataView(buffer);
  const share = (index) => shares.getUint16(2 * index, true) / 65535;
  const positions = Array.from({ length: count }, (_, index) =>
    L.latLng(south + share(index) * (north - south), west + share(count + index) * (east - west)));
  const speeds = new Uint8Array(buffer, 4 * count, steps * count);
  const azimuths = new Uint8Array(buffer, 4 * count + steps * count, steps * count);
  return { ...packed, count, positions, speeds, azimuths };
}

async function useFlow(packed, bounds, fine) {
  const read = await unpacked(packed, bounds);
  if (fine) { finerField = read; } else { wholeField = read; }
  spread = { field: null, places: [] };
  drawFlow();
}

function flowField() {
  return wholeField && finerField && finer.surface === surface().name ? finerField : wholeField;
}

function atOneTime() { return surface().pictures.length > 1; }

function speedAt(field, index) { return field.speeds[index * data.steps.length + switches.step] * field.fastest / 63; }

function azimuthAt(field, index) { return field.azimuths[index * data.steps.length + switches.step] * Math.PI / 16; }

// Places with room around them, those first where water moves longest and fastest; the same ones at all times
function choosePlaces(field) {
  const cells = new Map();
  const strength = new Float64Array(field.count), steps = data.steps.length;
  field.speeds.forEach((speed, index) => { strength[Math.floor(index / steps)] += speed ? 30 + speed : 0; });
  const order = [...strength.keys()].sort((a, b) => strength[b] - strength[a]);
  const near = (x, y) => [-1, 0, 1].some((right) => [-1, 0, 1].some((down) =>
    (cells.get((x + right) + " " + (y + down)) || []).some((other) => other.distanceTo(near.point) < ARROW_GAP)));
  spread = { field: field, places: order.filter(function (index) {
    const point = near.point = map.project(field.positions[index]);
    const x = Math.floor(point.x / ARROW_GAP), y = Math.floor(point.y / ARROW_GAP), key = x + " " + y;
    if (near(x, y)) { return false; }
    cells.set(key, [...(cells.get(key) || []), point]);
    return true;
  }) };
}

function arrowLength(speed) {
  return Math.min(MAX_LENGTH, Math.max(MIN_LENGTH, REFERENCE_LENGTH * speed / wholeField.reference));
}

// The shaft and the head of an arrow around a point, as lines of points on the screen
function arrowLines(middle, azimuth, length) {
  const along = L.point(Math.sin(azimuth), -Math.cos(azimuth)), tip = middle.add(along.multiplyBy(length / 2));
  const barb = (turn) => tip.subtract(L.point(Math.sin(azimuth + turn), -Math.cos(azimuth + turn))
    .multiplyBy(Math.min(9, 0.5 * length)));
  return [[middle.subtract(along.multiplyBy(length / 2)), tip], [barb(0.5), tip, barb(-0.5)]];
}

function drawFlow() {
  if (!map.hasLayer(flowLayer)) { return; }
  const field = flowField(), seen = map.getBounds().pad(0.3), lines = [];
  if (field && field !== spread.field) { choosePlaces(field); }
  (field && atOneTime() ? spread.places : []).forEach(function (index) {
    const speed = speedAt(field, index);
    if (!speed || !seen.contains(field.positions[index])) { return; }
    const middle = map.project(field.positions[index]);
    arrowLines(middle, azimuthAt(field, index), arrowLength(speed))
      .forEach((line) => lines.push(line.map((point) => map.unproject(point))));
  });
  arrowCasing.setLatLngs(lines);
  arrowInk.setLatLngs(lines);
}

// What is told of the nearest place: "0.8 m/s to the north-east"; nothing where it is far, dry or at rest
function flowAt(position) {
  const field = flowField();
  if (!field || !atOneTime()) { return ""; }
  let nearest = -1, least = field.spacing;
  field.positions.forEach(function (place, index) {
    if (!speedAt(field, index)) { return; }
    const metres = Math.hypot(place.lat - position.lat,
      (place.lng - position.lng) * Math.cos(position.lat * Math.PI / 180)) * 111195;
    if (metres < least) { [nearest, least] = [index, metres]; }
  });
  if (nearest < 0) { return ""; }
  const speed = speedAt(field, nearest), way = COMPASS[Math.round(azimuthAt(field, nearest) * 4 / Math.PI) % 8];
  return (speed < 0.095 ? "below 0.1" : speed.toFixed(1)) + " m/s to the " + way;
}

function addFlowLegend(box) {
  if (!wholeField || !map.hasLayer(flowLayer)) { return; }
  const line = element("div", box, "", { class: "lookout-flow-legend" });
  if (!atOneTime()) { element("span", line, "Flow: move the slider to a time"); return; }
  const svg = L.SVG.create("svg");
  svg.setAttribute("width", REFERENCE_LENGTH + 8);
  svg.setAttribute("height", 14);
  [[data.paper, 4.5], [data.ink, 1.75]].forEach(function ([colour, width]) {
    arrowLines(L.point(REFERENCE_LENGTH / 2 + 4, 7), Math.PI / 2, REFERENCE_LENGTH).forEach(function (points) {
      const part = L.SVG.create("polyline");
      Object.entries({ points: points.map((point) => point.x + "," + point.y).join(" "), fill: "none",
        stroke: colour, "stroke-width": width }).forEach(([name, value]) => part.setAttribute(name, value));
      svg.append(part);
    });
  });
  line.append(svg);
  element("span", line, " " + wholeField.reference + " m/s" + (wholeField.estimated ? ", estimated" : ""));
}

map.on("zoomend", () => { spread.field = null; });
map.on("moveend", drawFlow);
