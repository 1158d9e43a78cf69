"""Text to rules: ``source`` reads YAML safely, ``shape`` its keys, ``bind`` gives every name and figure a unit.

Everything a file says wrong becomes a ``Diagnostic`` with its place; nothing in a rule file is ever evaluated.
"""
