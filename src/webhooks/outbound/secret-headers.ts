import type { Platform } from "../../context.ts";
import { openSecretHeaders } from "./content.ts";
import type { ClaimedDelivery } from "./delivery-store.ts";

const keptMs = 60_000;
const none: Record<string, string> = {};

/** Opens endpoints' secret headers and keeps them for a minute, as `Signers` does with their secrets. */
export class SecretHeaders {
  private readonly vault: Pick<Platform, "vault">;
  private readonly kept = new WeakMap<Buffer, { headers: Promise<Record<string, string>>; until: number }>();

  constructor(vault: Pick<Platform, "vault">) {
    this.vault = vault;
  }

  async of({ tenantId, endpointId, secretHeaders }: ClaimedDelivery): Promise<Record<string, string>> {
    if (secretHeaders === null) return none;
    const known = this.kept.get(secretHeaders);
    if (known !== undefined && known.until > performance.now()) return await known.headers;
    const headers = openSecretHeaders(this.vault, { tenantId, id: endpointId, secretHeaders });
    this.kept.set(secretHeaders, { headers, until: performance.now() + keptMs });
    headers.catch(() => this.kept.delete(secretHeaders));
    return await headers;
  }
}
