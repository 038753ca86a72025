"""Proofs of draws: what is committed, published, drawn and checked (docs/draw.md). Pure: files, clock and network are others'."""
