import { z } from "zod";
import { requestCancel, requestResend, resolveReview } from "../../../src/verifications/act.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { verificationResource } from "./resource.ts";

const base = "/v1/tenants/:tenant/verifications/:id";
const tags = ["Verifications"];
const nothing = z.strictObject({}).nullish().meta({ examples: [{}] });

/** The result's own words are taken as well: who sees "clear" may say "clear". */
const decisions = { approve: "approve", clear: "approve", reject: "reject", rejected: "reject" } as const;
const review = z.strictObject({
  decision: z.enum(["approve", "reject", "clear", "rejected"]),
  reason: z.string().trim().min(1).max(2_000),
}).meta({ examples: [{ decision: "approve", reason: "The address was confirmed by phone." }] });

export const addReviewVerification: AddRoute = (api, platform) => {
  api.post(`${base}/review`, {
    config: { scope: "verifications:write" },
    schema: { tags, summary: "Decide a review", description: "Only while the verification is in review; 409 otherwise.", params: idParams, body: review, response: { 200: verificationResource } },
  }, (request) => resolveReview(platform, request.params.tenant, request.params.id, { decision: decisions[request.body.decision], reason: request.body.reason }, callerOf(request)));
};

export const addResendVerification: AddRoute = (api, platform) => {
  api.post(`${base}/resend`, {
    config: { scope: "verifications:write" },
    schema: { tags, summary: "Invite the candidate again", description: "Makes a new link; 409 when the verification has ended.", params: idParams, body: nothing, response: { 202: verificationResource } },
  }, async (request, reply) => reply.code(202).send(await requestResend(platform, request.params.tenant, request.params.id, callerOf(request))));
};

export const addCancelVerification: AddRoute = (api, platform) => {
  api.post(`${base}/cancel`, {
    config: { scope: "verifications:write" },
    schema: { tags, summary: "Cancel a verification", description: "The run ends as soon as it hears of it; 409 when it has ended before.", params: idParams, body: nothing, response: { 202: verificationResource } },
  }, async (request, reply) => reply.code(202).send(await requestCancel(platform, request.params.tenant, request.params.id, callerOf(request))));
};
