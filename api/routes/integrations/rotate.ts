import { z } from "zod";
import { maxFormerSecrets } from "../../../src/domain/rotation.ts";
import { rotateCredentials } from "../../../src/integrations/rotate.ts";
import { overlapSeconds } from "../../bodies.ts";
import { idParams } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { credentialsInput, integrationResource } from "./resource.ts";

const body = z.strictObject({
  credentials: credentialsInput.meta({ description: "Those that change, such as the signing secret alone; the others stay. Never given back" }),
  overlapSeconds,
}).meta({ examples: [{ credentials: { webhookSecret: "whsec_…" }, overlapSeconds: 86_400 }] });

const description = [
  "The new credentials are current at once: the provider is called with them. The former ones go on verifying its webhooks until the overlap ends, at most seven days; a run watches their use and retires them.",
  `At most ${maxFormerSecrets} former sets may be valid; one more is refused with 400 \`too_many_secrets\`. With \`overlapSeconds\` 0 all former sets end at once: within a second in every process.`,
].join(" ");

export const addRotateIntegration: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/integrations/:id/rotate", {
    config: { scope: "integrations:write" },
    schema: { tags: ["Integrations"], summary: "Rotate credentials", description, params: idParams, body, response: { 200: integrationResource } },
  }, (request) => rotateCredentials(platform, request.params.tenant, request.params.id, request.body, callerOf(request)));
};
