"""YAML is read as text with places: nothing is typed, shared or constructed, and every character can be found again."""

import pytest

from agent.model.rule import Place
from agent.rulebook.faults import Faults
from agent.rulebook.nodes import Mapping, Scalar, Sequence
from agent.rulebook.source import MOST_BYTES, MOST_DEPTH, MOST_NODES, read


def scalar(text: str) -> Scalar:
    """The value of ``x`` in a file of one key."""
    node = read(text.encode(), faults := Faults("x"))
    assert faults.found == []
    assert isinstance(node, Mapping)
    value = node.entries["x"][1]
    assert isinstance(value, Scalar)
    return value


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "yes",
        "0060256654",
        "0306406152",
        "12:30",
        "1e3",
        "0x1F",
        ".inf",
        "2026-01-02",
        "null",
        "~",
        "1_000",
        "=",
        "<<",
    ],
)
def test_a_scalar_stays_the_text_it_was_written_as(text: str) -> None:
    assert scalar(f"x: {text}\n").text == text


@pytest.mark.parametrize(
    "written",
    [
        "x: bid > wanted",
        "x:    bid > wanted   # a comment",
        "x:\n    bid > wanted",
        "x:\n    bid >\n    wanted",
        "x:\n    bid\n\n    > wanted",
        "x: 'bid > wanted'",
        'x: "bid > wanted"',
        'x: "bid >\n      wanted"',
        "x: 'it''s bid > wanted'",
        'x: "\\"a\\" bid > wanted"',
        "x: >\n    bid > wanted\n",
        "x: >-  # a comment\n    bid >\n    wanted\n",
        "x: |\n  bid\n  > wanted\n",
        "x: |2-\n    bid > wanted",
        "{x: bid > wanted}",
        "# first\r\nx: bid > wanted\r\n",
        "x: 掌柜 bid > wanted",
        "\ufeffx: bid > wanted",
    ],
)
def test_a_character_of_a_text_is_found_again_in_the_file(written: str) -> None:
    """Folded, quoted and block texts included: the place is that of the very character."""
    found = scalar(written)
    lines = written.lstrip("\ufeff").split("\n")
    for word in ("bid", ">", "wanted"):
        place = found.place_at(found.text.index(word))
        assert lines[place.line - 1][place.column - 1 :].startswith(word), (word, place)


def test_where_an_escape_hides_the_way_the_place_is_the_start_of_the_text() -> None:
    found = scalar('x: "\\u0061 wanted"')
    assert found.place_at(found.text.index("wanted")) == Place(1, 4)


def test_lists_and_maps_keep_their_order_and_places() -> None:
    node = read(b"b: [1, 2]\na:\n  - c: {}\n", Faults("x"))
    assert isinstance(node, Mapping)
    assert list(node.entries) == ["b", "a"]
    first, second = (value for _, value in node.entries.values())
    assert isinstance(first, Sequence)
    assert isinstance(second, Sequence)
    assert (first.place, second.place, second.items[0].place) == (Place(1, 4), Place(3, 3), Place(3, 5))


def fault(data: bytes) -> tuple[int, int, str]:
    faults = Faults("x")
    assert read(data, faults) is None
    first = faults.found[0]
    return first.line, first.column, first.code


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", (1, 1, "R004")),
        (b"\n\n# nothing\n", (1, 1, "R004")),
        (b"x: [1", (1, 6, "R004")),
        (b"x: [1\n", (1, 6, "R004")),
        (b"x: 'a\n\n", (2, 1, "R004")),
        (b"x:\n\t- 1", (2, 1, "R004")),
        (b"x: a: b", (1, 5, "R004")),
        (b"%YAML 3.0\n---\nx: 1", (1, 1, "R004")),
        (b"x: @a", (1, 4, "R004")),
        (b"\xff\xfex\x00", (1, 1, "R003")),
        (b"x: 1\ny: \xe4", (2, 4, "R003")),
        (b"x: \xc3", (1, 4, "R003")),
        (b"x: \xed\xa0\x80", (1, 4, "R003")),
        (b"x: a\rb", (1, 5, "R003")),
        ("x: a\u0085b".encode(), (1, 5, "R003")),
        (b"? [a]\n: b", (1, 3, "R005")),
        (b"<<: *a\n", (1, 5, "R005")),
        (b"x: &a\n", (1, 4, "R005")),
        (b"x: !!python/object/apply:os.system [id]", (1, 4, "R005")),
        (b"x: ! 1", (1, 4, "R005")),
        (b"--- 1\n--- 2\n", (2, 1, "R005")),
        (b"x: 1\nx: 2", (2, 1, "R006")),
        (b"x: {a: 1, 'a': 2}", (1, 11, "R006")),
        (b"#" * (MOST_BYTES + 1), (1, 1, "R002")),
        (b"[" * MOST_DEPTH + b"]" * MOST_DEPTH, None),
        (b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1), (1, MOST_DEPTH + 1, "R002")),
        (b"[" + b"1," * (MOST_NODES - 1) + b"]", None),
        (b"[" + b"1," * MOST_NODES + b"]", (1, 2 * MOST_NODES, "R002")),
    ],
    ids=range(28),
)
def test_what_cannot_be_read_is_told_at_its_place(data: bytes, expected: tuple[int, int, str] | None) -> None:
    if expected is None:
        faults = Faults("x")
        assert read(data, faults) is not None
        assert faults.found == []
    else:
        assert fault(data) == expected
