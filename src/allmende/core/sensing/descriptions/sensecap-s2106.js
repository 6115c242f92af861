// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Groups of seven bytes: channel, number of the quantity, value in thousandths (both with the
// low byte first); at the end two bytes of checksum. Quantity 7 is the battery with the interval.
function decodeUplink(input) {
  const b = input.bytes, messages = [];
  if (b.length < 9 || b.length % 7 !== 2) return { errors: ["the length does not fit: " + b.length] };
  for (let at = 0; at + 7 <= b.length - 2; at += 7) {
    const id = b[at + 1] | (b[at + 2] << 8);
    const low = b[at + 3] | (b[at + 4] << 8), high = b[at + 5] | (b[at + 6] << 8);
    if (id === 7) messages.push({ type: "report_battery", measurementId: 7, measurementValue: low });
    if (id < 4096) continue;
    const value = (low | (high << 16)) / 1000;
    messages.push({ type: "report_telemetry", measurementId: id, measurementValue: value });
  }
  const payload = b.map((each) => each.toString(16).padStart(2, "0")).join("").toUpperCase();
  return { data: { err: 0, valid: true, payload, messages } };
}
