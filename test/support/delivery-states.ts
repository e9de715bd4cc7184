import { patiently } from "./patience.ts";
import type { HostProduct } from "./host-product.ts";

const unfinished = ["pending", "retrying", "held", "failed", "expired", "cancelled"];

/** States other than delivered in which the tenant's log still shows a delivery; a result is written a moment after the receiver had it. */
export async function statesLeft(host: HostProduct, tenant: string, endpointId?: string): Promise<string[]> {
  const ofEndpoint = endpointId === undefined ? "" : `&endpointId=${endpointId}`;
  const look = async (): Promise<string[]> => {
    const pages = await Promise.all(unfinished.map((status) => host.call("GET", `/v1/tenants/${tenant}/deliveries?limit=1&status=${status}${ofEndpoint}`)));
    return unfinished.filter((_, index) => pages[index].data.length > 0);
  };
  return await patiently(look, (left) => left.length === 0, 15_000);
}
