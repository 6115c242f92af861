// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// The field for addresses with a list of suggestions (ARIA combobox with a listbox).

/** @typedef {{label: string, place: string, lat: number, lon: number}} Found */

/**
 * Makes the form's field suggest; without scripts the form shows its answers on the page.
 * @param {HTMLFormElement | null} form with data-suggest, an input and a list
 * @param {(found: Found) => void} chosen
 */
export function addressBox(form, chosen) {
  const field = /** @type {HTMLInputElement | null} */ (form?.querySelector("input[name=q]"));
  const list = form?.querySelector("ul[role=listbox]");
  if (!form || !field || !list) return;
  /** @type {Found[]} */
  let found = [];
  let active = -1;
  let latest = 0;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");

  const close = () => {
    list.replaceChildren();
    list.setAttribute("hidden", "");
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    active = -1;
  };
  const choose = (/** @type {number} */ at) => {
    const one = found[at];
    if (!one) return;
    field.value = one.label;
    close();
    chosen(one);
  };
  const activate = (/** @type {number} */ at) => {
    active = found.length ? (at + found.length) % found.length : -1;
    [...list.children].forEach((each, number) => {
      each.setAttribute("aria-selected", String(number === active));
      if (number === active) {
        field.setAttribute("aria-activedescendant", each.id);
        each.scrollIntoView({ block: "nearest" });
      }
    });
  };
  const show = () => {
    list.replaceChildren(...found.map((one, number) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${number}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.textContent = one.label;
      if (one.place) {
        const place = document.createElement("span");
        place.className = "soft small";
        place.textContent = ` ${one.place}`;
        item.append(place);
      }
      item.addEventListener("mousedown", (event) => event.preventDefault());
      item.addEventListener("click", () => choose(number));
      return item;
    }));
    list.toggleAttribute("hidden", !found.length);
    field.setAttribute("aria-expanded", String(found.length > 0));
    field.removeAttribute("aria-activedescendant");
    active = -1;
  };
  const ask = async () => {
    const number = ++latest;
    const typed = field.value.trim();
    if (typed.length < 2) {
      close();
      return [];
    }
    const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(typed)}`);
    if (!answer.ok || number !== latest) return found;
    found = await answer.json();
    show();
    return found;
  };

  field.addEventListener("input", () => ask());
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      activate(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
    } else if (event.key === "Escape") {
      if (!list.hasAttribute("hidden")) event.stopPropagation();
      close();
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(active);
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await ask();
    if (found.length === 1) choose(0);
    else if (found.length) activate(0);
    else form.submit(); // the page says that there is nothing, and what may help
  });
}
