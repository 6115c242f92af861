# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The query options of SensorThings (OGC 18-088, 9.3), a part of OData 4.0: text to trees."""
