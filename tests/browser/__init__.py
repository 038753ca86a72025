"""Paths through the screens. A package, so that its tests share one browser and one server, and leave none behind."""
