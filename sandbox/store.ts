import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { SandboxObjects } from "../src/providers/sandbox-contract.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL,
    UNIQUE (provider, type, id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, task TEXT NOT NULL, payload TEXT NOT NULL, due INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS tasks_due ON tasks (due, id);
  CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, url TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS webhooks_due ON webhooks (due, id);
  CREATE TABLE IF NOT EXISTS counters (
    provider TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (provider, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS faults (provider TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
`;

export interface StoredTask {
  id: number;
  provider: string;
  task: string;
  payload: Record<string, unknown>;
}

export interface StoredWebhook {
  id: number;
  provider: string;
  url: string;
  headers: Record<string, string>;
  body: Buffer;
  attempts: number;
}

export type Counter = "requests" | "sent" | "acknowledged" | "dropped";

/** Object types that begin with an underscore are a stand-in's own bookkeeping: the control API does not show them. */
const isShown = (type: string): boolean => !type.startsWith("_");

/** The sandbox's state on disk: objects, tasks, webhooks on their way, counters, faults. One process uses it at a time. */
export class SandboxStore {
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.database = new DatabaseSync(path);
    // NORMAL survives a killed process; only a power cut may lose the last moments, which is good enough for a stand-in.
    this.database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;");
    this.database.exec(schema);
  }

  objects(provider: string, type: string): SandboxObjects {
    const list = (): Record<string, unknown>[] =>
      this.all("SELECT json FROM objects WHERE provider = ? AND type = ? ORDER BY seq", provider, type).map((row) => parse(row["json"]));
    return {
      get: (id) => {
        const row = this.one("SELECT json FROM objects WHERE provider = ? AND type = ? AND id = ?", provider, type, id);
        return row && parse(row["json"]);
      },
      find: (predicate) => list().find(predicate),
      put: (id, value) => {
        this.run(
          `INSERT INTO objects (provider, type, id, json) VALUES (?, ?, ?, ?)
           ON CONFLICT (provider, type, id) DO UPDATE SET json = excluded.json`,
          provider, type, id, JSON.stringify(value),
        );
      },
      delete: (id) => {
        this.run("DELETE FROM objects WHERE provider = ? AND type = ? AND id = ?", provider, type, id);
      },
      list,
    };
  }

  countObjects(provider: string): Record<string, number> {
    const rows = this.all("SELECT type, count(*) AS n FROM objects WHERE provider = ? GROUP BY type ORDER BY type", provider);
    return Object.fromEntries(rows.map((row) => [String(row["type"]), Number(row["n"])] as const).filter(([type]) => isShown(type)));
  }

  addTask(task: Omit<StoredTask, "id"> & { due: number }): void {
    this.run(
      "INSERT INTO tasks (provider, task, payload, due) VALUES (?, ?, ?, ?)",
      task.provider, task.task, JSON.stringify(task.payload), task.due,
    );
  }

  dueTasks(now: number, limit: number): StoredTask[] {
    return this.all("SELECT * FROM tasks WHERE due <= ? ORDER BY due, id LIMIT ?", now, limit).map((row) => ({
      id: Number(row["id"]),
      provider: String(row["provider"]),
      task: String(row["task"]),
      payload: parse(row["payload"]),
    }));
  }

  deleteTask(id: number): void {
    this.run("DELETE FROM tasks WHERE id = ?", id);
  }

  addWebhook(webhook: Omit<StoredWebhook, "id" | "attempts"> & { due: number }): void {
    this.run(
      "INSERT INTO webhooks (provider, url, headers, body, due) VALUES (?, ?, ?, ?, ?)",
      webhook.provider, webhook.url, JSON.stringify(webhook.headers), webhook.body, webhook.due,
    );
  }

  dueWebhooks(now: number, limit: number): StoredWebhook[] {
    return this.all("SELECT * FROM webhooks WHERE due <= ? ORDER BY due, id LIMIT ?", now, limit).map((row) => ({
      id: Number(row["id"]),
      provider: String(row["provider"]),
      url: String(row["url"]),
      headers: parse(row["headers"]) as Record<string, string>,
      body: Buffer.from(row["body"] as Uint8Array),
      attempts: Number(row["attempts"]),
    }));
  }

  noteAttempt(id: number, attempts: number): void {
    this.run("UPDATE webhooks SET attempts = ? WHERE id = ?", attempts, id);
  }

  retryWebhook(id: number, due: number): void {
    this.run("UPDATE webhooks SET due = ? WHERE id = ?", due, id);
  }

  /** False when a reset took it away in the meantime. */
  deleteWebhook(id: number): boolean {
    return Number(this.statement("DELETE FROM webhooks WHERE id = ?").run(id).changes) > 0;
  }

  /** When the first row waiting after `now` is due. */
  nextDue(table: "tasks" | "webhooks", now: number): number | undefined {
    const row = this.one(`SELECT min(due) AS due FROM ${table} WHERE due > ?`, now);
    return row?.["due"] == null ? undefined : Number(row["due"]);
  }

  count(provider: string, name: Counter): void {
    this.run(
      `INSERT INTO counters (provider, name, value) VALUES (?, ?, 1)
       ON CONFLICT (provider, name) DO UPDATE SET value = value + 1`,
      provider, name,
    );
  }

  counters(provider: string): Record<Counter, number> {
    const rows = this.all("SELECT name, value FROM counters WHERE provider = ?", provider);
    const values = Object.fromEntries(rows.map((row) => [String(row["name"]), Number(row["value"])]));
    return { requests: 0, sent: 0, acknowledged: 0, dropped: 0, ...values };
  }

  faults(provider: string): Record<string, unknown> | undefined {
    const row = this.one("SELECT json FROM faults WHERE provider = ?", provider);
    return row && parse(row["json"]);
  }

  setFaults(provider: string, faults: object | undefined): void {
    if (faults === undefined) this.run("DELETE FROM faults WHERE provider = ?", provider);
    else this.run("INSERT OR REPLACE INTO faults (provider, json) VALUES (?, ?)", provider, JSON.stringify(faults));
  }

  /** Forgets everything about one provider. */
  reset(provider: string): void {
    this.database.exec("BEGIN");
    for (const table of ["objects", "tasks", "webhooks", "counters", "faults"]) this.run(`DELETE FROM ${table} WHERE provider = ?`, provider);
    this.database.exec("COMMIT");
  }

  close(): void {
    this.statements.clear();
    this.database.close();
  }

  private statement(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.database.prepare(sql)));
    return statement;
  }

  private run(sql: string, ...values: SQLInputValue[]): void {
    this.statement(sql).run(...values);
  }

  private one(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.statement(sql).get(...values);
  }

  private all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.statement(sql).all(...values);
  }
}

function parse(json: unknown): Record<string, unknown> {
  return JSON.parse(String(json)) as Record<string, unknown>;
}
