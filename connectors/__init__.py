"""One folder per source. A connector knows the seams (``agent.ports``), the nouns and the door, not the core."""
