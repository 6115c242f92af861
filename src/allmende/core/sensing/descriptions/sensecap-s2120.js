// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Frames one after the other, each with a byte that says what it holds.
const LENGTHS = { 1: 10, 2: 8, 3: 1, 0x4a: 10, 0x4b: 8, 0x4c: 6 };
const NAMES = {
  4097: "Air Temperature", 4098: "Air Humidity", 4099: "Light Intensity", 4190: "UV Index",
  4105: "Wind Speed", 4104: "Wind Direction Sensor", 4113: "Rain Gauge",
  4101: "Barometric Pressure", 4191: " Peak Wind Gust", 4213: "Rain Accumulation",
  3000: "Battery",
};

function frame(kind, b) {
  const u16 = (at) => (b[at] << 8) | b[at + 1];
  const u32 = (at) => u16(at) * 65536 + u16(at + 2);
  switch (kind) {
    case 1: case 0x4a:
      return [[4097, (u16(0) << 16 >> 16) / 10], [4098, b[2]], [4099, u32(3)], [4190, b[7] / 10],
        [4105, u16(8) / 10]];
    case 2: case 0x4b:
      return [[4104, u16(0)], [4113, u32(2) / 1000], [4101, u16(6) * 10]];
    case 0x4c:
      return [[4191, u16(0) / 10], [4213, u32(2) / 1000]];
    default:
      return [[3000, b[0]]];
  }
}

function decodeUplink(input) {
  const bytes = input.bytes, messages = [];
  const payload = bytes.map((each) => each.toString(16).padStart(2, "0")).join("").toUpperCase();
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at], length = LENGTHS[kind];
    if (length === undefined || at + 1 + length > bytes.length) {
      return { errors: ["the frame 0x" + kind.toString(16) + " is not known or cut off"] };
    }
    messages.push(frame(kind, bytes.slice(at + 1, at + 1 + length)).map(
      ([id, value]) => ({ measurementId: String(id), measurementValue: value, type: NAMES[id] })));
    at += 1 + length;
  }
  return { data: { err: 0, valid: true, payload, messages } };
}
