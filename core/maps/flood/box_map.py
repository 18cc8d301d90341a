"""A map without any forecast, on which two clicks draw a box."""

from __future__ import annotations

from folium.elements import MacroElement
from folium.template import Template

from core.maps import base

BoundingBox = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS 84."""

MAX_ZOOM = 14


def draw(
    shown: BoundingBox, box: BoundingBox | None, *, area_box: BoundingBox, channel: str, dark: bool = False
) -> str:
    """The map as a page of its own.

    A click chooses a corner, and so does Enter, in the middle of the map. Two corners are told over the channel as
    `picked`, see `forecast_map`.

    shown: what the map shows when it opens.
    box: what was chosen before; None for nothing.
    area_box: an area that is there already, outlined so that one knows where one is.
    channel: name of the BroadcastChannel.
    """
    west, south, east, north = shown
    leaflet_map = base.empty_map((south, west), (north, east), dark, height="100%", max_zoom=MAX_ZOOM)
    data: dict[str, object] = {
        "channel": channel,
        "box": None if box is None else _corners(box),
        "known": _corners(area_box),
        "colour": "#FF8FD0" if dark else "#B8237E",
        "ink": "#E4EAEF" if dark else "#0C141C",
    }
    _CornerPicker(data).add_to(leaflet_map)
    return base.standalone_page(leaflet_map, "Map to draw a box on")


def _corners(box: BoundingBox) -> list[list[float]]:
    return [[box[1], box[0]], [box[3], box[2]]]


class _CornerPicker(MacroElement):
    """Marks a chosen corner, and tells two opposite ones together; the page then draws the box."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (map, given) {
          var channel = new BroadcastChannel(given.channel);
          var style = {color: given.colour, weight: 2, interactive: false};
          L.rectangle(given.known, {color: given.ink, weight: 1, dashArray: "4 4", fill: false, interactive: false})
            .bindTooltip("Area chosen above", {permanent: true, direction: "center"}).addTo(map);
          if (given.box) { L.rectangle(given.box, style).addTo(map); }
          var mark = L.circleMarker([0, 0], Object.assign({radius: 7}, style));
          var corners = [], unheard = null;  // what was chosen is told again to a page that was not listening
          function tell() { if (unheard) { channel.postMessage({picked: unheard}); } }
          function pick(place) {
            mark.setLatLng(place).addTo(map);
            corners.push([place.lat, place.wrap().lng]);
            if (corners.length < 2) { return; }
            unheard = corners[0].concat(corners[1]);
            corners = [];
            tell();
          }
          channel.onmessage = function (event) {
            if (event.data.heard) { unheard = null; }
            if (event.data.hello) { tell(); }
          };
          map.on("click", function (event) { pick(event.latlng); });
          var box = map.getContainer();
          box.setAttribute("role", "application");
          box.setAttribute("aria-label", "Map to draw a box on. Enter chooses the place in the middle as a corner.");
          box.addEventListener("keydown", function (event) {
            if (event.key === "Enter" && event.target === box) { pick(map.getCenter()); }
          });
        })({{ this._parent.get_name() }}, {{ this.data|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, data: dict[str, object]) -> None:
        super().__init__()
        self._name, self.data = "Corners", data
