"""The ASGI app: Streamlit pages and the REST API on one port; navigation by discovery.

`python -m core serve` (or `streamlit run app.py`) imports this file to find `app`; Streamlit then runs the same file
as the script of each visit, where it draws the navigation over `pages/`.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if get_script_run_ctx(suppress_warning=True) is None:
    import os
    import sys

    from starlette.routing import Mount, Route
    from streamlit.runtime.pages_manager import PagesManager

    from core import api
    from core.errors import LookoutError, UnsafeConfiguration
    from core.settings import settings

    address = st.get_option("server.address") or "0.0.0.0"  # Streamlit listens everywhere if none is set
    try:
        settings().model_copy(update={"host": address}).refuse_open_door()
        if settings().pages == "off":
            raise UnsafeConfiguration(
                "LOOKOUT_PAGES=off asks for the API alone. Received Streamlit's own command, which brings pages. "
                "Start it with `python -m core serve`."
            )
    except LookoutError as refusal:
        print(refusal.message, file=sys.stderr, flush=True)
        os._exit(2)  # Streamlit would catch a plain exit and serve the pages without us

    # Until the first `st.navigation`, Streamlit would run any file of `pages/` that an address names, past this script
    # and so past the login: say at once that the folder is not its own.
    PagesManager.uses_pages_directory = False

    routes = [
        Mount(route.path, api.app)
        if isinstance(route, Mount)
        else Route(route.path, api.app, methods=list(route.methods))
        for route in api.app.routes
        if isinstance(route, Mount | Route)
    ]
    app = st.App(__file__, lifespan=api.lifespan, routes=routes)
else:
    from pages.parts import login, navigation

    st.set_page_config(page_title="Lookout", page_icon=navigation.ICON, layout="wide")
    login.require()
    navigation.draw()
