// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Reading single values off a chart: with the pointer, or with a slider and the keyboard.

/**
 * @typedef {{columns: string[], values: unknown[][]}} Values
 * @typedef {{time: number, value: number, text: string}} Reading
 */

const SVG = "http://www.w3.org/2000/svg";
const language = document.documentElement.lang === "de" ? "de-DE" : "en-GB";

class Reader {
  /**
   * @param {HTMLElement} figure
   * @param {SVGSVGElement} chart
   */
  constructor(figure, chart) {
    this.figure = figure;
    this.chart = chart;
    /** @type {Reading[] | undefined} */
    this.readings = undefined;
    this.loading = false;
    this.bubble = document.createElement("output");
    this.bubble.className = "chart-read";
    this.bubble.hidden = true;
    figure.append(this.bubble);
    this.slider = this.control();
    chart.addEventListener("pointermove", (event) => this.hover(event));
    chart.addEventListener("pointerleave", () => this.hide());
  }

  /** The slider for those who use no pointer. */
  control() {
    const label = document.createElement("label");
    label.className = "chart-keys small";
    label.textContent = this.figure.dataset.label ?? "";
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = slider.value = slider.max = "0";
    slider.addEventListener("focus", () => this.load());
    slider.addEventListener("input", () => this.pick(Number(slider.value)));
    slider.addEventListener("blur", () => this.hide());
    label.append(" ", slider);
    this.figure.append(label);
    return slider;
  }

  number(/** @type {string} */ name) {
    return Number(this.chart.dataset[name]);
  }

  async load() {
    if (this.loading || !this.figure.dataset.values) return;
    this.loading = true;
    try {
      const answer = await fetch(this.figure.dataset.values);
      if (answer.ok) this.take(await answer.json());
    } catch {
      this.loading = false;
    }
  }

  take(/** @type {Values} */ { columns, values }) {
    const wanted = columns.indexOf(this.figure.dataset.show ?? "result");
    const form = new Intl.NumberFormat(language, { maximumSignificantDigits: 6 });
    const single = columns[0] === "phenomenonTime";
    this.readings = values.flatMap((row) => {
      const value = row[wanted];
      const time = Date.parse(String(row[0]).split("/")[0] ?? "");
      if (typeof value !== "number" || Number.isNaN(time)) return [];
      const unit = this.figure.dataset.unit ? `\u202f${this.figure.dataset.unit}` : "";
      const after = single ? time : time + Number(this.figure.dataset.step ?? 0) / 2;
      return [{ time: after, value, text: `${this.said(time)}: ${form.format(value)}${unit}` }];
    });
    this.slider.max = String(Math.max(this.readings.length - 1, 0));
    this.slider.value = this.slider.max;
    this.slider.setAttribute("aria-valuetext", this.readings.at(-1)?.text ?? "");
  }

  said(/** @type {number} */ time) {
    const zone = this.figure.dataset.zone ? { timeZone: this.figure.dataset.zone } : {};
    return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", ...zone })
      .format(new Date(time));
  }

  hover(/** @type {PointerEvent} */ event) {
    this.load();
    if (!this.readings?.length) return;
    const { left, width } = this.plot();
    const start = this.number("start") / 1000, end = this.number("end") / 1000;
    const time = start + ((event.clientX - left) / width) * (end - start);
    this.pick(nearest(this.readings, time));
  }

  /** Where the plot lies on the screen. */
  plot() {
    return /** @type {Element} */ (this.chart.querySelector(".plot")).getBoundingClientRect();
  }

  pick(/** @type {number} */ at) {
    const found = this.readings?.[at];
    if (!found) return;
    this.slider.value = String(at);
    this.slider.setAttribute("aria-valuetext", found.text);
    const start = this.number("start") / 1000, end = this.number("end") / 1000;
    const x = Math.min(Math.max((found.time - start) / (end - start), 0), 1);
    const low = this.number("low"), high = this.number("high");
    const y = Math.min(Math.max(1 - (found.value - low) / (high - low), 0), 1);
    this.mark(`${x * 100}%`, `${y * 100}%`);
    this.bubble.textContent = found.text;
    this.bubble.hidden = false;
    const plot = this.plot(), frame = this.figure.getBoundingClientRect();
    const width = this.bubble.offsetWidth;
    const left = plot.left - frame.left + x * plot.width - width / 2;
    this.bubble.style.left = `${Math.min(Math.max(left, 0), frame.width - width)}px`;
    const top = plot.top - frame.top + y * plot.height;
    const above = top - this.bubble.offsetHeight - 12;
    this.bubble.style.top = `${above < 0 ? top + 14 : above}px`;
  }

  mark(/** @type {string} */ x, /** @type {string} */ y) {
    if (!this.rule || !this.here) {
      this.rule = document.createElementNS(SVG, "line");
      this.rule.setAttribute("class", "chart-rule");
      this.here = document.createElementNS(SVG, "circle");
      this.here.setAttribute("class", "chart-here");
      this.here.setAttribute("r", "5");
      this.chart.append(this.rule, this.here);
    }
    for (const name of ["x1", "x2"]) this.rule.setAttribute(name, x);
    this.rule.setAttribute("y1", "0");
    this.rule.setAttribute("y2", "100%");
    this.here.setAttribute("cx", x);
    this.here.setAttribute("cy", y);
  }

  hide() {
    if (document.activeElement === this.slider) return;
    this.bubble.hidden = true;
    this.rule?.remove();
    this.here?.remove();
    this.rule = this.here = undefined;
  }
}

/** The place of the reading nearest to a time; readings are in the order of time. */
function nearest(/** @type {Reading[]} */ readings, /** @type {number} */ time) {
  let low = 0, high = readings.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((readings[middle]?.time ?? 0) < time) low = middle;
    else high = middle;
  }
  const before = Math.abs((readings[low]?.time ?? 0) - time);
  return before <= Math.abs((readings[high]?.time ?? 0) - time) ? low : high;
}

for (const figure of document.querySelectorAll("[data-values]")) {
  const chart = figure.querySelector("svg[data-chart]:not(.laned)");
  if (chart) new Reader(/** @type {HTMLElement} */ (figure), /** @type {SVGSVGElement} */ (chart));
}
