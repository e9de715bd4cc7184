import { createHmac } from "node:crypto";
import type { ProviderDefinition } from "./contract.ts";

/** Known to everybody, as the sandbox holds nobody's data. SANDBOX_SECRET replaces it where others can reach the sandbox. */
export const DEFAULT_SANDBOX_SECRET = "waystation-sandbox";

/** 64 hex characters that the platform and the sandbox compute alike, so that no account has to be registered first. */
export function deriveSandboxSecret(sharedSecret: string, input: { provider: string; account: string; label: string }): string {
  return createHmac("sha256", sharedSecret).update(`${input.provider}\n${input.account}\n${input.label}`).digest("hex");
}

/** The credentials with which an account is known to a provider's sandbox. */
export function sandboxCredentialsFor(
  provider: ProviderDefinition,
  account: string,
  sharedSecret: string = DEFAULT_SANDBOX_SECRET,
): unknown {
  const { slug } = provider.manifest;
  return provider.sandbox.credentials({
    account,
    derive: (label) => deriveSandboxSecret(sharedSecret, { provider: slug, account, label }),
  });
}
