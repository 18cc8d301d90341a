/* Part 3 of a forecast's map: lines and assets, the panel that switches them, its tools, the legend, the pointer. */

const layers = { "Hillshade": ground };
if (data.flow) { layers["Flow"] = flowLayer; }
const thin = { interactive: false, weight: 1.5, color: data.ink };
// Lines are thin and dashed with a casing of the same dashes: the water shows in the gaps
const dashes = { dashArray: "7 7", lineCap: "butt", weight: 1.5 }, casing = { ...dashes, color: data.paper, weight: 3.5 };
if (data.outline.length) { layers["Greatest extent"] = L.polyline(data.outline, thin); }
if (data.arrivals.length) { layers["Times of arrival"] = arrivals(); }
if (data.routes.length) { layers["Routes of the water"] = routes(); }
if (data.assets.length) { layers["Your assets"] = assets(); }

function arrivals() {
  const group = L.layerGroup();
  data.arrivals.forEach(function (arrival) {
    L.polyline(arrival.lines, { ...casing, bubblingMouseEvents: true })
      .bindTooltip(element("span", null, arrival.told), { sticky: true }).addTo(group);
    L.polyline(arrival.lines, { ...dashes, interactive: false, color: data.ink }).addTo(group);
    const longest = arrival.lines.slice().sort((a, b) => b.length - a.length).slice(0, 2);
    longest.forEach((line) => label(line[Math.floor(line.length / 2)], arrival.text, "arrival").addTo(group));
  });
  return group;
}

function routes() {
  const group = L.layerGroup();
  data.routes.forEach(function (route) {
    L.polyline(route.line, { ...casing, interactive: false }).addTo(group);
    L.polyline(route.line, { ...dashes, color: data.route, bubblingMouseEvents: true })
      .bindTooltip(element("span", null, route.told), { sticky: true }).addTo(group);
    route.marks.forEach((mark) => label([mark[0], mark[1]], mark[2], "route").addTo(group));
  });
  return group;
}

function assets() {
  const group = L.layerGroup();
  data.assets.forEach(function (asset) {
    L.circleMarker([asset.latitude, asset.longitude], { radius: 9, weight: 3, color: data.paper, fillOpacity: 1,
      fillColor: asset.flooded ? data.route : data.ink, bubblingMouseEvents: false })
      .bindTooltip(element("span", null, asset.told), { className: "lookout-told" })
      .on("click", (event) => clicked(event.target.getLatLng())).addTo(group); // the place itself, not beside it
    label([asset.latitude, asset.longitude], asset.label, "asset").addTo(group);
    const icon = L.divIcon({ html: element("span", null, asset.number), className: "lookout-number", iconSize: null });
    L.marker([asset.latitude, asset.longitude], { icon: icon, interactive: false, keyboard: false }).addTo(group);
  });
  return group;
}

// Labels that would lie on one another: the later ones are hidden
function arrangeLabels() {
  const taken = [], labels = [...map.getContainer().querySelectorAll(".lookout-label")];
  labels.sort((a, b) => b.classList.contains("asset") - a.classList.contains("asset"));
  labels.forEach(function (mark) {
    mark.style.visibility = "";
    const box = mark.firstChild.getBoundingClientRect();
    const free = taken.every((other) => box.right < other.left || box.left > other.right ||
      box.bottom < other.top || box.top > other.bottom);
    if (free) { taken.push(box); } else { mark.style.visibility = "hidden"; }
  });
}
map.on("zoomend layeradd layerremove", () => requestAnimationFrame(arrangeLabels));

// The panel

const panel = L.control({ position: "topright" });
let measureStatus, findStatus;
panel.onAdd = function () {
  const box = element("details", null, "", { class: "lookout-legend lookout-panel" });
  L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
  box.open = window.innerWidth > 640 && !data.quiet;
  element("summary", box, "Layers and tools");
  const colours = element("fieldset", box);
  element("legend", colours, "Colours");
  data.surfaces.forEach(function (drawn, index) {
    choice(colours, "radio", drawn.name, index === switches.surface, function () {
      switches.surface = index;
      updateLegend();
      askSoon();
    });
  });
  const overlays = element("fieldset", box);
  element("legend", overlays, "Also show");
  Object.keys(layers).forEach(function (name) {
    const wanted = name in switches.shown ? switches.shown[name] : data.shown.includes(name);
    const turn = (on) => {
      on ? layers[name].addTo(map) : layers[name].remove();
      if (on && layers[name] === flowLayer) { showOverTime(); }
      switches.shown[name] = on;
      updateLegend();
    };
    choice(overlays, "checkbox", name, wanted, (input) => turn(input.checked));
    if (wanted) { layers[name].addTo(map); }
  });
  const strength = element("label", box, "Strength of the colours");
  const range = element("input", strength, "", { type: "range", min: 20, max: 100, step: 5 });
  range.value = 100 * switches.opacity;
  range.addEventListener("input", function () {
    switches.opacity = range.value / 100;
    drawPictures();
    saveSwitches();
  });
  addFinder(box);
  addMeasure(box);
  return box;
};

function choice(parent, kind, name, on, changed) {
  const line = element("label", parent), input = element("input", line, "", { type: kind, name: "lookout-" + kind });
  input.checked = on;
  line.append(" " + name);
  input.addEventListener("change", () => changed(input));
}

function addFinder(box) {
  const form = element("form", box), line = element("label", form, "Latitude, longitude");
  const input = element("input", line, "", { type: "text", placeholder: data.example, autocomplete: "off" });
  element("button", form, "Go", { type: "submit" });
  findStatus = element("div", box, "", { role: "status" });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    const match = input.value.match(/^\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*$/);
    const position = match && Math.abs(match[1]) <= 90 && Math.abs(match[2]) <= 180 ?
      L.latLng(match[1], match[2]) : null;
    findStatus.textContent = position ? "" : "Expected degrees such as " + data.example + ".";
    if (position) { go(position); pick(position); }
  });
}

function go(position) { map.setView(position, Math.max(map.getZoom(), 15), { animate: false }); }

let measured = null; // the line whose length is shown; null while nothing is measured
function addMeasure(box) {
  const button = element("button", box, "Measure a distance", { type: "button", "aria-pressed": "false" });
  measureStatus = element("div", box, "", { role: "status" });
  button.addEventListener("click", function () {
    if (measured) { measured.remove(); }
    measured = measured ? null : L.polyline([], { color: data.route, weight: 3, interactive: false }).addTo(map);
    button.setAttribute("aria-pressed", String(Boolean(measured)));
    measureStatus.textContent = measured ? "Choose two or more points on the map." : "";
  });
}

function measure(position) {
  const points = measured.addLatLng(position).getLatLngs();
  const metres = points.slice(1).reduce((sum, point, before) => sum + map.distance(points[before], point), 0);
  measureStatus.textContent = points.length < 2 ? "Choose the next point." :
    metres < 1000 ? metres.toFixed(0) + " m" : (metres / 1000).toFixed(2) + " km";
}

// The legend, and where the pointer is

const legend = L.control({ position: "bottomright" });
legend.onAdd = () => element("div", null, "", { class: "lookout-legend lookout-steps" });

function updateLegend() {
  const box = legend.getContainer(), drawn = surface();
  box.replaceChildren();
  element("b", box, drawn.heading);
  drawn.entries.forEach(function (entry) {
    const line = element("div", box);
    element("i", line).style.background = entry[0];
    element("span", line, entry[1]);
  });
  addFlowLegend(box);
  drawPictures();
  updateTime();
  saveSwitches();
}

const pointer = L.control({ position: "bottomleft" });
pointer.onAdd = () => element("div", null, "", { class: "lookout-legend lookout-pointer", hidden: "" });
function tellPointer(where) {
  const box = pointer.getContainer(), position = where.wrap(), flow = flowAt(position);
  box.hidden = false;
  box.textContent = position.lat.toFixed(5) + ", " + position.lng.toFixed(5) + (flow ? "; " + flow : "");
}
map.on("mousemove", (event) => tellPointer(event.latlng));
map.on("mouseout", () => { pointer.getContainer().hidden = true; });
