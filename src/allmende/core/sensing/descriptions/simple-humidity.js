// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// One number of four bytes (IEEE 754), the low byte first.
function decodeUplink(input) {
  if (input.bytes.length !== 4) return { errors: ["expected are 4 bytes"] };
  return { data: { humidity: Buffer.from(input.bytes).readFloatLE(0) } };
}
