"""A map without any forecast, on which two clicks draw a box."""

from __future__ import annotations

from typing import Any

from folium.elements import MacroElement
from folium.template import Template

from core.maps import base

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees of WGS 84."""

CLOSEST = 14  # zoom


def draw(around: Box, box: Box | None, *, known: Box, channel: str, dark: bool = False) -> str:
    """The map as a page of its own: `around` is shown at first, `box` is drawn where there is one.

    known: an area that is there already, outlined to say where one is.

    A click, or Enter for the place in the middle, tells the page that place over the channel, see `sheet`.
    """
    west, south, east, north = around
    made = base.empty((south, west), (north, east), dark, height="100%", closest=CLOSEST)
    given = {
        "channel": channel,
        "box": None if box is None else _corners(box),
        "known": _corners(known),
        "colour": "#FF8FD0" if dark else "#B8237E",
        "ink": "#E4EAEF" if dark else "#0C141C",
    }
    _Corners(given).add_to(made)
    return base.page(made, "Map to draw a box on")


def _corners(box: Box) -> list[list[float]]:
    return [[box[1], box[0]], [box[3], box[2]]]


class _Corners(MacroElement):
    """Marks a place that is chosen, and tells two opposite ones together; the page then draws the box."""

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
        })({{ this._parent.get_name() }}, {{ this.given|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__()
        self._name, self.given = "Corners", given
