// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Letters for labels without a font server: drawn with the reader's own fonts when asked for.
//
// MapLibre asks for ranges of 256 glyphs as signed distance fields in a protocol buffer. They
// are made here on a canvas: a glyph is drawn at 24 px and each pixel gets its distance to the
// edge (Felzenszwalb and Huttenlocher's transform), 192 at the edge, 8 px to either side.

const SIZE = 24;
const BUFFER = 3;
const RADIUS = 8;
const EDGE = 0.25;
const BASELINE = 27; // where MapLibre expects the baseline below the top of a line
const FAR = 1e20;

/** Makes `glyphs://…` addresses answerable; once for a page. */
export function offerGlyphs(/** @type {any} */ maplibregl) {
  maplibregl.addProtocol("glyphs", async (/** @type {{url: string}} */ { url }) => {
    const [, font, begin] = /** @type {RegExpExecArray} */ (
      /^glyphs:\/\/([^/]+)\/(\d+)-\d+$/.exec(url) ?? ["", "sans-serif", "0"]);
    return { data: range(decodeURIComponent(font), Number(begin)).buffer };
  });
}

/** @type {Map<string, Uint8Array>} */
const kept = new Map();

function range(/** @type {string} */ font, /** @type {number} */ begin) {
  const key = `${font}/${begin}`;
  let made = kept.get(key);
  if (!made) {
    const pen = penFor(font);
    const glyphs = [];
    for (let code = begin; code < begin + 256; code += 1) {
      if (printable(code)) glyphs.push(bytes(3, glyph(pen, code)));
    }
    const stack = join([text(1, font), text(2, `${begin}-${begin + 255}`), ...glyphs]);
    made = bytes(1, stack);
    kept.set(key, made);
  }
  return made.slice();
}

function printable(/** @type {number} */ code) {
  return code >= 32 && !(code >= 127 && code < 160) && !(code >= 0xd800 && code < 0xe000);
}

function penFor(/** @type {string} */ font) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * 3;
  const pen = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true }));
  pen.font = `500 ${SIZE}px ${font === "sans-serif" ? "system-ui, sans-serif" : font}`;
  pen.textBaseline = "alphabetic";
  pen.fillStyle = "#000";
  return pen;
}

function glyph(/** @type {CanvasRenderingContext2D} */ pen, /** @type {number} */ code) {
  const letter = String.fromCodePoint(code);
  const size = pen.measureText(letter);
  const left = Math.floor(-size.actualBoundingBoxLeft);
  const top = Math.ceil(size.actualBoundingBoxAscent);
  const width = Math.max(0, Math.min(Math.ceil(size.actualBoundingBoxRight) - left, SIZE * 2));
  const height = Math.max(0, Math.min(Math.ceil(size.actualBoundingBoxDescent) + top, SIZE * 2));
  const parts = [number(1, code)];
  if (width && height) {
    const wide = width + 2 * BUFFER;
    const high = height + 2 * BUFFER;
    pen.clearRect(0, 0, wide, high);
    pen.fillText(letter, BUFFER - left, BUFFER + top);
    parts.push(bytes(2, field(pen.getImageData(0, 0, wide, high).data, wide, high)));
  }
  parts.push(number(3, width), number(4, height), number(5, zigzag(left)),
    number(6, zigzag(top - BASELINE)), number(7, Math.round(size.width)));
  return join(parts);
}

/** The signed distance field of a picture (its alpha), a byte for each pixel. */
function field(/** @type {Uint8ClampedArray} */ picture, /** @type {number} */ width,
  /** @type {number} */ height) {
  const outer = new Float64Array(width * height);
  const inner = new Float64Array(width * height);
  for (let at = 0; at < outer.length; at += 1) {
    const alpha = picture[at * 4 + 3] / 255;
    outer[at] = alpha === 1 ? 0 : alpha === 0 ? FAR : Math.max(0, 0.5 - alpha) ** 2;
    inner[at] = alpha === 1 ? FAR : alpha === 0 ? 0 : Math.max(0, alpha - 0.5) ** 2;
  }
  spread(outer, width, height);
  spread(inner, width, height);
  return Uint8Array.from(outer, (value, at) => {
    const distance = Math.sqrt(value) - Math.sqrt(inner[at]);
    return Math.max(0, Math.min(255, Math.round(255 - 255 * (distance / RADIUS + EDGE))));
  });
}

/** Squared distances to the nearest pixel that is 0, in place. */
function spread(/** @type {Float64Array} */ grid, /** @type {number} */ width,
  /** @type {number} */ height) {
  for (let x = 0; x < width; x += 1) pass(grid, x, width, height);
  for (let y = 0; y < height; y += 1) pass(grid, y * width, 1, width);
}

function pass(/** @type {Float64Array} */ grid, /** @type {number} */ offset,
  /** @type {number} */ stride, /** @type {number} */ length) {
  const value = Float64Array.from({ length }, (_, at) => grid[offset + at * stride]);
  const place = new Int32Array(length);
  const border = new Float64Array(length + 1);
  let last = 0;
  border[0] = -Infinity;
  border[1] = Infinity;
  for (let at = 1; at < length; at += 1) {
    let meet = crossing(value, at, place[last]);
    while (meet <= border[last] && last > 0) {
      last -= 1;
      meet = crossing(value, at, place[last]);
    }
    if (meet > border[last]) last += 1;
    place[last] = at;
    border[last] = meet;
    border[last + 1] = Infinity;
  }
  for (let at = 0, part = 0; at < length; at += 1) {
    while (border[part + 1] < at) part += 1;
    grid[offset + at * stride] = value[place[part]] + (at - place[part]) ** 2;
  }
}

function crossing(/** @type {Float64Array} */ value, /** @type {number} */ a,
  /** @type {number} */ b) {
  return (value[a] - value[b] + a * a - b * b) / (2 * (a - b));
}

// Protocol buffers: the few kinds of field that are needed.

const zigzag = (/** @type {number} */ value) => (value << 1) ^ (value >> 31);

function varint(/** @type {number} */ value) {
  const out = [];
  for (let rest = value >>> 0; ; rest >>>= 7) {
    if (rest < 128) return [...out, rest];
    out.push((rest & 127) | 128);
  }
}

function number(/** @type {number} */ tag, /** @type {number} */ value) {
  return Uint8Array.from([...varint(tag << 3), ...varint(value)]);
}

function bytes(/** @type {number} */ tag, /** @type {Uint8Array} */ value) {
  return join([Uint8Array.from([...varint((tag << 3) | 2), ...varint(value.length)]), value]);
}

function text(/** @type {number} */ tag, /** @type {string} */ value) {
  return bytes(tag, new TextEncoder().encode(value));
}

function join(/** @type {Uint8Array[]} */ parts) {
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}
