import { describe, expect, it } from "vitest";
import { deriveSandboxSecret, sandboxCredentialsFor } from "./sandbox-credentials.ts";
import { listProviders } from "./registry.ts";

describe("deriveSandboxSecret", () => {
  const input = { provider: "sumsub", account: "acc", label: "token" };

  it("gives the same 64 hex characters each time, and others for any other input", () => {
    const secret = deriveSandboxSecret("shared", input);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(deriveSandboxSecret("shared", { ...input })).toBe(secret);
    const others = [
      deriveSandboxSecret("other", input),
      deriveSandboxSecret("shared", { ...input, provider: "onfido" }),
      deriveSandboxSecret("shared", { ...input, account: "acd" }),
      deriveSandboxSecret("shared", { ...input, label: "secret" }),
    ];
    expect(new Set([secret, ...others]).size).toBe(5);
  });
});

describe.each(listProviders().map((provider) => ({ slug: provider.manifest.slug, provider })))("sandbox of $slug", ({ provider }) => {
  it("hands out credentials that the manifest accepts", () => {
    expect(provider.manifest.credentials.safeParse(sandboxCredentialsFor(provider, "acc_1")).success).toBe(true);
  });

  it("needs no settings", () => {
    expect(provider.manifest.settings.safeParse({}).success).toBe(true);
  });
});
