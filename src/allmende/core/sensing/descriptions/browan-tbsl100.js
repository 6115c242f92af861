// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// State, battery (0.1 V above 2.5 V), temperature of the board (degrees above -32), sound (dB).
function decodeUplink(input) {
  const b = input.bytes;
  if (b.length < 4) return { errors: ["expected are 4 bytes, got " + b.length] };
  return {
    data: {
      status: b[0],
      battery: (25 + (b[1] & 15)) / 10,
      temperatureBoard: (b[2] & 127) - 32,
      decibel: b[3],
    },
  };
}
