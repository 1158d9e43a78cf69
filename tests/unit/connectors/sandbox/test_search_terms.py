"""Search terms: nothing is invented, nothing but clicks without a term is lost, and some terms never sell."""

from collections.abc import Sequence

import numpy as np

from connectors.sandbox.account import Keyword, Target
from connectors.sandbox.search_terms import terms_of


def _things() -> Sequence[Keyword | Target]:
    return [
        Keyword("11", "c", "g", "usb c hub", "EXACT", "ENABLED", None),
        Keyword("12", "c", "g", "usb c hub", "BROAD", "ENABLED", None),
        Target("13", "c", "g", ("QUERY_HIGH_REL_MATCHES", None), "AUTO", "ENABLED", None),
        Target("14", "c", "g", ("ASIN_SAME_AS", "B0ABCDEFGH"), "MANUAL", "ENABLED", None),
    ]


def test_a_target_s_clicks_are_dealt_out_whole() -> None:
    terms = terms_of(_things(), ["USB C Hub"] * 4, 7)
    for clicks in ([0, 1, 2, 3], [40, 17, 9, 100]):
        for start in (0.0, 0.31, 0.999):
            dealt = terms.split(np.array(clicks), np.full(4, start))
            assert np.bincount(terms.place, weights=dealt).tolist() == clicks
            assert (dealt >= 0).all()


def test_more_clicks_never_take_any_from_a_term() -> None:
    terms, luck = terms_of(_things(), ["USB C Hub"] * 4, 7), np.full(4, 0.4)
    fewer, more = (terms.split(np.full(4, clicks), luck).cumsum() for clicks in (20, 21))
    assert (more >= fewer).all()


def test_an_exact_keyword_is_found_by_its_own_words_and_a_product_by_its_asin() -> None:
    terms = terms_of(_things(), ["USB C Hub"] * 4, 7)
    by_target = {
        place: [text for p, text in zip(terms.place, terms.text, strict=True) if p == place] for place in range(4)
    }
    assert by_target[0] == ["usb c hub", "usb c hubs"]
    assert by_target[3] == ["b0abcdefgh"]
    assert len(by_target[1]) > 3
    assert terms_of(_things(), ["USB C Hub"] * 4, 7).text == terms.text


def test_some_terms_of_loose_targets_never_sell() -> None:
    keywords = [Keyword(str(n), "c", "g", f"hub {n}", "BROAD", "ENABLED", None) for n in range(50)]
    terms = terms_of(keywords, ["Hub"] * 50, 7)
    orders = terms.split(np.full(50, 1000), np.full(50, 0.5), orders=True)
    assert 0.2 < float((orders == 0).mean()) < 0.5
    assert np.bincount(terms.place, weights=orders).tolist() == [1000.0] * 50
