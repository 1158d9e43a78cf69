from tests.office import as_before, office

__all__ = ["as_before", "office"]
