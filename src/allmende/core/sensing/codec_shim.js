// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// What a payload codec finds around it. Everything is taken before its code runs, so nothing
// that the code changes later can change how it is called. The last value is the finder.
(function () {
  "use strict";
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const Time = Date;
  const Wait = Promise;
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  function fromBase64(text) {
    const out = [];
    let held = 0, bits = 0;
    for (const sign of text.replace(/[=\s]/g, "").replace(/-/g, "+").replace(/_/g, "/")) {
      const place = letters.indexOf(sign);
      if (place < 0) break;
      held = ((held << 6) | place) & 0xffff;
      bits += 6;
      if (bits >= 8) { bits -= 8; out.push((held >> bits) & 255); }
    }
    return out;
  }

  function toBase64(bytes) {
    let out = "";
    for (let at = 0; at < bytes.length; at += 3) {
      const three = (bytes[at] << 16) | ((bytes[at + 1] || 0) << 8) | (bytes[at + 2] || 0);
      out += letters[three >> 18] + letters[(three >> 12) & 63];
      out += at + 1 < bytes.length ? letters[(three >> 6) & 63] : "=";
      out += at + 2 < bytes.length ? letters[three & 63] : "=";
    }
    return out;
  }

  function fromText(text, encoding) {
    switch ((encoding || "utf8").toLowerCase()) {
      case "hex": return (text.match(/[0-9a-fA-F]{2}/g) || []).map((pair) => parseInt(pair, 16));
      case "base64": return fromBase64(text);
      case "ascii": case "latin1": case "binary":
        return Array.from(text, (sign) => sign.charCodeAt(0) & 255);
      default:
        return unescape(encodeURIComponent(text)).split("").map((sign) => sign.charCodeAt(0));
    }
  }

  class Buffer extends Uint8Array {
    static from(value, encoding) {
      const made = typeof value === "string" ? fromText(value, encoding) : value;
      const buffer = new Buffer(made.length);
      buffer.set(made);
      return buffer;
    }
    static alloc(size) { return new Buffer(size); }
    static isBuffer(value) { return value instanceof Buffer; }
    static concat(list) {
      return Buffer.from([].concat(...list.map((each) => Array.prototype.slice.call(each))));
    }
    slice(start, end) { return this.subarray(start, end); }
    toString(encoding, start, end) {
      const part = Array.from(this.subarray(start || 0, end === undefined ? this.length : end));
      switch ((encoding || "utf8").toLowerCase()) {
        case "hex": return part.map((byte) => byte.toString(16).padStart(2, "0")).join("");
        case "base64": return toBase64(part);
        case "ascii": return part.map((byte) => String.fromCharCode(byte & 127)).join("");
        case "latin1": case "binary":
          return part.map((byte) => String.fromCharCode(byte)).join("");
        default: {
          const raw = part.map((byte) => String.fromCharCode(byte)).join("");
          try { return decodeURIComponent(escape(raw)); } catch (error) { return raw; }
        }
      }
    }
  }

  const numbers = {
    UInt8: "getUint8", Int8: "getInt8", UInt16: "getUint16", Int16: "getInt16",
    UInt32: "getUint32", Int32: "getInt32", BigInt64: "getBigInt64",
    BigUInt64: "getBigUint64", Float: "getFloat32", Double: "getFloat64",
  };
  for (const [name, getter] of Object.entries(numbers)) {
    for (const [ending, little] of name.endsWith("Int8") ? [["", true]] : [["LE", true], ["BE", false]]) {
      const read = function (offset) {
        const view = new DataView(this.buffer, this.byteOffset, this.byteLength);
        return view[getter](offset || 0, little);
      };
      Buffer.prototype[`read${name}${ending}`] = read;
      Buffer.prototype[`read${name.replace("UInt", "Uint")}${ending}`] = read;
    }
  }

  const nothing = () => undefined;
  globalThis.Buffer = Buffer;
  globalThis.console = { log: nothing, info: nothing, warn: nothing, error: nothing, debug: nothing };
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;

  function told(result) {
    if (result instanceof Wait) throw new TypeError("a codec must not be asynchronous");
    const text = stringify(result);
    if (text === undefined) throw new TypeError("the codec returned nothing");
    return text;
  }

  return function (uplink, decoder, decode) {
    if (typeof uplink === "function") {
      return (bytes, fPort, time) => told(
        uplink({ bytes: parse(bytes), fPort, recvTime: new Time(time), variables: {} }));
    }
    const legacy = typeof decoder === "function"
      ? (bytes, port) => decoder(bytes, port)
      : typeof decode === "function" ? (bytes, port) => decode(port, bytes, {}) : null;
    if (legacy === null) return null;
    return (bytes, port) => told({ data: legacy(parse(bytes), port) });
  };
})();
