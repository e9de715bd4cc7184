import type { Vault } from "../../security/vault.ts";
import type { ClaimedDelivery } from "./delivery-store.ts";
import { signerOf, type Signer } from "./sign.ts";

const keptMs = 60_000;

/**
 * Opens endpoints' secrets and keeps them for a minute: the vault is not asked once per delivery. Known by the sealed value
 * itself, which deliveries of one endpoint share until the endpoint changes.
 */
export class Signers {
  private readonly vault: Vault;
  private readonly kept = new WeakMap<Buffer, { signer: Promise<Signer>; until: number }>();

  constructor(vault: Vault) {
    this.vault = vault;
  }

  /** The live secret's signer first, then the one that is being rotated out. */
  async of(delivery: ClaimedDelivery): Promise<Signer[]> {
    const live = await this.open(delivery, "secret", delivery.secret);
    return delivery.previousSecret === null ? [live] : [live, await this.open(delivery, "previous_secret", delivery.previousSecret)];
  }

  private open(delivery: ClaimedDelivery, column: string, sealed: Buffer): Promise<Signer> {
    const known = this.kept.get(sealed);
    if (known !== undefined && known.until > performance.now()) return known.signer;
    const place = { tenantId: delivery.tenantId, table: "webhook_endpoint", id: delivery.endpointId, column };
    const signer = this.vault.open(place, sealed).then((secret) => signerOf(secret.toString("utf8")));
    this.kept.set(sealed, { signer, until: performance.now() + keptMs });
    signer.catch(() => this.kept.delete(sealed));
    return signer;
  }
}
