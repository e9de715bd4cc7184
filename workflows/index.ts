/** Every workflow by its name: what the worker bundles and the replay test runs. */
export { verifyIdentity } from "./verify-identity.ts";
export { dispatchWebhooks } from "./dispatch-webhooks.ts";
export { recoverDeliveries } from "./recover-deliveries.ts";
export { checkDeliveries } from "./check-deliveries.ts";
export { recoverEndpoint } from "./recover-endpoint.ts";
export { retireSecret } from "./retire-secret.ts";
export { relayInbound, relayOutbox } from "./relays.ts";
