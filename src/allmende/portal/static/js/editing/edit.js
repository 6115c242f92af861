// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Checks a form while somebody types: findings, score and suggestions from the server.

const form = document.querySelector("form[data-check]");
const box = document.getElementById("check");
const PAUSE = 600;
let timer = 0;
let running = null;

/** Sends the form as it is and shows what the server says about it. */
async function check() {
  running?.abort();
  running = new AbortController();
  const body = new FormData(form);
  for (const [name, value] of [...body]) {
    if (value instanceof File) body.delete(name);
  }
  try {
    const answer = await fetch(form.dataset.check, { method: "POST", body, signal: running.signal });
    if (!answer.ok) return;
    const text = await answer.text();
    const parts = new DOMParser().parseFromString(text, "text/html");
    box.replaceChildren(...parts.body.childNodes);
    mark();
    box.dataset.checked = String(Number(box.dataset.checked ?? "0") + 1);
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
  }
}

/** Tells assistive technology which fields are wrong now. */
function mark() {
  for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
  for (const link of box.querySelectorAll(".edit-findings .violation a[href^='#']")) {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (target?.matches("input, select, textarea")) target.setAttribute("aria-invalid", "true");
  }
}

/** Opens what is folded around the target of a link, so that it can be reached. */
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let each = target?.closest("details"); each; each = each.parentElement.closest("details")) {
    each.open = true;
  }
  target?.focus();
}

if (form && box) {
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE);
  });
  window.addEventListener("hashchange", reveal);
  document.getElementById("errors")?.focus();
}
