from tests.flow_shop import shop

__all__ = ["shop"]
