import type { WebhookEndpoint } from "../api/types.ts";
import { CopyText } from "./copy-button.tsx";
import { FactCard } from "./fact-card.tsx";
import { Time } from "./time.tsx";

/** What the endpoint asks for. Headers and secrets are not shown. */
export function EndpointFacts({ endpoint }: { endpoint: WebhookEndpoint }) {
  return (
    <FactCard
      title="Settings"
      facts={[
        ["URL", <CopyText key="url" value={endpoint.url} label="Copy the URL" />],
        ["Events", endpoint.eventTypes.length === 0 ? "All" : endpoint.eventTypes.join(", ")],
        ["Channels", endpoint.channels.join(", ")],
        ["Filter", endpoint.filter && <code key="filter" className="ws-mono">{JSON.stringify(endpoint.filter)}</code>],
        ["Payload", endpoint.payloadMode === "thin" ? "The event’s id alone" : "Full"],
        ["Rate limit", endpoint.rateLimit && `${endpoint.rateLimit} a second`],
        ["Id", <CopyText key="id" value={endpoint.id} label="Copy the endpoint id" />],
        ["Added", <Time key="added" at={endpoint.createdAt} inline />],
      ]}
    />
  );
}
