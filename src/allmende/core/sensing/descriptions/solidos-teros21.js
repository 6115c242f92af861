// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// One byte of battery in steps of 30 mV, then for each probe its temperature (0.1 degrees) and
// the amount of its potential (0.1 kPa, below zero), at last a byte of state.
function decodeUplink(input) {
  const b = input.bytes;
  if (b.length < 11) return { errors: ["expected are 11 bytes, got " + b.length] };
  const data = { battery_voltage: Math.round(b[0] * 3) / 100 };
  for (let probe = 0; probe < 2; probe++) {
    const at = 1 + probe * 5;
    data["temp_" + (probe + 1)] = ((b[at] << 24 >> 16) | b[at + 1]) / 10;
    data["potentialwater_" + (probe + 1)] =
      -((b[at + 2] << 16) | (b[at + 3] << 8) | b[at + 4]) / 10;
  }
  return { data };
}
