"""Quanshi (全时): the interaction callbacks of its live product, both ends of the wire. See docs/dialects/quanshi.md."""
