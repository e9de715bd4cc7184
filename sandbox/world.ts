import type { Logger } from "../src/lib/logger.ts";
import { deriveSandboxSecret } from "../src/providers/sandbox-credentials.ts";
import type { SandboxWorld } from "../src/providers/sandbox-contract.ts";
import { DuePump } from "./due-pump.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { SandboxStore, StoredTask } from "./store.ts";
import type { WebhookSender } from "./webhook-sender.ts";

type TaskHandler = (payload: Record<string, unknown>) => void | Promise<void>;

const parallelTasks = 32;

/** Runs the tasks that stand-ins scheduled, also those of an earlier life of the process. */
export class TaskRunner {
  private readonly store: SandboxStore;
  private readonly logger: Logger;
  private readonly pump: DuePump<StoredTask>;
  private readonly handlers = new Map<string, TaskHandler>();

  constructor(input: { store: SandboxStore; logger: Logger }) {
    this.store = input.store;
    this.logger = input.logger;
    this.pump = new DuePump({
      parallel: parallelTasks,
      take: (now, limit) => this.store.dueTasks(now, limit),
      nextDue: (now) => this.store.nextDue("tasks", now),
      work: (task) => this.work(task),
    });
  }

  start(): void {
    this.pump.start();
  }

  stop(): Promise<void> {
    return this.pump.stop();
  }

  on(provider: string, task: string, handler: TaskHandler): void {
    this.handlers.set(`${provider}/${task}`, handler);
  }

  add(input: { provider: string; task: string; delayMs: number; payload: Record<string, unknown> }): void {
    this.store.addTask({ provider: input.provider, task: input.task, payload: input.payload, due: Date.now() + Math.round(input.delayMs) });
    this.pump.wake();
  }

  private async work(task: StoredTask): Promise<void> {
    const handler = this.handlers.get(`${task.provider}/${task.task}`);
    if (!handler) {
      this.logger.warn({ provider: task.provider, task: task.task }, "a stored task has no handler; it is left alone");
      this.pump.skip(task.id);
      return;
    }
    try {
      await handler(task.payload);
    } catch (error) {
      this.logger.error({ err: error, provider: task.provider, task: task.task }, "a task of the sandbox failed");
    }
    this.store.deleteTask(task.id);
  }
}

/** One provider's view of the sandbox. */
export function createWorld(input: {
  provider: string;
  stepMs: number;
  sharedSecret: string;
  store: SandboxStore;
  tasks: TaskRunner;
  sender: WebhookSender;
  rateLimits: RateLimits;
}): SandboxWorld {
  const { provider, store, tasks, sender } = input;
  return {
    stepMs: input.stepMs,
    derive: (account, label) => deriveSandboxSecret(input.sharedSecret, { provider, account, label }),
    objects: (type) => store.objects(provider, type),
    allow: (key, limit) => input.rateLimits.allow(`${provider}/${key}`, limit),
    schedule: (task) => tasks.add({ provider, ...task }),
    onTask: (task, handler) => tasks.on(provider, task, handler),
    sendWebhook: (webhook) => sender.send(provider, webhook),
  };
}
