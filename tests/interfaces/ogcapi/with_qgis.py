# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Opens a collection in QGIS without a screen and prints what QGIS found; run by a test.

Arguments: address of the API, id of the collection. Needs Debian's python3-qgis.
"""

import json
import sys


def main() -> None:
    from qgis.core import (
        QgsApplication,
        QgsFeatureRequest,
        QgsRectangle,
        QgsVectorLayer,
    )

    QgsApplication.setPrefixPath("/usr", True)
    program = QgsApplication([], False)
    program.initQgis()
    uri = f"url='{sys.argv[1]}' typename='{sys.argv[2]}' srsname='OGC:CRS84' pageSize='10'"
    layer = QgsVectorLayer(uri, "layer", "OAPIF")
    found: dict[str, object] = {"valid": layer.isValid(), "error": layer.error().message()}
    if layer.isValid():
        box = QgsFeatureRequest().setFilterRect(QgsRectangle(11.5805, 50.92, 11.5835, 50.93))
        found["fields"] = [each.name() for each in layer.fields()]
        found["type"] = layer.geometryType()
        found["crs"] = layer.crs().authid()
        found["boxed"] = sorted(each["number"] for each in layer.getFeatures(box))
        found["all"] = sum(1 for _ in layer.getFeatures())
    print("FOUND " + json.dumps(found))
    sys.stdout.flush()


main()
