import { randomUUID } from "node:crypto";
import type { ProviderSandbox } from "../contract.ts";
import type { OnfidoCredentials, OnfidoSettings } from "./manifest.ts";
import { applicantRoutes, fileRoutes } from "./sandbox-applicants.ts";
import { checkRoutes, runRoutes } from "./sandbox-attempts.ts";
import { signedWebhook } from "./sandbox-events.ts";
import { accountKey, apiTokenOf, authenticate, fail } from "./sandbox-http.ts";
import { SimulatedPerson } from "./sandbox-person.ts";
import { OnfidoStore } from "./sandbox-store.ts";
import { webhookRoutes, webhookTokenOf } from "./sandbox-webhooks.ts";

/** https://documentation.onfido.com/api/latest#rate-limits; no Retry-After is documented, so none is sent. */
const limit = { requests: 400, perMs: 60_000 };

/** Onfido's host as far as Waystation talks to it, in one region. Each account sees its own objects only. */
export const onfidoSandbox: ProviderSandbox<OnfidoCredentials, OnfidoSettings> = {
  credentials: ({ account, derive }) => ({ apiToken: apiTokenOf(account, derive), webhookToken: webhookTokenOf(derive) }),

  routes(app, world) {
    app.decorateRequest(accountKey, "");
    const store = new OnfidoStore(world);
    const person = new SimulatedPerson(world, store);
    for (const page of ["/run/:token", "/form/:token"]) {
      app.get(page, async (_request, reply) => reply.type("text/html; charset=utf-8").send("<!doctype html><title>Sandbox</title><p>The simulated candidate answers by itself."));
    }
    app.register(
      async (api) => {
        api.addHook("preHandler", async (request, reply) => {
          const account = authenticate(request, world);
          if (account === undefined) return fail(reply, 401);
          if (!world.allow(account, limit)) return fail(reply, 429);
          request.setDecorator(accountKey, account);
          return undefined;
        });
        applicantRoutes(api, world, store);
        fileRoutes(api, world, store);
        runRoutes(api, { store, person, prefix: app.prefix });
        checkRoutes(api, { store, person, prefix: app.prefix });
        webhookRoutes(api, world, store);
      },
      { prefix: "/v3.6" },
    );
  },

  exampleWebhook({ credentials, now, type = "workflow_run.completed", body }) {
    const object = { id: "run-1", status: "approved", completed_at_iso8601: now.toISOString(), href: "https://api.eu.onfido.com/v3.6/workflow_runs/run-1" };
    const resource = { id: "run-1", applicant_id: randomUUID(), status: "approved", reasons: [], output: null };
    const bytes = body ?? Buffer.from(JSON.stringify({ payload: { resource_type: "workflow_run", action: type, object, resource } }));
    return { method: "POST", url: "https://hooks.example.test/webhooks/onfido/example", ...signedWebhook(bytes, credentials.webhookToken ?? "") };
  },
};
