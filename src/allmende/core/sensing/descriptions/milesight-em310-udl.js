// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Groups of channel and type with their values; the low byte comes first.
function decodeUplink(input) {
  const b = input.bytes, data = {};
  for (let at = 0; at + 2 < b.length;) {
    const channel = b[at], type = b[at + 1];
    if (channel === 1 && type === 0x75) { data.battery = b[at + 2]; at += 3; }
    else if (channel === 3 && type === 0x82) { data.distance = b[at + 2] | (b[at + 3] << 8); at += 4; }
    else if (channel === 4 && type === 0) { data.position = b[at + 2] ? "tilt" : "normal"; at += 3; }
    else return { data, warnings: ["channel " + channel + " is not known; the rest is not read"] };
  }
  return { data };
}
