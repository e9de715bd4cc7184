import { formerPlace } from "../../rotation/former-secrets.ts";
import type { Vault, VaultPlace } from "../../security/vault.ts";
import type { ClaimedDelivery } from "./delivery-store.ts";
import type { FormerSignature } from "./endpoint-cards.ts";
import { secretPlace } from "./endpoints.ts";
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

  /** The live secret's signer first, then those that are being rotated out. */
  async of({ tenantId, endpointId: id, secret, formerSecrets }: ClaimedDelivery): Promise<Signer[]> {
    const live = await this.open(secretPlace(tenantId, id), secret);
    if (formerSecrets.length === 0) return [live];
    const placeOf = (former: FormerSignature): VaultPlace =>
      former.id === null ? { ...secretPlace(tenantId, id), column: "previous_secret" } : formerPlace(tenantId, former.id);
    return [live, ...(await Promise.all(formerSecrets.map((former) => this.open(placeOf(former), former.secret))))];
  }

  private open(place: VaultPlace, sealed: Buffer): Promise<Signer> {
    const known = this.kept.get(sealed);
    if (known !== undefined && known.until > performance.now()) return known.signer;
    const signer = this.vault.open(place, sealed).then((secret) => signerOf(secret.toString("utf8")));
    this.kept.set(sealed, { signer, until: performance.now() + keptMs });
    signer.catch(() => this.kept.delete(sealed));
    return signer;
  }
}
