"""The command line: `python -m core serve | migrate | predict | evaluate | train`."""

from __future__ import annotations

import gc
import os
import sys

from core.errors import InvalidSetting, LookoutError
from core.settings import CHECKOUT, METRICS_FOLDER, Settings, settings


def serve() -> None:
    """Bring up the pages and the API on HOST:PORT (default 127.0.0.1:8501)."""
    chosen = settings()
    chosen.refuse_open_door()
    if chosen.workers > 1:
        _serve_by_workers(chosen)
        return
    from core import serving

    if chosen.pages == "off":
        from core.api import app

        serving.run(app, chosen.host, chosen.port)
        return
    serving.install()
    gc.disable()  # collecting while thousands of functions are imported takes a tenth of the start; app.py enables it
    from streamlit.web.cli import main as streamlit

    os.chdir(CHECKOUT)  # Streamlit finds its configuration beside the script
    where = [f"--server.address={chosen.host}", f"--server.port={chosen.port}"]
    streamlit(["run", str(CHECKOUT / "app.py"), *where], prog_name="streamlit", standalone_mode=False)


def _serve_by_workers(chosen: Settings) -> None:
    """The API alone, by several processes. Raises InvalidSetting where pages are asked for too."""
    if chosen.pages == "on":
        raise InvalidSetting(
            expected=f"LOOKOUT_PAGES=off beside {chosen.workers} workers, for a visit of pages lives in one process",
            received="LOOKOUT_PAGES=on",
            advice="Start the pages with a server of their own, on the same database and another port.",
        )
    import tempfile

    os.environ.setdefault("LOOKOUT_INFERENCE_THREADS", "1")  # the workers share the processors
    settings.cache_clear()
    os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="lookout-metrics-")  # before anything that counts is imported
    from core.api.preloaded import preloaded_app
    from core.serving import workers

    workers.run(preloaded_app, chosen.host, chosen.port, chosen.workers)


def serve_with_flags(workers: int | None = None) -> None:
    """Bring up the pages and the API on HOST:PORT (default 127.0.0.1:8501).

    workers: processes of an API without pages that share the port; LOOKOUT_WORKERS if not said.
    """
    if workers is not None:
        os.environ["LOOKOUT_WORKERS"] = str(workers)
        settings.cache_clear()
    serve()


def main() -> None:
    """Run the command; a Lookout error is one line on standard error and exit code 2."""
    try:
        if sys.argv[1:] == ["serve"]:
            serve()  # without the library that reads flags: it has none, and whoever starts the desk waits
        else:
            from core.commands import cli

            cli.command("serve")(serve_with_flags)
            cli()
    except LookoutError as problem:
        print(problem.message, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
