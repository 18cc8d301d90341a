"""The ASGI app: Streamlit pages and the REST API on one port; navigation by discovery.

`python -m core serve` (or `streamlit run app.py`) imports this file to find `app`; Streamlit then runs the same file
as the script of each visit, where it draws the navigation over `pages/`.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if get_script_run_ctx(suppress_warning=True) is None:
    import gc
    import os
    import sys
    from asyncio import wrap_future
    from contextlib import asynccontextmanager
    from importlib import import_module
    from threading import Timer
    from typing import Any

    from anyio.to_thread import run_sync
    from starlette.convertors import StringConvertor, register_url_convertor
    from starlette.requests import Request
    from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
    from starlette.routing import Route
    from streamlit import delta_generator
    from streamlit.runtime.pages_manager import PagesManager

    from core.errors import LookoutError, UnsafeConfiguration
    from core.maps.assets import PREFIX as MAP_FILES
    from core.maps.assets import path_of as map_path
    from core.settings import CHECKOUT, settings
    from pages.parts.shell import index_page
    from pages.parts.shell.opening import opened

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

    # At the first element, Streamlit asks whether it runs in a Python prompt by looking up the file of every loaded
    # module: a tenth of the start, for a warning that no server needs.
    delta_generator._use_warning_has_been_displayed = True

    API_ROOTS = (  # first parts of the API's paths: all below them, known or not, and any method, is answered by it
        "predict",
        "feedback",
        "predictions",
        "jobs",
        "healthz",
        "readyz",
        "metrics",
        "v1",
        "v2",
        "invocations",
        "ping",
        "openapi.json",
        "docs",
        "static-offline-docs",
    )
    HEAD_START = 1.5  # seconds that the first page has to itself before the API and the networks are loaded

    class Api:
        """The REST API, imported when it is first asked or after the first page: its libraries take a second."""

        loaded: Any = None

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            """Pass the request on; the first ones wait for the store and for the import, the event loop does not."""
            if self.loaded is None:
                await wrap_future(opened())
                self.loaded = (await run_sync(import_module, "core.api")).app
            await self.loaded(scope, receive, send)

    def load() -> None:
        """What no first page needs: the API, the networks, maps' ground, the log's watch; old work goes."""
        try:
            import_module("core.api").warm_up_if_wanted()
            gc.enable()  # `serve` switched it off
            import_module("core.work").purge()
            import_module("core.maps.ground").prepare()
        finally:
            import_module("core.api").watch_the_log()

    async def map_file(request: Any) -> Response:
        """A script or style that maps need, from the package that brings it: maps ask no other host."""
        path = map_path(request.path_params["name"])
        if path is None:
            return PlainTextResponse("Maps have no such file.", status_code=404)
        return FileResponse(path, headers={"Cache-Control": "max-age=86400"})

    async def favicon(_request: Any) -> FileResponse:
        """Lookout's icon where browsers look for Streamlit's: naming it to `set_page_config` would import NumPy."""
        return FileResponse(CHECKOUT / "docs" / "icon.svg", media_type="image/svg+xml")

    async def index(request: Request) -> HTMLResponse:
        """The HTML of a page's address; the pages that a password guards begin with a login, which has no sidebar.

        An address that no page has is told as one (404), for programs that probe; its visitor sees the app say so.
        """
        name = request.path_params.get("page", "")
        is_known = not name or await run_sync(index_page.is_page, name)
        html = index_page.html(settings().pages_password is None)
        return HTMLResponse(html, 200 if is_known else 404, {"Cache-Control": "no-cache"})

    async def moved(request: Request) -> RedirectResponse:
        """To where a page is now, with all that the old address says."""
        path = index_page.MOVED[request.url.path.strip("/")]
        return RedirectResponse(f"{path}?{request.url.query}" if request.url.query else path)

    class PageConvertor(StringConvertor):
        """The address of a page: one segment that is no file's name."""

        regex = index_page.ADDRESS

    register_url_convertor("page", PageConvertor())

    @asynccontextmanager
    async def lifespan(_app: Any) -> Any:
        """The process from start to end: the first page before the API and the networks, no work left running."""
        loading = Timer(HEAD_START, load)
        loading.daemon = True
        opened().add_done_callback(lambda _done: loading.start())
        yield
        loading.cancel()
        import_module("core.jobs").stop()
        import_module("core.alerts").stop()
        import_module("core.resources").stop()
        import_module("core.telemetry").stop()

    api = Api()
    routes = [Route(path, api) for root in API_ROOTS for path in (f"/{root}", f"/{root}/{{rest:path}}")]
    routes.append(Route("/favicon.png", favicon, methods=["GET"]))
    routes.append(Route(f"/{MAP_FILES}/{{name:path}}", map_file, methods=["GET"]))
    routes += [Route(f"/{path}", moved, methods=["GET"]) for path in index_page.MOVED]
    routes += [Route(path, index, methods=["GET"]) for path in ("/", "/{page:page}")]  # last: the API's come first
    app = st.App(__file__, lifespan=lifespan, routes=routes)
else:
    from pages.parts.shell.opening import opened

    opened().result()  # the modules below are then loaded, the tables are there

    from pages.parts.shell import login, navigation, recent_work

    st.set_page_config(page_title="Lookout", layout="wide")
    login.require()
    navigation.draw(recent_work.draw_running)
