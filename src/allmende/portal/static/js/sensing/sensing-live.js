// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Latest values that follow what is measured, for as long as the reader wants them to.

/**
 * @typedef {{action: string, datastream: number, phenomenonTime: string, result: unknown, quality?: string}} Observed
 */

const box = /** @type {HTMLElement | null} */ (document.querySelector("[data-live]"));
const language = document.documentElement.lang;
const KEPT = "allmende-live";
const AGAIN = 10_000; // milliseconds after a refusal
const EVERY = 30_000; // milliseconds between two looks at how long ago things were

/** @type {EventSource | undefined} */
let source;
let timer = 0;
let again = 0;
let seen = ""; // the number of the last event

function begin() {
  if (!box) return;
  box.hidden = false;
  const button = /** @type {HTMLButtonElement} */ (box.querySelector("[data-toggle]"));
  button.addEventListener("click", () => {
    const on = !source;
    remember(on);
    if (on) open();
    else close();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close(true);
    else if (remembered()) open();
  });
  window.addEventListener("pagehide", () => close(true));
  if (remembered() && !document.hidden) open();
  else say("off");
}

function open() {
  if (source || !box) return;
  clearTimeout(again);
  source = new EventSource(address());
  source.addEventListener("open", () => say("on"));
  source.addEventListener("ready", (event) => {
    if (JSON.parse(event.data).lost) location.reload();
    keep(event);
  });
  source.addEventListener("observation", (event) => {
    keep(event);
    show(JSON.parse(event.data));
  });
  source.addEventListener("error", () => {
    if (source?.readyState === EventSource.CLOSED) {
      close(true);
      say("refused");
      again = window.setTimeout(open, AGAIN);
    } else {
      say("lost");
    }
  });
  timer = window.setInterval(ages, EVERY);
}

/** The address of the events after the last one that was seen. */
function address() {
  const found = new URL(box?.dataset.live ?? "", location.href);
  if (seen) found.searchParams.set("after", seen);
  return found.href;
}

function keep(/** @type {MessageEvent} */ event) {
  if (event.lastEventId) seen = event.lastEventId;
}

function close(quietly = false) {
  source?.close();
  source = undefined;
  clearInterval(timer);
  clearTimeout(again);
  if (!quietly) say("off");
}

/** Says the state and what the button does now. */
function say(/** @type {"on"|"off"|"lost"|"refused"} */ state) {
  if (!box || box.dataset.now === state) return;
  box.dataset.now = state;
  const shown = /** @type {HTMLElement} */ (box.querySelector("[data-state]"));
  const button = /** @type {HTMLElement} */ (box.querySelector("[data-toggle]"));
  shown.textContent = box.dataset[state] ?? "";
  button.textContent = (source ? box.dataset.pause : box.dataset.go) ?? "";
}

function remembered() {
  try {
    return sessionStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

function remember(/** @type {boolean} */ on) {
  try {
    sessionStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // without a memory the choice holds for this page
  }
}

/** Puts a newer value in place of the one that is shown. */
function show(/** @type {Observed} */ found) {
  if (found.action === "deleted" || !found.phenomenonTime) return;
  const moment = found.phenomenonTime.split("/")[0] ?? "";
  const when = document.querySelector(`[data-when="${found.datastream}"] time`);
  if (when && Date.parse(when.getAttribute("datetime") ?? "") > Date.parse(moment)) return;
  for (const each of document.querySelectorAll(`[data-stream="${found.datastream}"]`)) {
    const label = named(/** @type {HTMLElement} */ (each), found.result);
    part(each, "result").textContent = label?.[0] ?? written(found.result);
    if (label) each.querySelector("[data-field=colour]")?.setAttribute("fill", label[1] || "none");
    part(each, "flag").replaceChildren(...flag(found.quality));
  }
  for (const each of document.querySelectorAll(`[data-when="${found.datastream}"]`)) {
    each.querySelector("time")?.setAttribute("datetime", moment);
    part(each, "absolute").textContent = absolute(moment);
    part(each, "ago").textContent = ago(moment);
    each.querySelector("[data-field=stale]")?.remove();
  }
}

/**
 * The words and the colour of a code, where the datastream says them.
 * @returns {[string, string] | undefined}
 */
function named(/** @type {HTMLElement} */ value, /** @type {unknown} */ result) {
  if (!value.dataset.labels || typeof result !== "string") return undefined;
  const known = JSON.parse(value.dataset.labels);
  return Object.hasOwn(known, result) ? known[result] : known[""];
}

function part(/** @type {Element} */ of, /** @type {string} */ name) {
  return of.querySelector(`[data-field=${name}]`) ?? document.createElement("span");
}

function flag(/** @type {string | undefined} */ name) {
  const text = name && box?.getAttribute(`data-flag-${name}`);
  if (!text) return [];
  const badge = document.createElement("span");
  badge.className = name === "bad" ? "badge bad" : "badge warn";
  badge.textContent = text;
  return [badge];
}

function written(/** @type {unknown} */ result) {
  if (typeof result === "number") {
    const form = Math.abs(result) < 1e6 ? { maximumSignificantDigits: 6 } : { maximumFractionDigits: 0 };
    return new Intl.NumberFormat(language, form).format(result);
  }
  if (typeof result === "boolean") return (result ? box?.dataset.yes : box?.dataset.no) ?? "";
  return result === null ? "–" : typeof result === "string" ? result : JSON.stringify(result);
}

function absolute(/** @type {string} */ moment) {
  const zone = box?.dataset.zone ? { timeZone: box.dataset.zone } : {};
  const form = new Intl.DateTimeFormat(language === "de" ? "de-DE" : "en-GB",
    { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", ...zone });
  return form.format(new Date(moment));
}

function ago(/** @type {string} */ moment) {
  const seconds = (Date.parse(moment) - Date.now()) / 1000;
  if (Math.abs(seconds) < 45) return box?.dataset.just ?? "";
  const form = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  /** @type {[number, Intl.RelativeTimeFormatUnit][]} */
  const units = [[86_400, "day"], [3_600, "hour"], [60, "minute"]];
  const [size, unit] = units.find(([size]) => Math.abs(seconds) >= size * 0.9) ?? [60, "minute"];
  return form.format(Math.round(seconds / size), unit);
}

function ages() {
  for (const each of document.querySelectorAll("[data-when] time")) {
    const moment = each.getAttribute("datetime") ?? "";
    if (Date.now() - Date.parse(moment) < 30 * 86_400_000) part(each, "ago").textContent = ago(moment);
  }
}

begin();
