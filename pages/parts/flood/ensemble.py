"""Many rains at once: how often each place floods, on a map and at a point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import streamlit as st

from core.artefacts.forecast_files import ASSETS_TABLE_FILE, AssetProperties
from core.errors import LookoutError
from core.hydraulics.hazard import WET
from core.maps.flood import point_series
from core.maps.flood.clock import ELAPSED, Clock
from core.maps.flood.export import chances
from core.maps.flood.forecast_folder import ForecastFolder
from core.tables.spreadsheet import harmless_frame
from core.written_numbers import NO_BREAK, percent, significant
from pages.parts.flood import forecasts, map_frame
from pages.parts.flood.downloads import Download, draw_button, file_stem
from pages.parts.flood.forecast_job import open_forecast
from pages.parts.flood.forecasts import LoggedForecast
from pages.parts.flood.intake.start_form import in_words, now
from pages.parts.flood.map_frame import Point
from pages.parts.flood.words import MAX_NAMED, NOT_ALONE, area_name, area_text, depth_text, named
from pages.parts.shared.words import counted, moment, number, plain

if TYPE_CHECKING:
    from core.maps.flood.forecast_map import PlaceMark  # Folium takes a while to import

KNEE = 0.3  # knee-deep [m]
STAYS_DRY, UNKNOWN = "stays dry", "–"
COLUMNS = ["number", "name", "chance", "arrival", "depth"]  # of the table of places
ARRIVAL_HELP = (
    "Where they flood it: the middle of these rains, and between which times the water comes in four of five."
)
DEPTH_HELP = "The greatest: in the middle rain, and within what it lies in four of five."


def title(members: Sequence[LoggedForecast]) -> str:
    """What the ensemble is of: "Eno, rains of 42 to 61 mm"."""
    rains = sorted(float(member.summary["rain_m3"]) / float(member.summary["area_m2"]) * 1e3 for member in members)
    return f"{area_name(members[0].area)}, rains of {significant(rains[0])} to {significant(rains[-1])}{NO_BREAK}mm"


def draw(members: Sequence[LoggedForecast], batch: str) -> None:
    """The chances of a batch of forecasts. members: those that were answered, at least one."""
    areas = sorted(float(member.summary["flooded_m2"]) for member in members)
    middle = areas[len(areas) // 2]
    st.markdown(
        f"### {area_text(areas[0])} to {area_text(areas[-1])} flood in {counted(len(members), 'rain')}, "
        f"{area_text(middle)} in the middle one",
        anchors=False,
    )
    _draw_failures(batch, len(members))
    first = members[0]
    if lines := places_lines(assets_frame([member.folder.assets() for member in members], first.clock)):
        st.markdown("  \n".join(lines))
    start = first.clock.start
    begins = f" Rain starts {in_words(start, now())}." if start else ""
    st.caption(
        f"Forecast {moment(first.prediction.created_at)} by version {plain(first.prediction.version)}.{begins} "
        "A chance is the share of these rains; it is as good as their spread."
    )
    st.caption(NOT_ALONE)
    _draw_map(members, batch)
    _draw_downloads([member.folder for member in members], first, batch)
    with st.expander("Each of them"):
        for member in members:
            label = f"{plain(member.title)}: {area_text(float(member.summary['flooded_m2']))} flood"
            key = f"flood-member-{member.id}"
            st.button(label, key=key, type="tertiary", on_click=open_forecast, args=(member.id,))


def _draw_downloads(folders: Sequence[ForecastFolder], first: LoggedForecast, batch: str) -> None:
    """The chances as GeoTIFF, and the places as a table."""
    stem = f"{file_stem(first)}-{batch[:8]}"
    with st.container(horizontal=True):
        for bound, words in ((WET, "wet"), (KNEE, "knee")):
            label = f"Chance of {bound:g} m (GeoTIFF)"
            content = partial(chances.geotiff, folders, bound)
            draw_button(Download(label, content, f"{stem}-chance-{words}.tif", "image/tiff"))
        if (first.folder.path / ASSETS_TABLE_FILE).is_file():
            draw_button(Download("Places (CSV)", partial(_places_csv, folders), f"{stem}-places.csv", "text/csv"))


def _places_csv(folders: Sequence[ForecastFolder]) -> bytes:
    """The table of places with numbers, units in the names. Raises InvalidInput for files that are damaged."""
    frame = _places([folder.assets() for folder in folders])
    table: str = harmless_frame(frame).to_csv(index=False)
    return table.encode("utf-8-sig")


def _draw_failures(batch: str, answered: int) -> None:
    """How many rains failed, and that they do not count here."""
    failures = forecasts.failures(batch)
    if failures:
        share = f"{number(len(failures))} of {counted(answered + len(failures), 'rain')}"
        st.warning(f"{share} could not be forecast and have no say here. The first: {plain(failures[0])}")


@st.fragment
def _draw_map(members: Sequence[LoggedForecast], batch: str) -> None:
    from core.maps.flood import forecast_map, pictures

    dark = st.context.theme.type == "dark"
    folders = [member.folder for member in members]
    painters = {f"Chance of {bound:g} m": partial(pictures.exceedance, folders, bound=bound) for bound in (WET, KNEE)}
    channel = map_frame.channel("chances")

    def draw_html() -> str:
        marks = place_marks([folder.assets() for folder in folders], members[0].clock)
        appearance = forecast_map.MapAppearance(dark=dark, plain=True, marks=marks)
        return forecast_map.draw(folders[0], painters, key=f"chances-{batch}", channel=channel, appearance=appearance)

    left, right = st.columns([3, 2], gap="medium")
    with left:
        try:
            html = map_frame.drawn_once("flood-chances", (batch, dark), draw_html)
        except LookoutError as problem:
            st.error(plain(problem.message))
            return
        picked = map_frame.draw(
            html,
            key=f"flood-ear-{batch}",
            finer=lambda look: forecast_map.finer_pictures(folders[0], painters, look, dark),
            what="chances",
            alt=f"Map of how often each place floods in {len(folders)} rains",
        )
    with right:
        _draw_assets(members)
        _draw_point(folders, map_frame.as_point(picked))


def _draw_assets(members: Sequence[LoggedForecast]) -> None:
    """The places in the order in which they get wet, with the share of rains that flood each."""
    try:
        frame = assets_frame([member.folder.assets() for member in members], members[0].clock)
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    if frame.empty:
        return
    st.markdown(f"##### How many of {counted(len(members), 'rain')} flood each place", anchors=False)
    st.dataframe(
        frame,
        hide_index=True,
        height=min(38 + 35 * len(frame), 290),
        placeholder="–",
        alt="Places in the order in which they get wet",
        column_config={
            "number": st.column_config.TextColumn("#", width=40, help="Its number on the map."),
            "name": st.column_config.TextColumn("Place", width=124),
            "chance": st.column_config.TextColumn("Chance", width=124, help="Of 0.05 m or more."),
            "arrival": st.column_config.TextColumn("Water from", width=180, help=ARRIVAL_HELP),
            "depth": st.column_config.TextColumn("Depth [m]", width=130, help=DEPTH_HELP),
        },
    )
    st.caption("In the order in which they get wet; those that stay dry in all rains come last.")


def assets_frame(members: Sequence[Sequence[AssetProperties]], clock: Clock = ELAPSED) -> pd.DataFrame:
    """Each place once, in words, in the order in which they get wet. members: what each forecast says about them."""
    rows = [
        {
            "number": order,
            "name": asset["name"],
            "chance": _chance_text(asset, len(members)),
            "arrival": _arrival_text(asset, clock),
            "depth": _spread(asset["depth_low_m"], asset["depth_m"], asset["depth_high_m"], "{:.2f}".format),
        }
        for order, asset in _numbered(members)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def place_marks(members: Sequence[Sequence[AssetProperties]], clock: Clock = ELAPSED) -> list[PlaceMark]:
    """Each place on the map, with how many rains flood it: "1 School, 2 of 3". members: as for `assets_frame`."""
    return [
        {
            "label": f"{order} {asset['name']}, {asset['rains']} of {len(members)}" if order else asset["name"],
            "number": order,
            "latitude": asset["latitude"],
            "longitude": asset["longitude"],
            "flooded": bool(order),
            "told": "\n".join([asset["name"], *_told(asset, len(members), clock)]),
        }
        for order, asset in _numbered(members)
    ]


def _numbered(members: Sequence[Sequence[AssetProperties]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each place of `_places` after its number in that order, which is empty for one that no rain floods."""
    for order, asset in enumerate(_places(members).to_dict("records"), 1):
        yield (str(order) if asset["rains"] else ""), cast(dict[str, Any], asset)


def _told(asset: Mapping[str, Any], rains: int, clock: Clock) -> list[str]:
    if pd.isna(asset["chance"]):
        return ["not on this terrain"]
    return [f"{_chance_text(asset, rains)} rains", _arrival_text(asset, clock)]


def places_lines(frame: pd.DataFrame) -> list[str]:
    """The first places that any rain floods, a line each, then those that stay dry, as Markdown; none without any.

    frame: from `assets_frame`.
    """
    rows = frame.to_dict("records")
    wet = [row for row in rows if row["arrival"] not in (STAYS_DRY, UNKNOWN)]
    lines = [f"**{plain(row['name'])}** from {row['arrival']}, chance {row['chance']} rains" for row in wet[:MAX_NAMED]]
    if len(wet) > MAX_NAMED:
        lines.append(f"And {counted(len(wet) - MAX_NAMED, 'place')} more, see below.")
    for told, arrival in (("Dry in all rains", STAYS_DRY), ("Not on this terrain, so not known", UNKNOWN)):
        if names := [plain(row["name"]) for row in rows if row["arrival"] == arrival]:
            lines.append(f"{told}: {named(names)}.")
    return lines


def _places(members: Sequence[Sequence[AssetProperties]]) -> pd.DataFrame:
    """Each place once with numbers: rains that flood it, arrival where they do [s], and depth in all of them [m].

    The first to get wet comes first, by the middle arrival; then those that stay dry, then those off the terrain.
    """
    rows = pd.DataFrame([asset for member in members for asset in member])
    if rows.empty:
        return pd.DataFrame(columns=["name"])
    rows["rains"] = rows["state"] == "flooded"
    rows["arrival_s"], rows["depth_m"] = rows["arrival_s"].astype(float), rows["depth_m"].astype(float)
    places = rows.groupby(["name", "longitude", "latitude"], as_index=False).agg(
        rains=("rains", "sum"),
        arrival_low_s=("arrival_s", _tenth), arrival_s=("arrival_s", "median"), arrival_high_s=("arrival_s", _ninth),
        depth_low_m=("depth_m", _tenth), depth_m=("depth_m", "median"), depth_high_m=("depth_m", _ninth),
    )  # fmt: skip
    places["chance"] = (places["rains"] / len(members)).where(places["depth_m"].notna())  # unknown off the terrain
    return places.sort_values(["arrival_s", "depth_m", "name"], ascending=[True, False, True], ignore_index=True)


def _tenth(numbers: pd.Series) -> float:
    return float(numbers.quantile(0.1))


def _ninth(numbers: pd.Series) -> float:
    return float(numbers.quantile(0.9))


def _chance_text(asset: Mapping[str, Any], rains: int) -> str:
    return (
        "–" if pd.isna(asset["chance"]) else f"{percent(asset['chance'])}, {number(asset['rains'])} of {number(rains)}"
    )


def _arrival_text(asset: Mapping[str, Any], clock: Clock) -> str:
    if pd.isna(asset["chance"]):
        return UNKNOWN
    return _spread(asset["arrival_low_s"], asset["arrival_s"], asset["arrival_high_s"], clock.time) or STAYS_DRY


def _spread(low: float, middle: float, high: float, told: Callable[[float], str]) -> str:
    """A middle with its interval, "22:29 (22:20 to 22:50)"; empty where it is unknown."""
    if pd.isna(middle):
        return ""
    ends = told(low), told(high)
    return told(middle) if ends[0] == ends[1] else f"{told(middle)} ({ends[0]} to {ends[1]})"


def _draw_point(folders: Sequence[ForecastFolder], point: Point | None) -> None:
    st.markdown("##### At a place", anchors=False)
    if point is None:
        st.caption("Click on the map for the chances there; or focus the map and press Enter.")
        return
    try:
        series = [point_series.read_point(folder, *point) for folder in folders]
    except LookoutError as problem:
        st.error(plain(problem.message))
        return
    depths = np.array([np.nan if cell is None or cell.max_depth is None else cell.max_depth for cell in series])
    if np.isnan(depths).all():
        st.info("There is no terrain at that place. Choose one within the area.")
        return
    st.metric(f"Chance of {WET:g} m or more", share_text(depths >= WET))
    st.metric(f"Chance of {KNEE:g} m or more, knee-deep", share_text(depths >= KNEE))
    low, middle, high = np.quantile(depths, [0.1, 0.5, 0.9])
    st.caption(
        f"Greatest depth: {depth_text(float(middle))} in the middle rain; {low:.2f} to {depth_text(float(high))} in "
        f"four rains of five. At {point[0]:.5f}, {point[1]:.5f}."
    )


def share_text(floods: np.ndarray) -> str:
    """A share of rains with what it rests on: "40 %, 2 of 5 rains". floods: for each rain whether it floods."""
    return f"{percent(float(floods.mean()))}, {number(int(floods.sum()))} of {counted(len(floods), 'rain')}"
