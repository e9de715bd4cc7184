import type { Platform } from "../../context.ts";
import { openSecretHeaders } from "./content.ts";
import type { ClaimedDelivery } from "./delivery-store.ts";

const maxKept = 2_000;
const keptMs = 60_000;
const none: Record<string, string> = {};

/** Opens endpoints' secret headers and keeps them for a minute, as `Signers` does with their secrets. */
export class SecretHeaders {
  private readonly vault: Pick<Platform, "vault">;
  private readonly kept = new Map<string, { headers: Record<string, string>; until: number }>();

  constructor(vault: Pick<Platform, "vault">) {
    this.vault = vault;
  }

  /** A sealed value that changed is another key here. */
  async of(delivery: ClaimedDelivery): Promise<Record<string, string>> {
    if (delivery.secretHeaders === null) return none;
    const key = `${delivery.endpointId} ${delivery.secretHeaders.toString("base64")}`;
    const known = this.kept.get(key);
    if (known !== undefined && known.until > performance.now()) return known.headers;
    const headers = await openSecretHeaders(this.vault, { tenantId: delivery.tenantId, id: delivery.endpointId, secretHeaders: delivery.secretHeaders });
    if (this.kept.size >= maxKept) this.kept.clear();
    this.kept.set(key, { headers, until: performance.now() + keptMs });
    return headers;
  }
}
