import { z } from "zod";
import { reviewPolicies, verificationChecks } from "../../../src/domain/verification.ts";
import { createVerification } from "../../../src/verifications/create.ts";
import { tenantParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { candidateInput, verificationResource } from "./resource.ts";

const body = z.strictObject({
  checks: z.array(z.enum(verificationChecks)).min(1).max(verificationChecks.length).default(["identity"]),
  candidate: candidateInput,
  provider: z.string().max(64).optional().meta({ description: "A provider's slug; the newest connected integration that verifies identities when absent" }),
  integrationId: z.string().max(64).optional().meta({ description: "Chooses among several integrations with one provider" }),
  fallback: z.array(z.string().max(64)).max(5).optional(),
  reviewPolicy: z.enum(reviewPolicies).default("on_consider").meta({ description: "When a person must look: always, when the provider is unsure, or never" }),
  expiresInDays: z.number().int().min(1).max(90).default(30),
}).meta({ examples: [{ checks: ["identity"], candidate: { firstName: "Jane", lastName: "Doe", email: "jane+approve@example.test", country: "FR" }, provider: "sumsub" }] });

export const addCreateVerification: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/verifications", {
    config: { scope: "verifications:write" },
    schema: {
      tags: ["Verifications"], summary: "Launch an identity verification",
      description: "Durable from the answer on: the run creates the applicant, invites the candidate, waits for the provider and reports each change as a webhook.",
      params: tenantParams, body, response: { 201: verificationResource },
    },
  }, async (request, reply) => {
    const { tenant } = request.params;
    const created = await createVerification(platform, tenant, request.body, callerOf(request));
    return reply.code(201).header("location", `/v1/tenants/${tenant}/verifications/${created.id}`).send(created);
  });
};
