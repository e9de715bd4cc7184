import { HostProduct } from "./host-product.ts";
import type { Verdict } from "./ledger.ts";
import type { LocalInstallation } from "./local-installation.ts";
import { Receiver } from "./receiver.ts";

/** `full` is what the long suites run, `short` what every run of the tests can afford. */
export type Size = "full" | "short";

/** What a scenario runs on; receivers that it starts are stopped after it. */
export interface Ground {
  installation: LocalInstallation;
  host: HostProduct;
  size: Size;
  newReceiver(): Promise<Receiver>;
}

/** One row of a long suite. */
export interface Scenario {
  id: string;
  title: string;
  /** What the installation is started with. */
  env?(size: Size): Record<string, string>;
  run(ground: Ground): Promise<Findings>;
}

/** What a scenario measured, and what of it is not as it must be. */
export class Findings {
  readonly figures: string[] = [];
  readonly failures: string[] = [];

  figure(text: string): void {
    this.figures.push(text);
  }

  check(ok: boolean, failure: string): void {
    if (!ok) this.failures.push(failure);
  }

  /** What holds for every endpoint in every scenario: all that was accepted came, nothing else did, and each was signed. */
  checkVerdict(verdict: Verdict): void {
    this.check(verdict.lost.length === 0, `${verdict.lost.length} lost, such as ${verdict.lost[0]}`);
    this.check(verdict.strange.length === 0, `${verdict.strange.length} came that nobody sent, such as ${verdict.strange[0]}`);
    this.check(verdict.badSignatures === 0, `${verdict.badSignatures} with a bad signature`);
  }
}

/** A scenario that breaks off has failed, and says where. */
export async function runScenario(scenario: Scenario, installation: LocalInstallation, size: Size): Promise<Findings> {
  const host = new HostProduct(installation);
  const receivers: Receiver[] = [];
  const newReceiver = async (): Promise<Receiver> => {
    const receiver = await Receiver.start();
    receivers.push(receiver);
    return receiver;
  };
  try {
    return await scenario.run({ installation, host, size, newReceiver });
  } catch (error) {
    const findings = new Findings();
    findings.failures.push(error instanceof Error ? error.message : String(error));
    return findings;
  } finally {
    await host.close();
    for (const receiver of receivers) receiver.stop();
  }
}
