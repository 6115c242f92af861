// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// The sheet to print: the button waits until the map is drawn; then scale and numbers are those
// of the section that is on the paper, which is another than that of the screen.

import "./alm-map.js";

const PIXEL = 0.0254 / 96; // metres of a CSS pixel on paper
const button = /** @type {HTMLButtonElement} */ (document.getElementById("print-now"));
const map = /** @type {import("./alm-map.js").AlmMap} */ (
  /** @type {unknown} */ (document.querySelector("alm-map")));

/** Writes the scale in the middle of the map, rounded to two digits. */
function scale() {
  const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-scale]"));
  if (!place) return;
  const canvas = map.map.getCanvas();
  const [x, y] = [canvas.clientWidth / 2, canvas.clientHeight / 2];
  const across = map.map.unproject([x - 50, y]).distanceTo(map.map.unproject([x + 50, y]));
  const number = Number((across / 100 / PIXEL).toPrecision(2));
  const said = new Intl.NumberFormat(document.documentElement.lang).format(number);
  place.textContent = ` · ${(place.dataset.scale ?? "").replace("{n}", said)}`;
  place.hidden = false;
}

/** Fetches the numbers of the section that is on the sheet. */
async function numbers() {
  const address = new URL(location.href);
  address.searchParams.set("bbox", map.where.box.map((each) => each.toFixed(5)).join(","));
  address.searchParams.delete("all");
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const theirs = page.querySelector("[data-part=sheet]");
    const ours = document.querySelector("[data-part=sheet]");
    if (theirs && ours) ours.replaceChildren(...document.adoptNode(theirs).childNodes);
  } catch {
    // the numbers the page came with stay: they are true of what they name
  }
}

button.addEventListener("click", () => window.print());
map.ready.then(async (works) => {
  if (works) {
    scale();
    await numbers();
  }
  button.hidden = false;
});
