import type { MadeCredentials, ProviderConnection, ProviderContext } from "../contract.ts";
import type { OnfidoWebhook } from "./answers.ts";
import type { OnfidoClient, OnfidoWebhookInput } from "./client.ts";
import type { OnfidoCredentials, OnfidoSettings } from "./manifest.ts";

/** What can change a verification. https://documentation.onfido.com/api/latest#webhook-events */
export const webhookEvents = [
  "workflow_run.completed", "workflow_task.started", "workflow_task.completed",
  "check.started", "check.reopened", "check.withdrawn", "check.completed", "check.form_completed",
  "report.withdrawn", "report.resumed", "report.cancelled", "report.awaiting_approval", "report.completed",
  "watchlist_monitor.matches_updated",
] as const;

/** The version whose payload carries the resource, and with it the applicant, for Studio's events. */
const PAYLOAD_VERSION = 3;

export function webhookSubscription(
  client: OnfidoClient,
  { credentials }: Pick<ProviderContext<OnfidoSettings, OnfidoCredentials>, "credentials">,
): NonNullable<ProviderConnection["webhookSubscription"]> {
  const environment = credentials.apiToken.startsWith("api_sandbox") ? "sandbox" : "live";

  function wanted(url: string): OnfidoWebhookInput {
    return { name: "Waystation", url, enabled: true, events: [...webhookEvents], environments: [environment], payload_version: PAYLOAD_VERSION };
  }

  /** One that is there keeps its token, also when it has to be switched on again. */
  async function present(ours: OnfidoWebhook, url: string): Promise<OnfidoWebhook> {
    if (matches(ours)) return ours;
    const { enabled, events, environments, payload_version } = wanted(url);
    const changed = await client.updateWebhook(ours.id, { enabled, events: [...new Set([...events, ...(ours.events ?? [])])], environments: [...new Set([...environments, ...(ours.environments ?? [])])], payload_version });
    return { ...changed, token: changed.token ?? ours.token };
  }

  /** No list of events or environments stands for all of them. */
  function matches({ enabled, events, environments }: OnfidoWebhook): boolean {
    const has = (list: string[] | null | undefined, one: string): boolean => !list?.length || list.includes(one);
    return enabled !== false && webhookEvents.every((event) => has(events, event)) && has(environments, environment);
  }

  return {
    async ensure({ url }): Promise<MadeCredentials | void> {
      const all = (await client.listWebhooks()).filter((webhook) => webhook.url === url);
      const ours = all.find(({ enabled }) => enabled !== false) ?? all[0];
      const webhook = ours === undefined ? await client.createWebhook(wanted(url)) : await present(ours, url);
      // Onfido makes the token up, and tells it again whenever the webhook is read.
      const { token } = webhook;
      if (token !== null && token !== undefined && token !== credentials.webhookToken) return { credentials: { webhookToken: token } };
    },
  };
}
