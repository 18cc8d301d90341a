"""Tables to download and fill in: rain, a river, places, and design rain, each as a CSV that the page takes back."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st


class Template(NamedTuple):
    """A small CSV with the columns that a field of the page expects, and invented rows."""

    file: str
    content: str


RAIN = Template(
    "rain.csv",
    "time,rain_mm\n2026-11-28T22:00,5\n2026-11-28T22:30,18\n2026-11-28T23:00,9\n2026-11-28T23:30,2\n",
)
INFLOW = Template("river.csv", "time_min,discharge_m3_per_s\n0,5\n60,80\n180,20\n360,5\n")
PLACES = Template("places.csv", "name,latitude,longitude\nSchool,51.50120,-0.14190\nClinic,51.50340,-0.13870\n")
DESIGN_RAIN = Template(
    "design-rain.csv",
    "return_period_years,duration_min,depth_mm\n10,60,30\n10,120,38\n100,60,50\n100,120,64\n",
)


def draw(template: Template) -> None:
    """A button that gives the template."""
    st.download_button(
        "Download a template", template.content.encode(), template.file, "text/csv", type="tertiary",
        key=f"flood-template-{template.file}", on_click="ignore",
    )  # fmt: skip
