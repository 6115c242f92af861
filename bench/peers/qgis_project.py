# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writes a project for QGIS Server that publishes the layers of a GeoPackage.

Run by Debian's Python with python3-qgis. Arguments: the GeoPackage, the project file.
"""

import sys


def main() -> None:
    from qgis.core import (
        QgsApplication,
        QgsCoordinateReferenceSystem,
        QgsProject,
        QgsVectorLayer,
    )

    QgsApplication.setPrefixPath("/usr", True)
    program = QgsApplication([], False)
    program.initQgis()
    project = QgsProject.instance()
    project.setCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    for name in ("trees", "buildings"):
        layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
        if not layer.isValid():
            sys.exit(f"QGIS cannot open {name}: {layer.error().message()}")
        project.addMapLayer(layer)
    project.writeEntry("WFSLayers", "/", list(project.mapLayers()))
    project.writeEntry("WMSCrsList", "/", ["EPSG:4326", "EPSG:25832"])
    if not project.write(sys.argv[2]):
        sys.exit(f"QGIS cannot write the project: {project.error()}")
    sys.stdout.flush()


main()
