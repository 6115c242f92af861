# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Vector tiles: the rows of a collection as columns, from which a tile is cut in a moment.

`Layer` holds one collection in one grid; `Layer.tile` gives the layer of a Mapbox Vector
Tile 2.1. How it works and what the limits are stands in docs/explanation/tiles.md.
"""
