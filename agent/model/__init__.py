"""The nouns. Frozen, without I/O; everybody may import them, they import only ``agent.errors``."""
