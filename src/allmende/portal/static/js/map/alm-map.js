// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// <alm-map data-map="…">: a map of collections. Needs MapLibre on the page; without it, or
// without WebGL, what stands inside the element stays as it is.

import { offerGlyphs } from "./map-glyphs.js";
import { GROUND, opacities, paint, sourceOf } from "./map-paint.js";

/**
 * @typedef {import("./map-paint.js").Layer} Layer
 * @typedef {[number, number, number, number]} Box
 * @typedef {{layers: Layer[], worker: string, words: Record<string, string>, title: string,
 *   view?: {lon: number, lat: number, zoom: number}, box?: Box, chosen?: any, at?: [number, number],
 *   external?: {tiles: string}, print?: boolean, small?: boolean}} MapDocument
 *   layers from below to above
 */

const NOTHING = { type: "FeatureCollection", features: [] };
const MARK = "#d6006c";
const REACH = 6; // pixels around a click in which a feature counts as hit
let prepared = false;

/** A map as an element; `map` is MapLibre's own, `ready` is fulfilled when all is drawn. */
export class AlmMap extends HTMLElement {
  constructor() {
    super();
    /** @type {any} */
    this.map = undefined;
    /** @type {Promise<boolean>} */
    this.ready = new Promise((done) => { this.done = done; });
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    /** @type {Map<string, {mark: string, layers: any[]}>} */
    this.drawn = new Map();
    this.busy = false; // something else, such as measuring, uses clicks
  }

  connectedCallback() {
    if (this.map || !this.dataset.map) return;
    /** @type {MapDocument} */
    this.document = JSON.parse(this.dataset.map);
    const library = /** @type {any} */ (globalThis).maplibregl;
    if (!library) {
      this.done?.(false);
      return;
    }
    prepare(library, this.shown().worker);
    try {
      this.open(library);
    } catch {
      this.querySelector("[data-frame]")?.remove();
      this.querySelector("[data-absent]")?.removeAttribute("hidden");
      this.done?.(false);
    }
  }

  disconnectedCallback() {
    this.map?.remove();
    this.map = undefined;
  }

  /** @param {any} library */
  open(library) {
    const { words, view, box, print, small } = this.shown();
    const frame = document.createElement("div");
    frame.dataset.frame = "";
    frame.className = "map-frame";
    this.append(frame);
    this.querySelector("[data-absent]")?.setAttribute("hidden", "");
    this.map = new library.Map({
      container: frame,
      style: { version: 8, glyphs: "glyphs://{fontstack}/{range}", sources: {}, layers: [] },
      ...(view ? { center: [view.lon, view.lat], zoom: view.zoom }
        : { bounds: box ?? [5.8, 47.2, 15.1, 55.1], fitBoundsOptions: { padding: 24, maxZoom: 17 } }),
      attributionControl: false,
      canvasContextAttributes: { preserveDrawingBuffer: Boolean(print) },
      pixelRatio: print ? Math.max(2, devicePixelRatio) : undefined,
      cooperativeGestures: Boolean(small),
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 21,
      fadeDuration: reduced() ? 0 : 150,
      locale: words,
      interactive: !print,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    if (!print) this.map.addControl(new library.NavigationControl({ showCompass: false }));
    this.map.addControl(new library.ScaleControl({ maxWidth: 140, unit: "metric" }));
    this.label(frame);
    this.map.on("load", () => this.begin());
    this.map.on("moveend", (/** @type {any} */ event) => this.moved(!event.originalEvent));
    this.map.on("click", (/** @type {any} */ event) => this.pick(event.point));
    this.map.on("mousemove", (/** @type {any} */ event) => this.point(event.point));
    this.dark.addEventListener("change", () => this.show(this.shown()));
  }

  /** What is to be shown. */
  shown() {
    return /** @type {MapDocument} */ (this.document);
  }

  /** The name of the map and its keys, for those who hear it. */
  label(/** @type {HTMLElement} */ frame) {
    const canvas = /** @type {HTMLElement} */ (frame.querySelector("canvas"));
    canvas.setAttribute("aria-label", this.shown().title);
    const keys = this.dataset.keys;
    if (keys) canvas.setAttribute("aria-describedby", keys);
    canvas.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !this.map) return;
      event.preventDefault();
      const { lng, lat } = this.map.getCenter();
      if (this.busy) this.tell("alm-point", { position: [lng, lat] });
      else this.pick(this.map.project([lng, lat]));
    });
  }

  begin() {
    this.map.addSource("marks", { type: "geojson", data: NOTHING });
    this.map.addSource("measure", { type: "geojson", data: NOTHING });
    this.map.addSource("hint", { type: "geojson", data: NOTHING });
    for (const each of [...marks("marks", MARK), ...marks("measure", "#c2410c"),
      ...marks("hint", "#1d4ed8")]) this.map.addLayer(each);
    this.show(this.shown());
    this.map.once("idle", () => {
      this.dataset.ready = "";
      this.done?.(true);
    });
  }

  /**
   * Shows another document: only what differs is drawn anew.
   * @param {MapDocument} next
   */
  show(next) {
    this.document = next;
    if (!this.map?.getSource("marks")) return;
    const scheme = this.dark.matches && !next.print ? "dark" : "light";
    this.ground(scheme);
    const wanted = new Map(next.layers.map((layer) => [sourceOf(layer), layer]));
    for (const [source] of this.drawn) {
      const layer = wanted.get(source);
      if (!layer || this.drawn.get(source)?.mark !== markOf(layer, scheme)) this.drop(source);
    }
    for (const [source, layer] of wanted) this.place(source, layer, scheme);
    this.lift();
    this.mark(next.chosen);
    this.pin(next.at);
  }

  ground(/** @type {"light"|"dark"} */ scheme) {
    const external = this.shown().external;
    if (this.map.getLayer("ground")) this.map.removeLayer("ground");
    const lowest = this.map.getStyle().layers[0]?.id;
    this.map.addLayer({ id: "ground", type: "background",
      paint: { "background-color": GROUND[scheme] } }, lowest);
    if (external && !this.map.getSource("external")) {
      this.map.addSource("external", { type: "raster", tiles: [external.tiles], tileSize: 256 });
      this.map.addLayer({ id: "external", type: "raster", source: "external" }, lowest);
    } else if (!external && this.map.getSource("external")) {
      this.map.removeLayer("external");
      this.map.removeSource("external");
    }
  }

  /** Takes a layer off the map. */
  drop(/** @type {string} */ source) {
    for (const each of this.drawn.get(source)?.layers ?? []) this.map.removeLayer(each.id);
    this.map.removeSource(source);
    this.drawn.delete(source);
  }

  /** Adds a layer or lifts it above those before it, with its opacity. */
  place(/** @type {string} */ source, /** @type {Layer} */ layer, /** @type {"light"|"dark"} */ scheme) {
    const known = this.drawn.get(source);
    if (known) {
      for (const each of known.layers) this.map.moveLayer(each.id);
    } else {
      this.map.addSource(source, sourceSpec(layer));
      const layers = paint(layer, scheme);
      for (const each of layers) this.map.addLayer(each);
      this.drawn.set(source, { mark: markOf(layer, scheme), layers });
    }
    this.fade(layer, layer.opacity ?? 100);
  }

  /** Sets the opacity of a layer in percent. */
  fade(/** @type {{id: string, base?: boolean}} */ layer, /** @type {number} */ percent) {
    for (const each of this.drawn.get(sourceOf(/** @type {Layer} */ (layer)))?.layers ?? []) {
      for (const [name, full] of opacities(each)) {
        this.map.setPaintProperty(each.id, name, full * percent / 100);
      }
    }
  }

  /** Labels above everything, marks above labels. */
  lift() {
    for (const { layers } of this.drawn.values()) {
      for (const each of layers) if (each.type === "symbol") this.map.moveLayer(each.id);
    }
    for (const name of ["marks", "measure", "hint"]) {
      for (const part of ["area", "line", "point"]) this.map.moveLayer(`${name}-${part}`);
    }
  }

  /** Rings what is chosen (a GeoJSON object), or nothing. */
  mark(/** @type {any} */ shapes) {
    this.map?.getSource("marks")?.setData(shapes ?? NOTHING);
  }

  /** Shows where something is: a ring around a small box, the outline of a large one. */
  hint(/** @type {Box | undefined} */ box) {
    this.map?.getSource("hint")?.setData(box ? outline(box) : NOTHING);
  }

  /** A pin at latitude and longitude. */
  pin(/** @type {[number, number] | undefined} */ at) {
    this.flag?.remove();
    this.flag = undefined;
    if (!at || !this.map) return;
    const library = /** @type {any} */ (globalThis).maplibregl;
    this.flag = new library.Marker({ color: MARK }).setLngLat([at[1], at[0]]).addTo(this.map);
    this.flag.getElement().setAttribute("aria-label", this.shown().words["pin"] ?? "");
    this.flag.getElement().removeAttribute("tabindex");
  }

  /** Moves to a box, or to a point and zoom. */
  go(/** @type {{box?: Box, center?: [number, number], zoom?: number}} */ { box, center, zoom }) {
    if (!this.map) return;
    const motion = reduced() ? { animate: false } : { duration: 500 };
    if (box) this.map.fitBounds(box, { padding: 60, maxZoom: 18, ...motion });
    else if (center) this.map.easeTo({ center, zoom: zoom ?? this.map.getZoom(), ...motion });
  }

  /** Where the map is. */
  get where() {
    const { lng, lat } = this.map.getCenter();
    const bounds = this.map.getBounds();
    return { lat, lon: lng, zoom: this.map.getZoom(), box: /** @type {Box} */ ([
      bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]) };
  }

  moved(/** @type {boolean} */ byProgram) {
    this.tell("alm-view", { ...this.where, byProgram });
  }

  /** What lies at a point of the screen, each feature once, the uppermost first. */
  hits(/** @type {{x: number, y: number}} */ { x, y }, reach = REACH) {
    const layers = [...this.drawn].filter(([source]) => source.startsWith("layer:"))
      .flatMap(([, { layers: all }]) => all.map((each) => each.id));
    if (!layers.length) return [];
    const around = [[x - reach, y - reach], [x + reach, y + reach]];
    const found = new Map();
    for (const feature of this.map.queryRenderedFeatures(around, { layers })) {
      const layer = feature.source.slice("layer:".length);
      const id = feature.properties._id ?? feature.id;
      if (id !== undefined) found.set(`${layer}/${id}`, { layer, id: String(id) });
    }
    return [...found.values()];
  }

  pick(/** @type {{x: number, y: number}} */ point) {
    if (!this.busy) this.tell("alm-pick", { features: this.hits(point) });
  }

  point(/** @type {{x: number, y: number}} */ point) {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      if (!this.map || this.map.isMoving()) return;
      const hit = !this.busy && this.hits(point, 2).length > 0;
      this.map.getCanvas().style.cursor = this.busy ? "crosshair" : hit ? "pointer" : "";
    });
  }

  tell(/** @type {string} */ name, /** @type {any} */ detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

function prepare(/** @type {any} */ library, /** @type {string} */ worker) {
  if (prepared) return;
  prepared = true;
  library.setWorkerUrl(new URL(worker, location.href).href);
  offerGlyphs(library);
}

function reduced() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function markOf(/** @type {Layer} */ layer, /** @type {string} */ scheme) {
  return JSON.stringify([layer.tiles, layer.data, layer.filter, layer.style, layer.kind, scheme]);
}

function sourceSpec(/** @type {Layer} */ layer) {
  const filter = layer.filter ? `&filter=${encodeURIComponent(layer.filter)}` : "";
  if (layer.tiles) {
    const tiles = [location.origin + layer.tiles + filter];
    return { type: "vector", tiles, minzoom: 0, maxzoom: 16 };
  }
  return { type: "geojson", data: location.origin + layer.data + filter };
}

function outline(/** @type {Box} */ [west, south, east, north]) {
  const point = { type: "Point", coordinates: [(west + east) / 2, (south + north) / 2] };
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  const geometry = east - west < 0.002 ? point : { type: "LineString", coordinates: ring };
  return { type: "Feature", properties: {}, geometry };
}

function marks(/** @type {string} */ source, /** @type {string} */ colour) {
  const is = (/** @type {string} */ kind) => ["==", ["geometry-type"], kind];
  return [
    { id: `${source}-area`, source, type: "fill", filter: is("Polygon"),
      paint: { "fill-color": colour, "fill-opacity": 0.15 } },
    { id: `${source}-line`, source, type: "line", filter: ["!=", ["geometry-type"], "Point"],
      layout: { "line-join": "round" }, paint: { "line-color": colour, "line-width": 3 } },
    { id: `${source}-point`, source, type: "circle", filter: is("Point"),
      paint: { "circle-radius": source === "measure" ? 5 : 11, "circle-color": colour,
        "circle-opacity": source === "measure" ? 1 : 0.2, "circle-stroke-color": colour,
        "circle-stroke-width": 3 } },
  ];
}

customElements.define("alm-map", AlmMap);
