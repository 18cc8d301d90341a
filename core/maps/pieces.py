"""Elements that Folium lacks for a map without tiles: a graticule, named outlines, a legend, and a view that is kept.

Texts reach the browser as JSON and the page as text nodes, never as HTML: names and categories come from other
people's tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import ClassVar

import folium
from folium.elements import JSCSSMixin, MacroElement
from folium.map import Layer
from folium.template import Template

from core.maps.areas import Outline
from core.maps.assets import address


class ZoomableMap(folium.Map):
    """Folium's map without its word to browsers that nobody may zoom the page."""

    def render(self, **kwargs: object) -> None:
        """Render as Folium does, and correct the head."""
        super().render(**kwargs)
        head, name = self.get_root().header, self.get_name()
        rendered = head._children[name].render()
        head.add_child(folium.Element(re.sub(r",\s*maximum-scale=[\d.]+, user-scalable=no", "", rendered)), name=name)


class Graticule(MacroElement):
    """Lines of latitude and longitude with their degrees, at least APART pixels from one another at any zoom."""

    APART = 90  # px: a label such as 122.425° W, and a gap
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map) {
          var lines = L.layerGroup().addTo(map);
          function label(degrees, step, positive, negative) {
            var digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
            return Math.abs(degrees).toFixed(digits) + "° " + (degrees < 0 ? negative : positive);
          }
          function write(place, text, kind) {
            var node = document.createElement("span");
            node.textContent = text;
            L.marker(place, {interactive: false, keyboard: false, zIndexOffset: -100000, icon: L.divIcon(
              {html: node, className: "lookout-degrees " + kind, iconSize: null})}).addTo(lines);
          }
          function draw() {
            lines.clearLayers();
            var shown = map.getBounds(), wide = shown.pad(1), span = shown.getEast() - shown.getWest();
            var least = span * {{ this.APART }} / map.getSize().x, step = Math.pow(10, Math.floor(Math.log10(least)));
            step *= [1, 2, 5, 10].find((times) => times === 10 || step * times >= least);
            var style = {color: "{{ this.colour }}", weight: 1, opacity: 0.5, interactive: false};
            for (var east = Math.ceil(wide.getWest() / step) * step; east < wide.getEast(); east += step) {
              L.polyline([[wide.getSouth(), east], [wide.getNorth(), east]], style).addTo(lines);
              write([shown.getNorth(), east], label(east, step, "E", "W"), "east");
            }
            for (var north = Math.ceil(wide.getSouth() / step) * step; north < wide.getNorth(); north += step) {
              L.polyline([[north, wide.getWest()], [north, wide.getEast()]], style).addTo(lines);
              write([north, shown.getWest()], label(north, step, "N", "S"), "north");
            }
          }
          map.on("moveend resize", draw);
          map.whenReady(draw);
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, colour: str) -> None:
        super().__init__()
        self._name, self.colour = "Graticule", colour


class Outlines(Layer):
    """Borders of areas, with their names if there are few; a name that would lie on another is moved down.

    colour: of the border. halo: of what parts it from hexagons of its own colour.
    """

    MAX_NAMES = 80

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = (function () {
          var map = {{ this._parent.get_name() }}, group = L.layerGroup(), names = [];
          {{ this.outlines|tojson }}.forEach(function (one) {
            L.polyline(one.rings, {color: "{{ this.halo }}", weight: 4, opacity: 0.7, interactive: false}).addTo(group);
            L.polyline(one.rings, {color: "{{ this.colour }}", weight: 1.5, dashArray: "4 3", interactive: false})
              .addTo(group);
            if (!one.named) { return; }
            var node = document.createElement("span");
            node.textContent = one.name;
            L.marker(one.middle, {interactive: false, keyboard: false, icon: L.divIcon(
              {html: node, className: "lookout-name", iconSize: null})}).addTo(group);
            names.push({node: node, middle: one.middle});
          });
          function arrange() {
            var taken = [];
            names.forEach(function (name) {
              var at = map.latLngToLayerPoint(name.middle), down = 0;
              var wide = name.node.offsetWidth, high = name.node.offsetHeight;
              while (high && taken.some((other) => Math.abs(other.x - at.x) < (other.wide + wide) / 2 &&
                Math.abs(other.y - at.y - down) < high)) { down += 2; }
              name.node.style.marginTop = down + "px";
              taken.push({x: at.x, y: at.y + down, wide: wide});
            });
          }
          group.on("add", arrange);
          map.on("zoomend", arrange);
          return group;
        })();
        {% endmacro %}
        """
    )

    def __init__(self, outlines: Sequence[Outline], colour: str, halo: str, name: str) -> None:
        super().__init__(name=name, overlay=True, show=True)
        self._name, self.colour, self.halo = "Outlines", colour, halo
        named = len(outlines) <= self.MAX_NAMES
        self.outlines: list[dict[str, object]] = [{**asdict(outline), "named": named} for outline in outlines]


class Clusters(JSCSSMixin, Layer):
    """Markers; those that would overlap become one circle with their number, a click on a single one shows its text.

    rows: latitude, longitude [degrees] and text of each marker.
    """

    default_js: ClassVar = [("markercluster", address("markercluster.js"))]
    default_css: ClassVar = [("markercluster_css", address("markercluster.css"))]
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.markerClusterGroup({showCoverageOnHover: false, iconCreateFunction:
          function (cluster) {
            var node = document.createElement("div");
            node.textContent = cluster.getChildCount();
            return L.divIcon({html: node, className: "lookout-cluster", iconSize: [40, 40]});
          }
        });
        {{ this.get_name() }}.addLayers({{ this.rows|tojson }}.map(function (row) {
          var node = document.createElement("div");
          node.className = "lookout-told";
          node.textContent = row[2];
          return L.circleMarker([row[0], row[1]], {radius: 7, weight: 1, color: "#FFFFFF",
            fillColor: "{{ this.colour }}", fillOpacity: 0.9}).bindPopup(node);
        }));
        {% endmacro %}
        """
    )

    def __init__(self, rows: Sequence[tuple[float, float, str]], colour: str, name: str) -> None:
        super().__init__(name=name, overlay=True, show=False)
        self._name, self.rows, self.colour = "Clusters", rows, colour


class Legend(MacroElement):
    """Boxes of colour with what they mean, in a corner; a heading above."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map) {
          var legend = L.control({position: "bottomright"});
          legend.onAdd = function () {
            var box = L.DomUtil.create("div", "lookout-legend");
            L.DomUtil.create("b", "", box).textContent = {{ this.heading|tojson }};
            {{ this.entries|tojson }}.forEach(function (entry) {
              var line = L.DomUtil.create("div", "", box);
              L.DomUtil.create("i", "", line).style.background = entry[0];
              L.DomUtil.create("span", "", line).textContent = entry[1];
            });
            return box;
          };
          legend.addTo(map);
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, heading: str, entries: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._name, self.heading, self.entries = "Legend", heading, list(entries)


class KeptView(MacroElement):
    """Place, zoom and layers stay in this visit when the map is drawn anew with other records."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map, layers) {
          var key = {{ this.key|tojson }}, kept = null;
          try { kept = JSON.parse(sessionStorage.getItem(key)); } catch (refused) { return; }
          if (kept) {
            map.setView(kept.center, kept.zoom, {animate: false});
            Object.keys(layers).forEach(function (name) {
              if (name in kept.layers) { kept.layers[name] ? layers[name].addTo(map) : layers[name].remove(); }
            });
          }
          function keep() {
            var shown = {};
            Object.keys(layers).forEach(function (name) { shown[name] = map.hasLayer(layers[name]); });
            sessionStorage.setItem(key, JSON.stringify({center: map.getCenter(), zoom: map.getZoom(), layers: shown}));
          }
          map.on("moveend overlayadd overlayremove", keep);
        })({{ this._parent.get_name() }}, { {%- for name, layer in this.layers.items() %}
          {{ name|tojson }}: {{ layer.get_name() }},{% endfor %} });
        {% endmacro %}
        """
    )

    def __init__(self, key: str, layers: dict[str, Layer]) -> None:
        super().__init__()
        self._name, self.key, self.layers = "KeptView", f"lookout-map-{key}", layers
