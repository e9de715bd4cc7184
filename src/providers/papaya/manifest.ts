import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const papayaSettings = z.strictObject({});
export type PapayaSettings = z.output<typeof papayaSettings>;

const papayaCredentials = z.strictObject({
  callbackSecret: z.string().trim().regex(/^[A-Za-z0-9_-]{32,200}$/, "32 to 200 letters, digits, _ and -").meta({
    title: "Callback secret",
    description: "The last part of the callback address: 32 to 200 random letters, digits, _ and -.",
    secret: true,
  }),
});
export type PapayaCredentials = z.output<typeof papayaCredentials>;

export const papayaManifest: ReceivingManifest<PapayaSettings, PapayaCredentials> = {
  slug: "papaya",
  name: "Papaya Global",
  category: "payroll",
  capabilities: [],
  auth: "api_key",
  docs: {
    api: "https://docs.papayaglobal.com",
    webhooks: "https://docs.papayaglobal.com",
  },
  settings: papayaSettings,
  credentials: papayaCredentials,
  webhookSetup:
    "Papaya Global registers the address by hand and signs nothing: give your account manager the webhook URL of the integration with the callback secret as its last part.",
};
