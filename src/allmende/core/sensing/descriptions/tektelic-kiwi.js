// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Groups of channel and type; of the two soil probes the frequency (Hz) is sent, from which the
// tension (kPa) follows along straight lines: from that frequency on, the tension there, its slope.
const LINES = [
  [6430, 0, 0], [4330, 9, 0.004286], [2820, 15, 0.003974], [1110, 35, 0.0117], [770, 55, 0.05884],
  [600, 75, 0.1176], [485, 100, 0.2174], [293, 200, 0.5208], [0, 200, 0],
];

function tension(frequency) {
  const [start, there, slope] = LINES.find((line) => frequency >= line[0]);
  return there - (frequency - start) * slope;
}

function decodeUplink(input) {
  const b = input.bytes, data = {};
  for (let at = 0; at + 3 < b.length; at += 4) {
    const channel = b[at], type = b[at + 1], value = (b[at + 2] << 8) | b[at + 3];
    if ((channel === 5 || channel === 6) && type === 4) {
      data["soil_moisture_raw" + (channel - 4)] = value;
      data["soil_water_tension" + (channel - 4)] = tension(value);
    } else if (channel === 9 && type === 0x65) data.ambient_light = value;
    else return { data, warnings: ["channel " + channel + " is not known; the rest is not read"] };
  }
  return { data };
}
