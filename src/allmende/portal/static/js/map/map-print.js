// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// The button on the sheet to print; it waits until the map is drawn.

import "./alm-map.js";

const button = /** @type {HTMLButtonElement} */ (document.getElementById("print-now"));
const map = /** @type {import("./alm-map.js").AlmMap} */ (
  /** @type {unknown} */ (document.querySelector("alm-map")));
button.addEventListener("click", () => window.print());
map.ready.then(() => { button.hidden = false; });
