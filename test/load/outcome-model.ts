import { Findings, type Scenario } from "../support/scenario.ts";
import { modelEnv } from "./model-receiver.ts";
import { modelSizes, runModel } from "./model.ts";

/** A tenth of the endpoints fail, at random or wholly for a while: every delivery and every endpoint ends as the model says. */
export const outcomeModel: Scenario = {
  id: "MODEL",
  title: "100,000 deliveries to 1,000 endpoints",
  env: () => modelEnv,
  async run({ installation, size }) {
    const findings = new Findings();
    const began = performance.now();
    const { deliveries, endpoints, attempts, differences } = await runModel(installation, modelSizes[size]);
    const { delivered = 0, failed = 0 } = deliveries;
    const { tenants, endpointsPerTenant, eventsPerTenant } = modelSizes[size];
    findings.figure(`${delivered} delivered, ${failed} failed, ${attempts} attempts in ${Math.round((performance.now() - began) / 1000)} s`);
    findings.figure(`${endpoints.flaky} endpoints flaky, ${endpoints.down} down for a while, ${endpoints.well} well; ${differences.length} differences`);
    findings.check(delivered + failed === tenants * endpointsPerTenant * eventsPerTenant, `only ${delivered + failed} deliveries ended`);
    findings.check(failed > 0 && endpoints.flaky > 0 && endpoints.down > 0, "nothing failed: the run proves nothing");
    findings.check(differences.length === 0, `${differences.length} differences, such as ${differences.slice(0, 5).join("; ")}`);
    return findings;
  },
};
