"""One request: who asks, for what, in which language; and the answers a screen can give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from agent.language import Language
from agent.model.entity import Entity
from agent.model.person import Role
from agent.web.desk import Desk
from agent.web.pages import pages

if TYPE_CHECKING:
    from agent.access.doorman import Guest


@dataclass(frozen=True, slots=True)
class Ask:
    """What a handler is given. ``form``: the fields of a POST, in their order. ``guest``: None where nobody signed in.

    ``here``: the path as the route table knows it, without a proxy's prefix. ``body``: a POST as it came.
    """

    desk: Desk
    request: Request
    here: str
    form: Mapping[str, Sequence[str]]
    guest: Guest | None
    language: Language
    body: bytes = field(default=b"", repr=False)

    # What was asked

    def param(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)

    def field(self, name: str, default: str = "") -> str:
        """One field of the form, without blanks around it."""
        return next(iter(self.form.get(name, ())), default).strip()

    def number(self, name: str, default: int, most: int = 1_000_000) -> int:
        """A whole number of the address; whatever is none is the default."""
        text = self.query(name)
        return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else default

    @property
    def person(self) -> Guest:
        """Who asks. The route table has let nobody in whom it did not know."""
        if self.guest is None:
            raise RuntimeError("a route for everybody asks who it is")
        return self.guest

    def may(self, role: str) -> bool:
        return self.guest is not None and self.guest.role.may(Role(role))

    @property
    def partial(self) -> bool:
        """Whether a script wants a piece of the page."""
        return self.request.headers.get("HX-Request") == "true"

    # Links

    def to(self, path: str, **query: Any) -> str:
        """The address of a path of ours; parts of ``query`` that are empty are left out."""
        rest = urlencode({name: value for name, value in query.items() if value not in ("", None)})
        return f"{self.desk.place.prefix}{path}" + (f"?{rest}" if rest else "")

    def again(self, **query: Any) -> str:
        """This very address with other parts."""
        return self.to(quote(self.here), **{**dict(self.request.query_params), **query})

    def about(self, entity: Entity, **query: Any) -> str:
        """The address of the screen about one thing; its id may hold anything."""
        return self.to(f"/entities/{quoted(entity.account)}/{entity.kind}/{quoted(entity.id)}", **query)

    # Answers

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A whole page. ``values`` are what the template calls them; ``ask`` is this request."""
        return HTMLResponse(pages().get_template(template).render(ask=self, desk=self.desk, **values), status)

    def json(self, body: Any, status: int = 200) -> Response:
        return JSONResponse(body, status)

    def go(self, path: str, **query: Any) -> Response:
        """Look there now, with GET."""
        return RedirectResponse(self.to(path, **query), 303)

    def refuse(self, status: int, title: str, text: str = "", hint: str = "") -> Response:
        """A page that says what is not so, and what to do."""
        return self.page("error.html", status, code=status, title=title, text=text, hint=hint)


def fields_of(body: bytes) -> dict[str, list[str]]:
    """The fields of a form. Bytes that are no text become replacement marks."""
    return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20_000)


def quoted(text: str) -> str:
    """A part of a path; ids of things may hold slashes."""
    return quote(text, safe="")
