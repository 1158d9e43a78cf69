"""Lines of keys in a TOML file."""

from agent.config.places import lines_of

_TEXT = '''
# a comment with key = value
name = "x"  # another
"quoted key".inner = 1

[table]
list = [
  "a = 1",
  {b = 2},
]
text = """
[not.a.table]
not_a_key = 1
"""
[a."b.c"]
d = 1979-05-27
[[rows]]
x = 1
[[rows]]
x = 2
  [rows.inner]
  y = {z = {w = 3}}
'''


def test_every_key_has_the_line_it_is_written_on() -> None:
    lines = lines_of(_TEXT)
    assert lines["name",] == 3
    assert lines["quoted key", "inner"] == 4
    assert lines["table",] == 6
    assert lines["table", "list"] == 7
    assert lines["table", "list", 1, "b"] == 7
    assert lines["table", "text"] == 11
    assert lines["a", "b.c"] == 15
    assert lines["a", "b.c", "d"] == 16
    assert lines["rows", 0, "x"] == 18
    assert lines["rows", 1, "x"] == 20
    assert lines["rows", 1, "inner", "y", "z", "w"] == 22


def test_what_stands_in_strings_and_comments_is_no_key() -> None:
    names = {part for key in lines_of(_TEXT) for part in key}
    assert not names & {"not", "not_a_key", "key"}
