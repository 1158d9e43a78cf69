"""Reports for people: one sheet of words and figures, written as HTML, as text and as a message."""
