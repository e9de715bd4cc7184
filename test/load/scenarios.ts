import type { Scenario } from "../support/scenario.ts";
import { inboundRate } from "./l1-inbound-rate.ts";
import { noisyTenant, slowTenant } from "./l4-noisy-tenant.ts";
import { outcomeModel } from "./outcome-model.ts";
import { retryStorm } from "./l7-retry-storm.ts";
import { burst } from "./l2-burst.ts";
import { slowSenders } from "./l9-slow-senders.ts";
import { steadyRate } from "./l3-steady-rate.ts";
import { wideFanOut } from "./l5-wide-fan-out.ts";

/** What `npm run test:load` runs, in this order. */
export const scenarios: Scenario[] = [inboundRate, steadyRate, noisyTenant, slowTenant, wideFanOut, retryStorm, burst, slowSenders, outcomeModel];
