/* A flood on a map: colours that follow a time slider, lines, a legend, tools. Texts reach the page as text nodes. */
(function (map, given) {
  "use strict";

  const kept = recall();
  const switches = Object.assign({ surface: 0, step: given.first, opacity: given.opacity, shown: {} }, kept);
  if (!given.surfaces[switches.surface]) { switches.surface = 0; }
  if (switches.step >= given.steps.length) { switches.step = given.first; }
  const channel = given.channel ? new BroadcastChannel(given.channel) : null;
  let finer = null; // pictures of the part that is looked at, where the whole is too coarse for it

  function recall() {
    try { return JSON.parse(sessionStorage.getItem(given.key)) || {}; } catch (refused) { return {}; }
  }

  function keep() {
    try { sessionStorage.setItem(given.key, JSON.stringify(switches)); } catch (refused) { /* a closed browser */ }
  }

  function node(kind, into, text, about) {
    const made = document.createElement(kind);
    Object.entries(about || {}).forEach(([name, value]) => made.setAttribute(name, value));
    if (text) { made.textContent = text; }
    if (into) { into.append(made); }
    return made;
  }

  function label(place, text, kind) {
    const icon = L.divIcon({ html: node("span", null, text), className: "lookout-label " + kind, iconSize: null });
    return L.marker(place, { icon: icon, interactive: false, keyboard: false });
  }

  // Pictures

  function pane(name, height) {
    map.createPane(name).style.zIndex = height;
    return name;
  }

  function picture(address, name) {
    return L.imageOverlay(address, given.bounds, { pane: name, className: name, alt: "" });
  }

  const ground = picture(given.ground, pane("lookout-ground", 210)), finerGround = picture(given.ground, "lookout-ground");
  const first = ofStep(surface().pictures);
  const water = picture(first, pane("lookout-water", 220)).addTo(map), finerWater = picture(first, "lookout-water");
  const ready = given.surfaces.flatMap((one) => one.pictures).map(decoded);

  function decoded(address) {
    const made = new Image(); // held by `ready`, so that a change of step need not decode
    made.src = address;
    return made;
  }

  function surface() { return given.surfaces[switches.surface]; }

  function ofStep(pictures) { return pictures[Math.min(switches.step, pictures.length - 1)]; }

  function colour() {
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
    [water, ground].forEach((one) => { if (one.getElement()) { cut(one.getElement(), fits ? finer.bounds : null); } });
  }

  // A hole in the coarse picture where the finer one lies: both are transparent where it is dry
  function cut(image, hole) {
    if (!hole) { image.style.clipPath = ""; return; }
    const flat = (place) => L.CRS.EPSG3857.project(L.latLng(place));
    const [low, high, from, to] = [given.bounds[0], given.bounds[1], hole[0], hole[1]].map(flat);
    const across = (x) => (100 * (x - low.x) / (high.x - low.x)).toFixed(4) + "%";
    const down = (y) => (100 * (high.y - y) / (high.y - low.y)).toFixed(4) + "%";
    const [l, t, r, b] = [across(from.x), down(to.y), across(to.x), down(from.y)];
    image.style.clipPath = `polygon(evenodd, 0 0, 100% 0, 100% 100%, 0 100%, 0 0, ${l} ${t}, ${r} ${t}, ${r} ${b}, ` +
      `${l} ${b}, ${l} ${t})`;
  }

  function pixel(where, wide) { // on the screen
    return (map.latLngToContainerPoint(where[1]).x - map.latLngToContainerPoint(where[0]).x) / wide;
  }

  function askForFiner() {
    if (!channel || given.cells <= 1 || pixel(given.bounds, given.wide) <= 1.5) { return; }
    const seen = map.getBounds();
    if (finer && finer.surface === surface().name && L.latLngBounds(finer.bounds).contains(inside(seen)) &&
      (finer.cells <= 1 || pixel(finer.bounds, finer.wide) <= 1.5)) { return; }
    const asked = seen.pad(0.15), size = map.getSize();
    channel.postMessage({ look: {
      bounds: [asked.getSouth(), asked.getWest(), asked.getNorth(), asked.getEast()],
      size: [Math.round(1.3 * size.x), Math.round(1.3 * size.y)], surface: surface().name,
    } });
  }

  function inside(seen) { // of what is seen, what the forecast covers
    const all = L.latLngBounds(given.bounds);
    return all.intersects(seen) ? L.latLngBounds(
      [Math.max(all.getSouth(), seen.getSouth()), Math.max(all.getWest(), seen.getWest())],
      [Math.min(all.getNorth(), seen.getNorth()), Math.min(all.getEast(), seen.getEast())]) : all;
  }

  let waiting = null;
  function lookSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(askForFiner, 250);
  }
  map.on("moveend", lookSoon);

  // Lines and places

  const layers = { "Hillshade": ground };
  const thin = { interactive: false, weight: 1.5, color: given.ink };
  if (given.outline.length) { layers["Edge of the water"] = L.polyline(given.outline, thin); }
  if (given.arrivals.length) { layers["Times of arrival"] = arrivals(); }
  if (given.routes.length) { layers["Routes of the water"] = routes(); }
  if (given.assets.length) { layers["Your assets"] = assets(); }

  function arrivals() {
    const made = L.layerGroup();
    given.arrivals.forEach(function (one) {
      L.polyline(one.lines, { weight: 4, color: given.paper, opacity: 0.7, bubblingMouseEvents: true })
        .bindTooltip(node("span", null, "The water arrives after " + one.text), { sticky: true }).addTo(made);
      L.polyline(one.lines, { interactive: false, weight: 1.5, color: given.ink, dashArray: "6 3" }).addTo(made);
      const longest = one.lines.slice().sort((a, b) => b.length - a.length).slice(0, 2);
      longest.forEach((line) => label(line[Math.floor(line.length / 2)], one.text, "arrival").addTo(made));
    });
    return made;
  }

  function routes() {
    const made = L.layerGroup();
    given.routes.forEach(function (one) {
      L.polyline(one.line, { interactive: false, weight: 4, color: given.paper, opacity: 0.8 }).addTo(made);
      L.polyline(one.line, { weight: 2, color: given.route, bubblingMouseEvents: true })
        .bindTooltip(node("span", null, one.told), { sticky: true }).addTo(made);
      one.marks.forEach((mark) => label([mark[0], mark[1]], mark[2], "route").addTo(made));
    });
    return made;
  }

  function assets() {
    const made = L.layerGroup();
    given.assets.forEach(function (one) {
      L.circleMarker([one.latitude, one.longitude], { radius: 8, weight: 3, color: given.paper, fillOpacity: 1,
        fillColor: one.flooded ? given.route : given.ink, bubblingMouseEvents: true })
        .bindTooltip(node("span", null, one.told), { className: "lookout-told" }).addTo(made);
      label([one.latitude, one.longitude], one.name, "asset").addTo(made);
    });
    return made;
  }

  // Labels that would lie on one another: the later ones are hidden
  function arrange() {
    const taken = [], labels = [...map.getContainer().querySelectorAll(".lookout-label")];
    labels.sort((a, b) => b.classList.contains("asset") - a.classList.contains("asset"));
    labels.forEach(function (one) {
      one.style.visibility = "";
      const box = one.firstChild.getBoundingClientRect();
      const free = taken.every((other) => box.right < other.left || box.left > other.right ||
        box.bottom < other.top || box.top > other.bottom);
      if (free) { taken.push(box); } else { one.style.visibility = "hidden"; }
    });
  }
  map.on("zoomend layeradd layerremove", () => requestAnimationFrame(arrange));

  // The panel

  const panel = L.control({ position: "topright" });
  let measureSaid, findSaid;
  panel.onAdd = function () {
    const box = node("details", null, "", { class: "lookout-legend lookout-panel" });
    L.DomEvent.disableClickPropagation(box).disableScrollPropagation(box);
    box.open = window.innerWidth > 640 && !given.quiet;
    node("summary", box, "Layers and tools");
    const colours = node("fieldset", box);
    node("legend", colours, "Colours");
    given.surfaces.forEach(function (one, place) {
      choice(colours, "radio", one.name, place === switches.surface, function () {
        switches.surface = place;
        told();
        lookSoon();
      });
    });
    const also = node("fieldset", box);
    node("legend", also, "Also show");
    Object.keys(layers).forEach(function (name) {
      const wanted = name in switches.shown ? switches.shown[name] : given.shown.includes(name);
      const turn = (on) => {
        on ? layers[name].addTo(map) : layers[name].remove();
        switches.shown[name] = on;
        colour();
        keep();
      };
      choice(also, "checkbox", name, wanted, (input) => turn(input.checked));
      if (wanted) { layers[name].addTo(map); }
    });
    const strength = node("label", box, "Strength of the colours");
    const range = node("input", strength, "", { type: "range", min: 20, max: 100, step: 5 });
    range.value = 100 * switches.opacity;
    range.addEventListener("input", function () { switches.opacity = range.value / 100; colour(); keep(); });
    finder(box);
    measurer(box);
    return box;
  };

  function choice(into, kind, name, on, changed) {
    const line = node("label", into), input = node("input", line, "", { type: kind, name: "lookout-" + kind });
    input.checked = on;
    line.append(" " + name);
    input.addEventListener("change", () => changed(input));
  }

  function finder(box) {
    const form = node("form", box), line = node("label", form, "Latitude, longitude");
    const input = node("input", line, "", { type: "text", placeholder: given.example, autocomplete: "off" });
    node("button", form, "Go", { type: "submit" });
    findSaid = node("div", box, "", { role: "status" });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      const found = input.value.match(/^\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*$/);
      const place = found && Math.abs(found[1]) <= 90 && Math.abs(found[2]) <= 180 ? L.latLng(found[1], found[2]) : null;
      findSaid.textContent = place ? "" : "Expected degrees such as " + given.example + ".";
      if (place) { go(place); pick(place); }
    });
  }

  function go(place) { map.setView(place, Math.max(map.getZoom(), 15), { animate: false }); }

  let measured = null;
  function measurer(box) {
    const button = node("button", box, "Measure a distance", { type: "button", "aria-pressed": "false" });
    measureSaid = node("div", box, "", { role: "status" });
    button.addEventListener("click", function () {
      if (measured) { measured.remove(); }
      measured = measured ? null : L.polyline([], { color: given.route, weight: 3, interactive: false }).addTo(map);
      button.setAttribute("aria-pressed", String(Boolean(measured)));
      measureSaid.textContent = measured ? "Choose two or more points on the map." : "";
    });
  }

  function measure(place) {
    const points = measured.addLatLng(place).getLatLngs();
    const metres = points.slice(1).reduce((sum, one, before) => sum + map.distance(points[before], one), 0);
    measureSaid.textContent = points.length < 2 ? "Choose the next point." :
      metres < 1000 ? metres.toFixed(0) + " m" : (metres / 1000).toFixed(2) + " km";
  }

  // The legend, and where the pointer is

  const legend = L.control({ position: "bottomright" });
  legend.onAdd = () => node("div", null, "", { class: "lookout-legend lookout-steps" });

  function told() {
    const box = legend.getContainer(), one = surface();
    box.replaceChildren();
    node("b", box, one.heading);
    one.entries.forEach(function (entry) {
      const line = node("div", box);
      node("i", line).style.background = entry[0];
      node("span", line, entry[1]);
    });
    colour();
    toldTime();
    keep();
  }

  const pointer = L.control({ position: "bottomleft" });
  pointer.onAdd = () => node("div", null, "", { class: "lookout-legend lookout-pointer", hidden: "" });
  map.on("mousemove", function (event) {
    const box = pointer.getContainer(), at = event.latlng.wrap();
    box.hidden = false;
    box.textContent = at.lat.toFixed(5) + ", " + at.lng.toFixed(5);
  });
  map.on("mouseout", () => { pointer.getContainer().hidden = true; });

  // Time

  const bar = node("div", document.body, "", { class: "lookout-time", role: "region", "aria-label": "Time" });
  const play = node("button", bar, "Play", { type: "button" });
  const slider = node("input", bar, "", { type: "range", min: 0, max: given.steps.length - 1, step: 1,
    "aria-label": "Time since the start" });
  const said = node("output", bar);
  let playing = null;

  function toldTime() {
    const moves = surface().pictures.length > 1;
    slider.disabled = play.disabled = !moves;
    slider.value = switches.step;
    slider.setAttribute("aria-valuetext", given.steps[switches.step]);
    said.textContent = moves ? given.steps[switches.step] + " after the start" : "At any time";
    if (!moves) { stop(); }
  }

  function show(step) {
    switches.step = step;
    colour();
    toldTime();
    keep();
  }

  function stop() {
    clearInterval(playing);
    playing = null;
    play.textContent = "Play";
  }

  slider.addEventListener("input", function () { stop(); show(Number(slider.value)); tell({ step: switches.step }); });
  play.addEventListener("click", function () {
    if (playing) { stop(); return; }
    play.textContent = "Pause";
    const next = () => { show((switches.step + 1) % given.steps.length); tell({ step: switches.step }); };
    next();
    playing = setInterval(next, 800);
  });
  if (given.steps.length < 2) { bar.hidden = true; }

  // A place is chosen by a click, by Enter in the middle of the map, or by its coordinates

  const chosen = L.circleMarker([0, 0], { radius: 9, weight: 3, color: given.route, fill: false, interactive: false });
  let unheard = null; // a place is told again to a page that was not listening
  function tellPlace() { if (channel && unheard) { channel.postMessage({ picked: unheard }); } }
  function pick(place) {
    chosen.setLatLng(place).addTo(map);
    unheard = [place.lat, place.wrap().lng];
    tellPlace();
  }

  function clicked(place) { measured ? measure(place) : pick(place); }

  map.on("click", (event) => clicked(event.latlng));
  const frame = map.getContainer();
  frame.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target === frame) { clicked(map.getCenter()); }
  });
  // Who comes by keyboard sees the middle; a pointer needs no mark
  ["keydown", "keyup"].forEach((name) => frame.addEventListener(name, () => frame.classList.add("lookout-keys")));
  frame.addEventListener("pointerdown", () => frame.classList.remove("lookout-keys"));
  frame.setAttribute("role", "application");
  frame.setAttribute("aria-label", given.about);

  // What the page and the maps beside this one say

  if (channel) {
    channel.onmessage = function (event) {
      const heard = event.data;
      if (heard.finer) { finer = heard.finer; ready.push(...finer.pictures.map(decoded)); colour(); }
      if (heard.heard) { unheard = null; }
      if (heard.hello) { lookSoon(); tellPlace(); }
      if (heard.go) { go(L.latLng(heard.go)); chosen.setLatLng(heard.go).addTo(map); }
    };
  }

  const group = given.group ? new BroadcastChannel(given.group) : null;
  let following = false;
  function tell(what) { if (group && !following) { group.postMessage(what); } }
  map.on("moveend", () => tell({ center: [map.getCenter().lat, map.getCenter().lng], zoom: map.getZoom() }));
  if (group) {
    group.onmessage = function (event) {
      following = true;
      if (event.data.center) { map.setView(event.data.center, event.data.zoom, { animate: false }); }
      if ("step" in event.data && event.data.step < given.steps.length) { show(event.data.step); }
      following = false;
    };
  }

  panel.addTo(map);
  legend.addTo(map);
  legend.getContainer().hidden = !given.legend;
  pointer.addTo(map);
  told();
  new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
  lookSoon();
})
