/* Part 4 of a forecast's map: the time slider, the chosen place, and what the page and the maps beside this one say. */

const bar = element("div", document.body, "", { class: "lookout-time", role: "region", "aria-label": "Time" });
const play = element("button", bar, "Play", { type: "button" });
const slider = element("input", bar, "", { type: "range", min: 0, max: data.steps.length - 1, step: 1,
  "aria-label": "Time since the start" });
const shownTime = element("output", bar);
let playing = null; // the interval that moves the slider
const overTime = data.surfaces.findIndex((drawn) => drawn.pictures.length > 1);

function showOverTime() { // who moves the time wants to see it: from a surface of any time to one over time
  if (surface().pictures.length > 1 || overTime < 0) { return; }
  switches.surface = overTime;
  panel.getContainer().querySelectorAll("input[name=lookout-radio]")[overTime].checked = true;
  updateLegend();
  askSoon();
}

function updateTime() {
  const moves = surface().pictures.length > 1;
  slider.disabled = play.disabled = overTime < 0;
  slider.value = switches.step;
  slider.setAttribute("aria-valuetext", data.steps[switches.step]);
  shownTime.textContent = moves ? data.steps[switches.step] : "At any time";
  if (!moves) { stop(); }
}

function show(step) {
  switches.step = step;
  drawPictures();
  updateTime();
  saveSwitches();
}

function stop() {
  clearInterval(playing);
  playing = null;
  play.textContent = "Play";
}

slider.addEventListener("input", function () {
  const step = Number(slider.value);
  stop();
  showOverTime();
  show(step);
  tellGroup({ step: switches.step });
});
play.addEventListener("click", function () {
  if (playing) { stop(); return; }
  play.textContent = "Pause";
  showOverTime();
  const next = () => { show((switches.step + 1) % data.steps.length); tellGroup({ step: switches.step }); };
  next();
  playing = setInterval(next, 800);
});
if (data.steps.length < 2) { bar.hidden = true; }

// A place is chosen by a click, by Enter in the middle of the map, or by its coordinates

const chosen = L.circleMarker([0, 0], { radius: 9, weight: 3, color: data.route, fill: false, interactive: false });
let unheard = null; // a place is told again to a page that was not listening
function tellPlace() { if (channel && unheard) { channel.postMessage({ picked: unheard }); } }
function pick(position) {
  chosen.setLatLng(position).addTo(map);
  unheard = [position.lat, position.wrap().lng];
  tellPlace();
  tellPointer(position); // a finger has no pointer that moves
}

function clicked(position) { measured ? measure(position) : pick(position); }

map.on("click", (event) => clicked(event.latlng));
const frame = map.getContainer();
frame.addEventListener("keydown", function (event) {
  if (event.key === "Enter" && event.target === frame) { clicked(map.getCenter()); }
});
// Who comes by keyboard sees the middle; a pointer needs no mark
["keydown", "keyup"].forEach((name) => frame.addEventListener(name, () => frame.classList.add("lookout-keys")));
frame.addEventListener("pointerdown", () => frame.classList.remove("lookout-keys"));
frame.setAttribute("role", "application");
frame.setAttribute("aria-label", data.about);

// What the page and the maps beside this one say

if (channel) {
  channel.onmessage = function (event) {
    const message = event.data;
    if (message.finer) {
      finer = message.finer;
      finerField = null;
      images.push(...finer.pictures.map(decoded));
      drawPictures();
      useFlow(finer.flow, finer.bounds, true);
    }
    if (message.heard) { unheard = null; }
    if (message.hello) { askSoon(); tellPlace(); }
    if (message.go) { go(L.latLng(message.go)); chosen.setLatLng(message.go).addTo(map); }
  };
}

const group = data.group ? new BroadcastChannel(data.group) : null;
let following = false; // while another map's move is followed, which must not be sent back
function tellGroup(message) { if (group && !following) { group.postMessage(message); } }
map.on("moveend", () => tellGroup({ center: [map.getCenter().lat, map.getCenter().lng], zoom: map.getZoom() }));
if (group) {
  group.onmessage = function (event) {
    following = true;
    if (event.data.center) { map.setView(event.data.center, event.data.zoom, { animate: false }); }
    if ("step" in event.data && event.data.step < data.steps.length) { show(event.data.step); }
    following = false;
  };
}

panel.addTo(map);
legend.addTo(map);
legend.getContainer().hidden = !data.legend;
pointer.addTo(map);
updateLegend();
useFlow(data.flow, data.bounds).then(updateLegend);
new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
askSoon();
