// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Passkeys: asks the server for the question, the device for the answer, and sends the form.

/** Base64url text as bytes. */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** Bytes as base64url text. */
function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The question with bytes where the browser wants them. */
function question(asked) {
  const made = { ...asked, challenge: bytes(asked.challenge) };
  if (asked.user) made.user = { ...asked.user, id: bytes(asked.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (asked[list]) made[list] = asked[list].map((each) => ({ ...each, id: bytes(each.id) }));
  }
  return made;
}

/** The answer of the device as the server reads it. */
function answer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: {},
  });
}

async function asked(form) {
  const body = new URLSearchParams({ csrf: form.elements.csrf?.value ?? "" });
  const reply = await fetch(form.dataset.passkey, { method: "POST", body });
  if (!reply.ok) throw new Error(String(reply.status));
  return question((await reply.json()).publicKey);
}

async function send(event) {
  const form = event.target;
  if (form.elements.credential.value) return;
  event.preventDefault();
  const told = form.querySelector("[role=alert]");
  told.hidden = true;
  try {
    const publicKey = await asked(form);
    const made = "new" in form.dataset
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    form.elements.credential.value = answer(made);
    form.requestSubmit();
  } catch {
    told.textContent = form.dataset.failed;
    told.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", send);
  }
  for (const note of document.querySelectorAll("[data-no-passkeys]")) note.hidden = true;
}
