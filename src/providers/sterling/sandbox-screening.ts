import { randomInt } from "node:crypto";
import { magicTagsOf, type MagicTag, type SandboxWorld } from "../sandbox-contract.ts";

export interface StoredScreening {
  id: string;
  status: string;
  result: string;
  candidateId: string;
  packageId: string;
  callback: { uri: string } | null;
  invite?: { method: string; link: string };
  reportItems: { id: string; type: string; status: string; result: string | null }[];
  updatedAt: string;
  /** Never answered: what the stand-in itself needs to know. */
  sandbox: { account: string; email: string; held: string[] };
  [field: string]: unknown;
}

const lateSteps = 10;
/** How long an unused invitation lives, and how much longer a slow screening takes. */
const longSteps = 20;

const basic = ["SSN Trace", "County Criminal Record", "Enhanced Nationwide Criminal Search", "DOJ Sex Offender Search"];

/** As `GET /packages` lists them, bare. */
export const packages = [
  { id: "539146", name: "Standard", components: basic },
  { id: "626709", name: "Enhanced", components: [...basic, "Drivers Record", "Employment Verification"] },
];

export function newScreening(input: { account: string; email: string; candidateId: string; packageId: string; callbackUri: string | null }): StoredScreening {
  const now = new Date();
  const types = packages.find(({ id }) => id === input.packageId)?.components ?? [];
  return {
    id: String(randomInt(1_000_000_000, 2_000_000_000)), status: "new", result: "n/a", candidateId: input.candidateId, packageId: input.packageId,
    callback: input.callbackUri === null ? null : { uri: input.callbackUri },
    reportItems: types.map((type, at) => ({ id: String(at + 1), type, status: "pending", result: null })),
    submittedAt: now.toISOString(), updatedAt: now.toISOString(), estimatedCompletionAt: new Date(now.getTime() + 3 * 86_400_000).toISOString(),
    sandbox: { account: input.account, email: input.email, held: [] },
  };
}

export function shown({ sandbox: _sandbox, ...screening }: StoredScreening): Record<string, unknown> {
  return screening;
}

/** Plays the candidate and Sterling's researchers. What happens is chosen by the tags of the candidate's address. */
export class ScreeningLife {
  private readonly world: SandboxWorld;

  constructor(world: SandboxWorld) {
    this.world = world;
    world.onTask("consent", ({ id }) => this.consent(String(id)));
    world.onTask("end", ({ id, status }) => this.end(String(id), String(status)));
    world.onTask("research", ({ id }) => this.research(String(id)));
  }

  /** The link is followed a step later, unless the candidate never opens it or does not consent. */
  invited(screening: StoredScreening): void {
    const tags = tagsOf(screening);
    if (tags.includes("expire")) this.later("end", { id: screening.id, status: "Expired" }, longSteps);
    else if (tags.includes("decline")) this.later("end", { id: screening.id, status: "Cancelled" }, 1);
    else this.later("consent", { id: screening.id }, 1);
  }

  begin(screening: StoredScreening): void {
    Object.assign(screening, { status: "In Progress", result: "Pending" });
    this.save(screening);
    this.call(screening);
    this.later("research", { id: screening.id }, tagsOf(screening).includes("resubmit") ? longSteps : 1);
  }

  private consent(id: string): void {
    const screening = this.find(id);
    if (screening?.status === "new") this.begin(screening);
  }

  private end(id: string, status: string): void {
    const screening = this.find(id);
    if (screening?.status !== "new") return;
    screening.status = status;
    this.save(screening);
    this.call(screening);
  }

  private research(id: string): void {
    const screening = this.find(id);
    if (screening?.status !== "In Progress") return;
    const tags = tagsOf(screening);
    const found = tags.includes("reject") ? "adverse" : tags.includes("consider") ? "consider" : null;
    const wanted = found === "adverse" ? "County Criminal Record" : "Drivers Record";
    const item = screening.reportItems.find(({ type }) => type === wanted) ?? screening.reportItems.at(-1);
    for (const one of screening.reportItems) Object.assign(one, { status: "complete", result: found !== null && one === item ? found : "clear" });
    Object.assign(screening, { status: "Complete", result: found === "adverse" ? "Adverse" : found === "consider" ? "Consider" : "Clear" });
    const { held } = screening.sandbox;
    screening.sandbox.held = [];
    this.save(screening);
    this.call(screening);
    // The ones held back by +shuffle arrive after the result, the last one first.
    held.reverse().forEach((body, at) => this.post(screening, body, at + 1));
  }

  private call(screening: StoredScreening): void {
    const tags = tagsOf(screening);
    if (tags.includes("silent") || screening.callback === null) return;
    const body = JSON.stringify({ type: "screening", payload: shown(screening) });
    if (tags.includes("shuffle") && screening.status === "In Progress") {
      screening.sandbox.held.push(body);
      return this.save(screening);
    }
    this.post(screening, body, 0);
  }

  private post(screening: StoredScreening, body: string, steps: number): void {
    const tags = tagsOf(screening);
    const delayMs = (steps + (tags.includes("late") ? lateSteps : 0)) * this.world.stepMs;
    const copies = tags.includes("duplicate") ? 3 : 1;
    const webhook = { url: screening.callback?.uri ?? "", headers: { "content-type": "application/json" }, body: Buffer.from(body), delayMs };
    for (let copy = 0; copy < copies; copy += 1) this.world.sendWebhook(webhook);
  }

  private later(task: "consent" | "end" | "research", payload: { id: string; status?: string }, steps: number): void {
    this.world.schedule({ task, delayMs: steps * this.world.stepMs, payload });
  }

  private find(id: string): StoredScreening | undefined {
    return this.world.objects("screenings").get(id) as StoredScreening | undefined;
  }

  private save(screening: StoredScreening): void {
    screening.updatedAt = new Date().toISOString();
    this.world.objects("screenings").put(screening.id, screening);
  }
}

function tagsOf(screening: StoredScreening): MagicTag[] {
  return magicTagsOf(screening.sandbox.email);
}
