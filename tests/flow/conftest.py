from tests.flow_shop import pulled, shop

__all__ = ["pulled", "shop"]
