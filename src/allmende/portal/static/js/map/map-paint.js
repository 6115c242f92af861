// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// How a collection is drawn: its style becomes layers of MapLibre.

/**
 * @typedef {{color: string, value?: string|number|boolean, below?: number}} Class
 * @typedef {{color: string, color_by?: string, classes?: Class[], radius?: number, width?: number,
 *   opacity?: number, min_zoom?: number, label?: string, spots_until?: number}} Style
 * @typedef {{id: string, title: string, kind: "point"|"line"|"area"|"mixed", style: Style,
 *   tiles?: string, data?: string, filter?: string, opacity?: number, base?: boolean}} Layer
 */

export const GROUND = { light: "#eef1ec", dark: "#19201c" };
const INK = { light: "#26302b", dark: "#e7ede9" };
const HALO = { light: "#ffffff", dark: "#111714" };
const EDGE = { light: "#8d9992", dark: "#5d6963" };
const ROAD = { light: "#ffffff", dark: "#39433e" };

/** The colour of a feature: one, by value, or by the limit a number lies below. */
export function colour(/** @type {Style} */ style) {
  const field = style.color_by;
  const classes = style.classes ?? [];
  if (!field || !classes.length) return style.color;
  const named = new Map(classes.filter((c) => c.value !== undefined)
    .map((c) => [String(c.value), c.color]));
  const limits = classes.filter((c) => c.below !== undefined);
  const rest = classes.find((c) => c.value === undefined && c.below === undefined);
  const other = rest?.color ?? style.color;
  if (limits.length) {
    const number = ["to-number", ["get", field], Infinity];
    const steps = limits.flatMap((c) => [["<", number, c.below], c.color]);
    return ["case", ["!", ["has", field]], style.color, ...steps, other];
  }
  if (!named.size) return other;
  return ["match", ["to-string", ["get", field]], ...[...named].flat(), other];
}

/**
 * The layers of MapLibre for a collection, from below to above, without their sources.
 * @param {Layer} layer
 * @param {"light"|"dark"} scheme
 * @returns {any[]}
 */
export function paint(layer, scheme) {
  const kinds = layer.kind === "mixed" ? ["area", "line", "point"] : [layer.kind];
  /** @type {Record<string, (layer: Layer, scheme: "light"|"dark") => any[]>} */
  const makers = layer.base ? { area: ground, line: road, point } : { area, line, point };
  const made = kinds.flatMap((kind) => makers[kind](layer, scheme));
  if (layer.style.label) made.push(...label(layer, scheme, kinds));
  return made.map((each) => ({
    minzoom: layer.style.min_zoom ?? 0,
    ...each,
    id: `${layer.base ? "base" : "layer"}:${layer.id}:${each.id}`,
    source: sourceOf(layer),
    ...(layer.tiles ? { "source-layer": layer.id } : {}),
  }));
}

/** The name of a layer's source. */
export function sourceOf(/** @type {Layer} */ layer) {
  return `${layer.base ? "base" : "layer"}:${layer.id}`;
}

/** Properties that the opacity of a layer changes, with their value at 100 %. */
export function opacities(/** @type {any} */ spec) {
  const full = spec.metadata?.full ?? 1;
  return { fill: ["fill-opacity"], line: ["line-opacity"], circle: ["circle-opacity",
    "circle-stroke-opacity"], symbol: ["text-opacity"] }[/** @type {string} */ (spec.type)]
    ?.map((name) => /** @type {[string, number]} */ ([name, full])) ?? [];
}

const is = (/** @type {string} */ kind) => ["==", ["geometry-type"], kind];

function area(/** @type {Layer} */ { style }) {
  const full = style.opacity ?? 0.45;
  return [
    { id: "area", type: "fill", filter: is("Polygon"), metadata: { full },
      paint: { "fill-color": colour(style), "fill-opacity": full } },
    { id: "edge", type: "line", filter: is("Polygon"), layout: { "line-join": "round" },
      paint: { "line-color": colour(style), "line-width": 1.4 } },
  ];
}

function line(/** @type {{style: Style}} */ { style }) {
  const width = style.width ?? 2;
  return [
    { id: "line", type: "line", filter: is("LineString"),
      layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": colour(style), "line-width": grown(width * 0.7, width, width * 2.2) } },
  ];
}

function point(/** @type {Layer} */ { style }, /** @type {"light"|"dark"} */ scheme) {
  const radius = style.radius ?? 5;
  return [
    { id: "point", type: "circle", filter: is("Point"),
      ...(style.spots_until ? { maxzoom: style.spots_until } : {}), paint: {
      "circle-color": colour(style),
      "circle-radius": ["interpolate", ["exponential", 1.4], ["zoom"],
        9, Math.max(radius * 0.28, 1.2), 13, radius * 0.5, 16, radius, 19, radius * 2],
      "circle-stroke-color": HALO[scheme],
      "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 13, 0, 15, 1, 18, 1.5],
    } },
  ];
}

/** An area of the base map: its classes in calm colours, or only its border. */
function ground(/** @type {Layer} */ { style }, /** @type {"light"|"dark"} */ scheme) {
  if (!style.classes?.length) {
    return [{ id: "edge", type: "line", filter: is("Polygon"), metadata: { full: 0.8 },
      paint: { "line-color": EDGE[scheme], "line-width": grown(0.7, 1.2, 2),
        "line-dasharray": [3, 2], "line-opacity": 0.8 } }];
  }
  const full = scheme === "dark" ? 0.28 : 0.5;
  return [{ id: "area", type: "fill", filter: is("Polygon"), metadata: { full },
    paint: { "fill-color": colour(style), "fill-opacity": full, "fill-antialias": false } }];
}

function road(/** @type {Layer} */ { style }, /** @type {"light"|"dark"} */ scheme) {
  if (style.classes?.length) return line({ style: { ...style, width: 1.6 } });
  const layout = { "line-join": "round", "line-cap": "round" };
  return [
    { id: "case", type: "line", filter: is("LineString"), layout,
      paint: { "line-color": EDGE[scheme], "line-width": grown(0.9, 4.2, 15), "line-opacity": 0.55 },
      metadata: { full: 0.55 } },
    { id: "line", type: "line", filter: is("LineString"), layout,
      paint: { "line-color": ROAD[scheme], "line-width": grown(0.4, 3, 13) } },
  ];
}

/** Names beside points and in areas from afar, along lines from near. */
function label(/** @type {Layer} */ layer, /** @type {"light"|"dark"} */ scheme,
  /** @type {string[]} */ kinds) {
  const common = { type: "symbol", paint: { "text-color": INK[scheme],
    "text-halo-color": HALO[scheme], "text-halo-width": 1.6 } };
  const layout = { "text-field": ["to-string", ["get", layer.style.label]],
    "text-font": ["sans-serif"] };
  if (layer.style.spots_until) {
    Object.assign(layout, { "symbol-sort-key": ["case", ["has", layer.style.color_by], 0, 1] });
  }
  const least = layer.style.min_zoom ?? 0;
  const point = kinds[0] === "point";
  const beside = { ...common, id: "label", minzoom: Math.max(least, point ? 14 : 11),
    filter: ["!=", ["geometry-type"], "LineString"],
    ...(layer.base && !point ? { maxzoom: 15 } : {}),
    layout: { ...layout, "text-size": 13, "text-max-width": 8, "text-anchor": point ? "top" : "center",
      "text-offset": point ? [0, 0.6] : [0, 0] } };
  const along = { ...common, id: "label-along", minzoom: Math.max(least, 14), filter: is("LineString"),
    layout: { ...layout, "text-size": 11.5, "symbol-placement": "line" } };
  return [...(kinds[0] === "line" ? [] : [beside]), ...(kinds.includes("line") ? [along] : [])];
}

/** A width that grows with the zoom: far, at street level, near. */
function grown(/** @type {number} */ far, /** @type {number} */ street, /** @type {number} */ near) {
  return ["interpolate", ["exponential", 1.5], ["zoom"], 10, far, 15, street, 19, near];
}
