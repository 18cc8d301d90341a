/* Part 1 of a forecast's map: the switches that a visit keeps, the pictures of the water, and finer ones on request. */

const saved = readSwitches();
const switches = Object.assign({ surface: data.surface, step: data.first, opacity: data.opacity, shown: {} }, saved);
if (!data.surfaces[switches.surface]) { switches.surface = data.surface; }
if (switches.step >= data.steps.length) { switches.step = data.first; }
const channel = data.channel ? new BroadcastChannel(data.channel) : null;
let finer = null; // pictures of the part that is looked at, where those of the whole grid are too coarse for it

function readSwitches() {
  try { return JSON.parse(sessionStorage.getItem(data.key)) || {}; } catch (refused) { return {}; }
}

function saveSwitches() {
  try { sessionStorage.setItem(data.key, JSON.stringify(switches)); } catch (refused) { /* a closed browser */ }
}

// Texts reach the page as text nodes, never as HTML
function element(tag, parent, text, attributes) {
  const created = document.createElement(tag);
  Object.entries(attributes || {}).forEach(([name, value]) => created.setAttribute(name, value));
  if (text) { created.textContent = text; }
  if (parent) { parent.append(created); }
  return created;
}

function label(position, text, kind) {
  const icon = L.divIcon({ html: element("span", null, text), className: "lookout-label " + kind, iconSize: null });
  return L.marker(position, { icon: icon, interactive: false, keyboard: false });
}

// Pictures of the whole grid

function pane(name, height) {
  map.createPane(name).style.zIndex = height;
  return name;
}

function picture(address, name) {
  return L.imageOverlay(address, data.bounds, { pane: name, className: name, alt: "" });
}

const ground = picture(data.ground, pane("lookout-ground", 210)), finerGround = picture(data.ground, "lookout-ground");
const firstPicture = ofStep(surface().pictures);
const water = picture(firstPicture, pane("lookout-water", 220)).addTo(map);
const finerWater = picture(firstPicture, "lookout-water");
const images = data.surfaces.flatMap((drawn) => drawn.pictures).map(decoded);

function decoded(address) {
  const image = new Image(); // held by `images`, so that a change of step need not decode
  image.src = address;
  return image;
}

function surface() { return data.surfaces[switches.surface]; }

function ofStep(pictures) { return pictures[Math.min(switches.step, pictures.length - 1)]; }

function drawPictures() {
  water.setUrl(ofStep(surface().pictures));
  water.setOpacity(switches.opacity);
  const fits = finer && finer.surface === surface().name;
  if (fits) {
    finerWater.setBounds(finer.bounds).setUrl(ofStep(finer.pictures)).setOpacity(switches.opacity).addTo(map);
    finerGround.setBounds(finer.bounds).setUrl(finer.ground);
  } else {
    finerWater.remove();
  }
  fits && map.hasLayer(ground) ? finerGround.addTo(map) : finerGround.remove();
  [water, ground].forEach(function (layer) {
    if (layer.getElement()) { cut(layer.getElement(), fits ? finer.bounds : null); }
  });
  drawFlow();
}

// A hole in the coarse picture where the finer one lies: both are transparent where it is dry
function cut(image, hole) {
  if (!hole) { image.style.clipPath = ""; return; }
  const project = (corner) => L.CRS.EPSG3857.project(L.latLng(corner));
  const [low, high, from, to] = [data.bounds[0], data.bounds[1], hole[0], hole[1]].map(project);
  const across = (x) => (100 * (x - low.x) / (high.x - low.x)).toFixed(4) + "%";
  const down = (y) => (100 * (high.y - y) / (high.y - low.y)).toFixed(4) + "%";
  const [l, t, r, b] = [across(from.x), down(to.y), across(to.x), down(from.y)];
  image.style.clipPath = `polygon(evenodd, 0 0, 100% 0, 100% 100%, 0 100%, 0 0, ${l} ${t}, ${r} ${t}, ${r} ${b}, ` +
    `${l} ${b}, ${l} ${t})`;
}

// Finer pictures: asked of the page, which answers over the channel

function pixelSize(bounds, width) { // of a picture's pixel on the screen
  return (map.latLngToContainerPoint(bounds[1]).x - map.latLngToContainerPoint(bounds[0]).x) / width;
}

function askForFiner() {
  if (!channel || data.cells <= 1 || pixelSize(data.bounds, data.wide) <= 1.5) { return; }
  const visible = map.getBounds();
  if (finer && finer.surface === surface().name && L.latLngBounds(finer.bounds).contains(covered(visible)) &&
    (finer.cells <= 1 || pixelSize(finer.bounds, finer.wide) <= 1.5)) { return; }
  const wanted = visible.pad(0.15), size = map.getSize();
  channel.postMessage({ look: {
    bounds: [wanted.getSouth(), wanted.getWest(), wanted.getNorth(), wanted.getEast()],
    size: [Math.round(1.3 * size.x), Math.round(1.3 * size.y)], surface: surface().name,
  } });
}

function covered(visible) { // the part of what is visible that the forecast covers
  const all = L.latLngBounds(data.bounds);
  return all.intersects(visible) ? L.latLngBounds(
    [Math.max(all.getSouth(), visible.getSouth()), Math.max(all.getWest(), visible.getWest())],
    [Math.min(all.getNorth(), visible.getNorth()), Math.min(all.getEast(), visible.getEast())]) : all;
}

let timer = null;
function askSoon() {
  clearTimeout(timer);
  timer = setTimeout(askForFiner, 250);
}
map.on("moveend", askSoon);
