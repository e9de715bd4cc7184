/** What the sandbox process gives to a provider's stand-in. Everything is kept on disk: a restarted sandbox goes on where it was. */
export interface SandboxWorld {
  /** Time between two steps of a simulated person or vendor (SANDBOX_STEP_MS). */
  readonly stepMs: number;
  /** 64 hex characters, the same for the same account and label: see ProviderSandbox.credentials. */
  derive(account: string, label: string): string;
  objects(type: string): SandboxObjects;
  /** Counts a call against a vendor's documented limit: false once `requests` were made under this key within `perMs`. */
  allow(key: string, limit: { requests: number; perMs: number }): boolean;
  /** Runs the named handler after the delay, also when the sandbox was restarted in between. */
  schedule(input: { task: string; delayMs: number; payload: Record<string, unknown> }): void;
  /** Names a handler for `schedule`. Register all of them while the routes are mounted. */
  onTask(task: string, handler: (payload: Record<string, unknown>) => void | Promise<void>): void;
  /**
   * Sends a signed webhook: applies the faults set by the control API, repeats after 500 ms, 1 s, 2 s … (8 times) until a
   * 2xx answer, and counts it.
   */
  sendWebhook(webhook: { url: string; headers: Record<string, string>; body: Buffer; delayMs?: number }): void;
}

/** Objects of one type, kept in order of creation. */
export interface SandboxObjects {
  get(id: string): Record<string, unknown> | undefined;
  find(predicate: (value: Record<string, unknown>) => boolean): Record<string, unknown> | undefined;
  put(id: string, value: Record<string, unknown>): void;
  delete(id: string): void;
  list(): Record<string, unknown>[];
}

/** Tags of a magic address: "jane+approve+late@example.test" gives approve and late. */
export type MagicTag =
  | "approve" | "reject" | "consider" | "resubmit" | "sign" | "decline" | "bounce" | "expire" | "silent" | "duplicate" | "shuffle"
  | "late" | "error" | "limit";

const magicTags: ReadonlySet<string> = new Set<MagicTag>([
  "approve", "reject", "consider", "resubmit", "sign", "decline", "bounce", "expire", "silent", "duplicate", "shuffle", "late",
  "error", "limit",
]);

/** Reads the magic tags of an e-mail address, in their order; unknown ones are ignored. */
export function magicTagsOf(email: string | undefined): MagicTag[] {
  const local = (email ?? "").split("@")[0] ?? "";
  return local.split("+").slice(1).filter((tag): tag is MagicTag => magicTags.has(tag));
}
