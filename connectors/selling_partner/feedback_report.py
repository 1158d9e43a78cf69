"""Seller feedback. Its header is written in the marketplace's language; who wrote it is not read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from agent.model.fact import Rows
from agent.model.window import Span
from connectors.selling_partner.cells import count, remark, text
from connectors.selling_partner.document import Paper
from connectors.selling_partner.flat_file import Wanted
from connectors.selling_partner.sheet import Desk, Read, Sheet

_ORDER = re.compile(r"\d{3}-\d{7}-\d{7}")
_STARS = range(1, 6)
_FEEDBACK = {
    "left_at": Wanted(("Date", "Datum", "Data", "Fecha", "日付", "日期"), needed=True),
    "stars": Wanted(("Rating", "Bewertung", "Évaluation", "Note", "Valutazione", "Punteggio", "Valoración",
                     "Calificación", "Puntuación", "評価", "评级"), needed=True),
    "text": Wanted(("Comments", "Comment", "Kommentare", "Kommentar", "Commentaires", "Commentaire", "Commenti",
                    "Commento", "Comentarios", "Comentario", "コメント", "备注"), needed=True),
    "answer": Wanted(("Your Response", "Response", "Ihre Antwort", "Antwort", "Votre réponse", "Réponse",
                      "La tua risposta", "Risposta", "Tu respuesta", "Su respuesta", "Respuesta", "回答", "返信",
                      "您的回复"), needed=True),
    "order_id": Wanted(("Order ID", "Bestellnummer", "Numéro de commande", "Numéro de la commande", "Numero ordine",
                        "Numero dell'ordine", "ID ordine", "Número de pedido", "Nº de pedido", "ID del pedido",
                        "N.º de pedido", "注文番号", "订单编号"), needed=True),
}  # fmt: skip


def feedback(desk: Desk, papers: Sequence[tuple[Span, Paper]]) -> Read:
    """A row per order and day. ``ContractError`` where stars or an order are none: a column was mistaken."""
    found: dict[str, Mapping[str, Any]] = {}
    notes: list[str] = []
    for span, paper in papers:
        sheet = Sheet.of(desk, paper, _FEEDBACK)
        days = [datetime.combine(day, time(), UTC) for day in sheet.days("left_at", span)]
        columns = (sheet.column("order_id", _order), sheet.column("stars", _star), sheet.column("text", remark), days,
                   [answer is not None for answer in sheet.column("answer", text)])  # fmt: skip
        for order, stars, words, left_at, answered in zip(*columns, strict=True):
            found[f"{order}/{left_at.date()}"] = {
                "stars": stars,
                "text": words,
                "left_at": left_at,
                "answered": answered,
            }
        notes += sheet.read({"entity": []}).notes
    names = ("stars", "text", "left_at", "answered")
    return Read(Rows({"entity": list(found), **{name: [row[name] for row in found.values()] for name in names}}), notes)


def _order(cell: str) -> str:
    if not _ORDER.fullmatch(cell.strip()):
        raise ValueError("no order")
    return cell.strip()


def _star(cell: str) -> int:
    stars = count(cell)
    if stars is None or stars not in _STARS:
        raise ValueError("no number of stars")
    return stars
