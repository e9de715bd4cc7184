import type { Webhook } from "standardwebhooks";
import type { Vault } from "../../security/vault.ts";
import type { ClaimedDelivery } from "./delivery-store.ts";
import { signerOf } from "./sign.ts";

const maxKept = 2_000;
const keptMs = 60_000;

/** Opens endpoints' secrets and keeps them for a minute: the vault is not asked once per delivery. */
export class Signers {
  private readonly vault: Vault;
  private readonly kept = new Map<string, { signers: Webhook[]; until: number }>();

  constructor(vault: Vault) {
    this.vault = vault;
  }

  /** The live secret's signer first, then the one that is being rotated out. A sealed value that changed is another key here. */
  async of(delivery: ClaimedDelivery): Promise<Webhook[]> {
    const key = `${delivery.endpointId} ${delivery.secret.toString("base64")} ${delivery.previousSecret?.toString("base64") ?? ""}`;
    const known = this.kept.get(key);
    if (known !== undefined && known.until > performance.now()) return known.signers;
    const place = { tenantId: delivery.tenantId, table: "webhook_endpoint", id: delivery.endpointId };
    const secrets = [await this.vault.open({ ...place, column: "secret" }, delivery.secret)];
    if (delivery.previousSecret !== null) secrets.push(await this.vault.open({ ...place, column: "previous_secret" }, delivery.previousSecret));
    const signers = secrets.map((secret) => signerOf(secret.toString("utf8")));
    if (this.kept.size >= maxKept) this.kept.clear();
    this.kept.set(key, { signers, until: performance.now() + keptMs });
    return signers;
  }
}
