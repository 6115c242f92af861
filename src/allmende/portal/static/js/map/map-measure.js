// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Lengths and areas on the ground: on a sphere of the earth's mean radius, right to 0.5 %.

const RADIUS = 6371008.8; // metres
const RAD = Math.PI / 180;

/** @typedef {[number, number]} Position longitude and latitude in degrees */

/** Metres between two positions along a great circle. */
export function distance(/** @type {Position} */ [lon1, lat1], /** @type {Position} */ [lon2, lat2]) {
  const a = Math.sin((lat2 - lat1) * RAD / 2) ** 2
    + Math.cos(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.sin((lon2 - lon1) * RAD / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(a)));
}

/** Metres along a line. */
export function length(/** @type {Position[]} */ line) {
  return line.slice(1).reduce((sum, position, at) => sum + distance(line[at], position), 0);
}

/** Square metres inside a ring that need not be closed. */
export function area(/** @type {Position[]} */ ring) {
  let sum = 0;
  for (let at = 0; at < ring.length; at += 1) {
    const [lon1, lat1] = ring[at];
    const [lon2, lat2] = ring[(at + 1) % ring.length];
    sum += (lon2 - lon1) * RAD * (2 + Math.sin(lat1 * RAD) + Math.sin(lat2 * RAD));
  }
  return Math.abs(sum * RADIUS * RADIUS / 2);
}

/** A length or area in the unit people would choose, with the language's signs. */
export function said(/** @type {number} */ value, /** @type {boolean} */ squared,
  /** @type {string} */ language) {
  const steps = squared ? [[1e6, "km²"], [1e4, "ha"], [1, "m²"]] : [[1000, "km"], [1, "m"]];
  const [factor, unit] = /** @type {[number, string]} */ (
    steps.find(([least]) => value >= Number(least)) ?? steps[steps.length - 1]);
  const shown = value / factor;
  const digits = shown >= 100 || factor === 1 ? (shown < 10 ? 1 : 0) : 2;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(shown);
  return `${number}\u00a0${unit}`;
}

/** Measuring on a map: clicks or the middle of the map set points. */
export class Ruler {
  /** @param {any} map MapLibre's @param {boolean} squared area instead of length
   *  @param {(value: string, points: number) => void} tell what was measured */
  constructor(map, squared, tell) {
    this.map = map;
    this.squared = squared;
    this.tell = tell;
    /** @type {Position[]} */
    this.points = [];
    this.click = (/** @type {any} */ event) => this.add([event.lngLat.lng, event.lngLat.lat]);
    map.on("click", this.click);
    this.draw();
  }

  /** Another point. */
  add(/** @type {Position} */ position) {
    this.points.push(position);
    this.draw();
  }

  /** Takes the last point away. */
  undo() {
    this.points.pop();
    this.draw();
  }

  /** Ends measuring and wipes it off the map. */
  end() {
    this.map.off("click", this.click);
    this.points = [];
    this.map.getSource("measure")?.setData(drawn([], false));
  }

  /** Shows the points and says the result. */
  draw() {
    this.map.getSource("measure")?.setData(drawn(this.points, this.squared));
    const value = this.squared ? area(this.points) : length(this.points);
    this.tell(said(value, this.squared, document.documentElement.lang), this.points.length);
  }
}

function drawn(/** @type {Position[]} */ points, /** @type {boolean} */ squared) {
  const closed = squared && points.length > 2;
  const features = points.map((coordinates) => feature({ type: "Point", coordinates }));
  if (closed) features.push(feature({ type: "Polygon", coordinates: [[...points, points[0]]] }));
  if (points.length > 1) {
    const coordinates = closed ? [...points, points[0]] : points;
    features.push(feature({ type: "LineString", coordinates }));
  }
  return { type: "FeatureCollection", features };
}

function feature(/** @type {any} */ geometry) {
  return { type: "Feature", properties: {}, geometry };
}
