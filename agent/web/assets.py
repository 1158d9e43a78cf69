"""Style sheet, scripts and what is vendored: read once, named by their content, so that browsers may keep them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = "/static/"
_HERE = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    type: str
    mark: str
    """The beginning of the SHA-256 of the content."""


@cache
def assets() -> dict[str, Asset]:
    """Every file that is served, by its path below the folder."""
    found = {}
    for path in sorted(_HERE.rglob("*")):
        if path.suffix in _TYPES:
            body = path.read_bytes()
            found[path.relative_to(_HERE).as_posix()] = Asset(body, _TYPES[path.suffix], sha256(body).hexdigest()[:12])
    return found


def path_of(name: str) -> str:
    """The address of an asset, below our prefix."""
    return f"{FOLDER}{name}?v={assets()[name].mark}"


def answer(request: Request, path: str) -> Response:
    asset = assets().get(path.removeprefix(FOLDER))
    if asset is None or request.method not in ("GET", "HEAD"):
        return Response(status_code=404)
    kept = request.query_params.get("v") == asset.mark
    age = "public, max-age=31536000, immutable" if kept else "no-cache"
    return Response(asset.body, media_type=asset.type, headers={"Cache-Control": age})
