// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Says that something takes a while: forms that compute, files that are written first.

const EVERY = 1_000; // milliseconds between two looks at the clock
const form = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });

/** A place for messages that screen readers tell, right after an element. */
function place(/** @type {Element} */ after) {
  const said = document.createElement("p");
  said.className = "small work-state";
  said.setAttribute("role", "status");
  after.after(said);
  return said;
}

/** Shows a text with the seconds that have passed; gives the function that ends it. */
function count(/** @type {HTMLElement} */ said, /** @type {string} */ text) {
  const begun = Date.now();
  const show = () => {
    const seconds = Math.round((Date.now() - begun) / 1_000);
    said.textContent = seconds < 3 ? text : `${text} ${seconds} s`;
  };
  show();
  const timer = window.setInterval(show, EVERY);
  return () => clearInterval(timer);
}

/** A form that is sent once, and says so. */
function working(/** @type {HTMLFormElement} */ sent) {
  const said = place(sent);
  let end = () => {};
  sent.addEventListener("submit", (event) => {
    if (sent.ariaBusy === "true") {
      event.preventDefault();
      return;
    }
    sent.ariaBusy = "true";
    end = count(said, sent.dataset.working ?? "");
  });
  window.addEventListener("pageshow", () => {
    end();
    sent.ariaBusy = "false";
    said.textContent = "";
  });
}

/** A file with the progress of its making and loading; a refusal is shown as its own page. */
async function load(/** @type {HTMLAnchorElement} */ link, /** @type {HTMLElement} */ said) {
  const end = count(said, link.dataset.making ?? "");
  try {
    const answer = await fetch(link.href);
    if (!answer.ok || !answer.body) {
      location.assign(link.href);
      return;
    }
    end();
    const whole = Number(answer.headers.get("content-length") ?? 0);
    const parts = [];
    let size = 0;
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      size += value.length;
      const share = whole ? ` (${Math.round((100 * size) / whole)} %)` : "";
      said.textContent = `${link.dataset.loading} ${form.format(size / 1e6)} MB${share}`;
    }
    save(new Blob(parts, { type: link.type }), named(answer));
    said.textContent = link.dataset.loaded ?? "";
  } catch {
    location.assign(link.href);
  } finally {
    end();
  }
}

function named(/** @type {Response} */ answer) {
  return /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "values";
}

function save(/** @type {Blob} */ blob, /** @type {string} */ name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

for (const sent of document.querySelectorAll("form[data-working]")) {
  working(/** @type {HTMLFormElement} */ (sent));
}
for (const each of document.querySelectorAll("a[data-making]")) {
  const link = /** @type {HTMLAnchorElement} */ (each);
  const said = place(link.closest("ul") ?? link);
  let busy = false;
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    await load(link, said);
    busy = false;
  });
}
