"""At once: the way to hide from every party in one go, where cells and parties are many."""
