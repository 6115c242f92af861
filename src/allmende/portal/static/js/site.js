// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Comforts for those who have scripts; every page works without.

/** A button that copies the code block it belongs to. */
function copyButtons() {
  for (const block of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet compact";
    button.textContent = block.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("code").textContent);
      button.textContent = block.dataset.copied;
      setTimeout(() => { button.textContent = block.dataset.copy; }, 2000);
    });
    block.append(button);
  }
}

/** A choice that sends its form at once; the button beside it is then not needed. */
function submitOnChange() {
  for (const field of document.querySelectorAll("select[data-submit]")) {
    field.addEventListener("change", () => field.form.requestSubmit());
    document.getElementById(field.dataset.submit)?.setAttribute("hidden", "");
  }
}

/** Suggestions below the search field, from the address in data-suggest. */
function suggestions() {
  const field = document.querySelector("input[data-suggest]");
  const list = document.getElementById(field?.getAttribute("list") ?? "");
  if (!field || !list) return;
  let latest = 0;
  field.addEventListener("input", async () => {
    const number = ++latest;
    if (field.value.trim().length < 2) return;
    const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(field.value)}`);
    if (!answer.ok || number !== latest) return;
    const words = await answer.json();
    list.replaceChildren(...words.map((word) => new Option(word, word)));
  });
}

copyButtons();
submitOnChange();
suggestions();
