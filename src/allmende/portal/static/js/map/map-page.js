// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// The map page: every change is a new address, whose page is fetched; its parts replace ours.
// So the server says everything once, and any state is a link that also works without scripts.

import "./alm-map.js";
import { addressBox } from "./map-addresses.js";
import { Ruler } from "./map-measure.js";

/** @typedef {import("./alm-map.js").AlmMap} AlmMap */

const page = /** @type {HTMLElement} */ (document.querySelector("[data-map-page]"));
const map = /** @type {AlmMap} */ (/** @type {unknown} */ (page.querySelector("alm-map")));
const form = /** @type {HTMLFormElement} */ (document.getElementById("map-form"));
const status = /** @type {HTMLElement} */ (document.getElementById("map-status"));
const STATE = ["lat", "lon", "z", "bbox"];
const WAIT = 350; // milliseconds after the last movement

let timer = 0;
/** What is to be shown; the address bar follows when the page has come. */
let wanted = new URL(location.href);
/** @type {{stop: AbortController, push: boolean, view: boolean, parts?: string[]} | undefined} */
let running;

/**
 * Goes to an address of this page without loading it anew. One that is under way is given up, and
 * what it was to do is done by this one.
 * @param {URL} address
 * @param {{push?: boolean, parts?: string[], view?: boolean}} [how] parts to replace (all when
 *   not said); view: also move the map
 */
async function go(address, { push = true, parts, view = false } = {}) {
  const before = running;
  before?.stop.abort();
  const mine = { stop: new AbortController(), push: push || Boolean(before?.push),
    view: view || Boolean(before?.view),
    parts: before && !(before.parts && parts) ? undefined : parts };
  running = mine;
  wanted = address;
  page.setAttribute("aria-busy", "true");
  const next = await fetched(address, mine.stop.signal);
  if (running !== mine) return;
  running = undefined;
  page.removeAttribute("aria-busy");
  if (next) {
    arrive(next, mine);
  } else {
    wanted = new URL(location.href);
    status.textContent = page.dataset.failed ?? "";
  }
}

/** The page at an address; nothing when it did not come. */
async function fetched(/** @type {URL} */ address, /** @type {AbortSignal} */ signal) {
  try {
    const answer = await fetch(address, { signal, headers: { accept: "text/html" } });
    if (!answer.ok) return undefined;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return undefined;
  }
}

/** Shows a page that was fetched. */
function arrive(/** @type {Document} */ next,
  /** @type {{push: boolean, view: boolean, parts?: string[]}} */ { push, view, parts }) {
  const said = /** @type {HTMLElement | null} */ (next.querySelector("[data-map-page]"));
  wanted = new URL(said?.dataset.address ?? wanted.href, location.href);
  replace(next, parts);
  history[push ? "pushState" : "replaceState"](null, "", wanted);
  follow(next, wanted, view);
}

/** Puts the parts of the next page in place of ours; the focus stays where it was. */
function replace(/** @type {Document} */ next, /** @type {string[] | undefined} */ parts) {
  const focused = document.activeElement;
  const id = focused?.id ?? "";
  for (const ours of document.querySelectorAll("[data-part]")) {
    const name = /** @type {HTMLElement} */ (ours).dataset.part ?? "";
    if (parts && !parts.includes(name)) continue;
    const theirs = next.querySelector(`[data-part="${name}"]`);
    if (!theirs || ours.innerHTML === theirs.innerHTML) continue;
    const open = [...ours.querySelectorAll("details[id][open]")].map((each) => each.id);
    ours.replaceChildren(...document.adoptNode(theirs).childNodes);
    for (const each of open) document.getElementById(each)?.setAttribute("open", "");
  }
  if (!id || focused === document.activeElement) return;
  const other = id.replace(/^(up|down)-/, (_, way) => (way === "up" ? "down-" : "up-"));
  const place = [id, other, "layers-head"].map((each) => document.getElementById(each)).find(Boolean);
  place?.focus();
}

/** Lets map, links and form follow the page that was fetched. */
function follow(/** @type {Document} */ next, /** @type {URL} */ address, /** @type {boolean} */ view) {
  const theirs = /** @type {HTMLElement | null} */ (next.querySelector("alm-map"));
  if (theirs?.dataset.map && map.map) {
    const said = JSON.parse(theirs.dataset.map);
    map.show(said);
    if (view && said.view) map.go({ center: [said.view.lon, said.view.lat], zoom: said.view.zoom });
  }
  links(address);
  tree();
  status.textContent = document.getElementById("table-count")?.textContent ?? "";
  const card = document.querySelector("[data-part=feature] section");
  if (card && card !== shownCard) /** @type {HTMLElement | null} */ (card.querySelector("h2"))?.focus();
  shownCard = card;
}
/** @type {Element | null} */
let shownCard = null;

/** The links to print and to the other language carry the state, too. */
function links(/** @type {URL} */ address) {
  const print = /** @type {HTMLAnchorElement | null} */ (document.getElementById("map-print"));
  if (print) {
    const to = new URL(address);
    to.searchParams.set("view", "print");
    print.href = to.href;
  }
  for (const each of document.querySelectorAll("a[hreflang]")) {
    const link = /** @type {HTMLAnchorElement} */ (each);
    link.search = address.search;
  }
}

/** An address with where the map is now. */
function here(/** @type {URL} */ address, keepPage = true) {
  for (const name of STATE) address.searchParams.delete(name);
  if (!map.map) return address;
  const { lat, lon, zoom, box } = map.where;
  address.searchParams.set("lat", lat.toFixed(5));
  address.searchParams.set("lon", lon.toFixed(5));
  address.searchParams.set("z", String(Number(zoom.toFixed(2))));
  if (!address.searchParams.has("all")) {
    address.searchParams.set("bbox", box.map((each) => each.toFixed(5)).join(","));
  }
  if (!keepPage) address.searchParams.delete("page");
  return address;
}

/** The address that the form means. */
function meant(/** @type {HTMLElement | null} */ submitter) {
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form, submitter)) {
    if (typeof value === "string" && value && !STATE.includes(name)) {
      address.searchParams.append(name, value);
    }
  }
  return address;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  go(here(meant(event.submitter), false));
});

document.addEventListener("change", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.form !== form || field.closest("[data-waits]")) return;
  go(here(meant(null), false));
});

page.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field.type === "range" && field.dataset.layer) {
    map.fade({ id: field.dataset.layer }, Number(field.value));
    const shown = /** @type {HTMLElement | null} */ (field.parentElement?.querySelector("output"));
    if (shown) shown.textContent = `${field.value}\u00a0%`;
  }
  if (field.id === "tree-search") tree();
});

page.addEventListener("click", (event) => {
  const link = /** @type {HTMLElement} */ (event.target).closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || link.dataset.plain !== undefined) return;
  const address = new URL(link.href);
  if (address.pathname !== location.pathname || link.hash) return;
  event.preventDefault();
  if (link.dataset.box && map.map) {
    map.go({ box: JSON.parse(link.dataset.box) });
    page.querySelector("alm-map")?.scrollIntoView({ block: "nearest" });
  }
  go(link.dataset.move === undefined ? here(address) : address, { view: link.dataset.move !== undefined });
});

for (const kind of ["mouseover", "focusin"]) {
  page.addEventListener(kind, (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest(".rows-table tbody tr");
    const link = /** @type {HTMLElement | null} */ (row?.querySelector("a[data-box]") ?? null);
    map.hint(link?.dataset.box ? JSON.parse(link.dataset.box) : undefined);
  });
}

page.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const close = /** @type {HTMLElement | null} */ (page.querySelector("[data-close]"));
  if (!close) return;
  close.click();
  map.map?.getCanvas().focus();
});

/** Tells the table, a moment later, what is in view now. */
function viewed() {
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    const before = wanted.searchParams.get("bbox");
    const address = here(new URL(wanted));
    if (address.searchParams.get("bbox") === before) return;
    go(here(address, false), { push: false, parts: ["table", "values", "state"] });
  }, WAIT);
}
map.addEventListener("alm-view", viewed);

map.addEventListener("alm-pick", (event) => {
  const { features } = /** @type {CustomEvent} */ (event).detail;
  const address = here(new URL(wanted));
  const had = address.searchParams.has("feature");
  address.searchParams.delete("feature");
  if (!features.length && !had) return;
  for (const { layer, id } of features.slice(0, 10)) {
    address.searchParams.append("feature", `${layer}/${id}`);
  }
  go(address);
});

window.addEventListener("popstate", () => go(new URL(location.href), { push: false, view: true }));

/** Only those layers of the tree whose name holds what was typed. */
function tree() {
  const typed = /** @type {HTMLInputElement | null} */ (document.getElementById("tree-search"));
  const words = (typed?.value ?? "").toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for (const group of document.querySelectorAll(".tree > details")) {
    let any = false;
    for (const item of group.querySelectorAll("li")) {
      const text = item.textContent?.toLocaleLowerCase() ?? "";
      const fits = words.every((word) => text.includes(word));
      item.toggleAttribute("hidden", !fits);
      any ||= fits;
    }
    group.toggleAttribute("hidden", !any);
    if (words.length && any) group.setAttribute("open", "");
  }
}

/** The buttons that only work with scripts. */
function tools() {
  const box = /** @type {HTMLElement} */ (document.getElementById("map-tools"));
  const shown = /** @type {HTMLElement} */ (document.getElementById("measured"));
  /** @type {Ruler | undefined} */
  let ruler;
  const pressed = (/** @type {string} */ kind) => {
    for (const each of box.querySelectorAll("[data-measure]")) {
      each.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (each).dataset.measure === kind));
    }
  };
  const stop = () => {
    ruler?.end();
    ruler = undefined;
    map.busy = false;
    pressed("");
    shown.hidden = true;
  };
  for (const each of box.querySelectorAll("[data-measure]")) {
    const button = /** @type {HTMLElement} */ (each);
    button.hidden = false;
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      stop();
      if (!on) return;
      const kind = button.dataset.measure ?? "";
      map.busy = true;
      shown.hidden = false;
      pressed(kind);
      ruler = new Ruler(map.map, kind === "area", (value, points) => {
        const enough = points > (kind === "area" ? 2 : 1);
        /** @type {HTMLElement} */ (shown.querySelector("output")).textContent = enough ? value : "–";
      });
      map.map.getCanvas().focus();
    });
  }
  map.addEventListener("alm-point", (event) => ruler?.add(/** @type {CustomEvent} */ (event).detail.position));
  shown.querySelector("[data-undo]")?.addEventListener("click", () => ruler?.undo());
  shown.querySelector("[data-end]")?.addEventListener("click", stop);
  const share = /** @type {HTMLElement | null} */ (box.querySelector("[data-share]"));
  share?.removeAttribute("hidden");
  share?.addEventListener("click", async () => {
    const address = here(new URL(wanted)).href;
    history.replaceState(null, "", address);
    try {
      await navigator.clipboard.writeText(address);
      status.textContent = share.dataset.copied ?? "";
      const said = share.textContent;
      share.textContent = status.textContent;
      setTimeout(() => (share.textContent = said), 2_000);
    } catch {
      prompt(share.textContent ?? "", address);
    }
  });
}

document.documentElement.classList.add("scripted");
if (matchMedia("(max-width: 60rem)").matches) page.querySelector(".map-fold")?.removeAttribute("open");
map.ready.then((works) => {
  if (!works) return;
  page.classList.add("with-map");
  tools();
  if (!new URL(location.href).searchParams.has("bbox")) viewed();
});
addressBox(/** @type {HTMLFormElement} */ (document.getElementById("address-form")), ({ lat, lon, label }) => {
  const address = here(new URL(wanted));
  address.searchParams.delete("q");
  address.searchParams.set("at", `${lat.toFixed(6)},${lon.toFixed(6)}`);
  status.textContent = label;
  map.go({ center: [lon, lat], zoom: 17 });
  go(address);
});
links(new URL(location.href));
