"""Serves the built page."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from ntpd112.console.build import FILES, built_already

_PAGES: Final = {"/": "index.html", "/wall": "index.html", "/api": "api.html"}
_KINDS: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_NOT_BUILT: Final = """The console's page is not built on this machine. The API is there, and calls need neither.
As the user of the instance:  ntpd112 setup
"""


class PageFiles:
    """The files of one version of the page, looked for again for as long as there are none."""

    def __init__(self, cache_dir: Path) -> None:
        self._cache_dir = cache_dir
        self._folder: Path | None = None

    def add_to(self, app: web.Application) -> None:
        """Serve them below ``/``, and the API's description, to be read, at ``/api``."""
        for path in _PAGES:
            app.router.add_get(path, self._serve)
        for name in FILES:
            app.router.add_get(f"/{name}", self._serve)

    def is_built(self) -> bool:
        """Tell whether there is a page to serve."""
        return self._built() is not None

    def _built(self) -> Path | None:
        if self._folder is None:
            self._folder = built_already(self._cache_dir)
        return self._folder

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        folder = self._built()
        if folder is None:
            return web.Response(status=503, text=_NOT_BUILT)
        file = folder / _PAGES.get(request.path, request.path.lstrip("/"))
        # "no-cache" lets a browser keep it, and ask each time whether it is still the same.
        headers = {hdrs.CACHE_CONTROL: "no-cache", hdrs.CONTENT_TYPE: f"{_KINDS[file.suffix]}; charset=utf-8"}
        return web.FileResponse(file, headers=headers)
