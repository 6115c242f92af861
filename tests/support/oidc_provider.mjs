// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2

// A provider of OpenID Connect on this machine: `node oidc_provider.mjs CONFIGURATION`.
// Who is at its keyboard, and how strongly they show it, is set by GET /control?…

import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const given = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const person = { account: "", acr: undefined, deny: "" };

const provider = new Provider(given.issuer, {
  clients: given.clients,
  jwks: { keys: given.keys },
  cookies: { keys: ["only for tests"] },
  acrValues: ["urn:test:low", "urn:test:substantial", "urn:test:high"],
  claims: {
    openid: ["sub"],
    acr: null,
    auth_time: null,
    email: ["email", "email_verified"],
    profile: ["name", "groups", "realm_access"],
  },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: true },
  },
  pkce: { required: () => true },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  async findAccount(ctx, id) {
    return { accountId: id, claims: async () => ({ sub: id, ...given.people[id] }) };
  },
});

provider.use(async (ctx, next) => {
  if (ctx.path === "/control") {
    Object.assign(person, { account: "", acr: undefined, deny: "" }, ctx.query);
    ctx.body = "set";
    return;
  }
  if (!ctx.path.startsWith("/interaction/")) {
    await next();
    return;
  }
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  let result;
  if (person.deny) {
    result = { error: "access_denied", error_description: "<b>no</b>" };
  } else if (details.prompt.name === "login") {
    result = { login: { accountId: person.account, acr: person.acr, remember: true } };
  } else {
    const grant = new provider.Grant({
      accountId: details.session.accountId,
      clientId: details.params.client_id,
    });
    grant.addOIDCScope("openid profile email");
    result = { consent: { grantId: await grant.save() } };
  }
  await provider.interactionFinished(ctx.req, ctx.res, result, {
    mergeWithLastSubmission: true,
  });
});

provider.listen(Number(new URL(given.issuer).port), "127.0.0.1", () => console.log("ready"));
