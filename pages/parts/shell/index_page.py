"""The HTML that Streamlit's scripts draw the pages into, with what must stand before they run.

Streamlit's own file is left alone: the head of each answer is completed, so that an update of Streamlit keeps working.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from streamlit import file_util

FOLDER = Path(__file__).resolve().parent / "frame"
NAME = "Lookout"
ADDRESS = r"[^/.]+"
"""What follows the host in the address of a page, as a regular expression: one segment, no file."""
MOVED = {"images": "waste"}
"""{address that a page had: the one that it has}: links of before lead on."""
NO_SIDEBAR = "<style>:root { --sidebar-room: 0px !important; }</style>"


def is_page(name: str) -> bool:
    """Whether a page has this address: a script in `pages/`, or the form of a system that has none of its own."""
    if (FOLDER.parents[2] / f"{name}.py").is_file():
        return True
    from core import inference  # no script's visitor waits for it

    return any(card.name == name for card in inference.catalogue())


@lru_cache(maxsize=2)
def html(has_sidebar: bool) -> str:
    """The HTML of every page's address. has_sidebar: whether a visit begins with the menu, not with the login."""
    streamlits = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    added = [
        f"<style>\n{(FOLDER / 'frame.css').read_text(encoding='utf-8')}</style>",
        f"<script>\n{(FOLDER / 'frame.js').read_text(encoding='utf-8')}</script>",
        *([] if has_sidebar else [NO_SIDEBAR]),
    ]
    titled = re.sub(r"<title>.*?</title>", f"<title>{NAME}</title>", streamlits, count=1)
    return titled.replace("</head>", "\n".join([*added, "</head>"]), 1)
