from tests.flow_shop import pulled, shop, still_shop

__all__ = ["pulled", "shop", "still_shop"]
