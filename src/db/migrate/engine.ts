// Prisma's schema engine without its native program: the WebAssembly build, talking to Postgres through `pg`.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { bindMigrationAwareSqlAdapterFactory, type SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm";

export interface SchemaFile {
  path: string;
  content: string;
}

interface EngineClass {
  new: (options: { datamodels: [string, string][] }, log: (line: unknown) => void, adapter: object) => Promise<SchemaEngine>;
}

/** What is used here of a global that TypeScript declares only together with the browser's. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

const entry = "@prisma/schema-engine-wasm/schema_engine_bg";
let loading: Promise<EngineClass> | undefined;
let panic: string | undefined;

/** The package's own entry point imports its .wasm file as a module, which plain Node refuses: it is set up by hand. */
async function loadEngine(): Promise<EngineClass> {
  const binding = (await import("@prisma/schema-engine-wasm/schema_engine_bg")) as unknown as {
    __wbg_set_wasm(exports: object): void;
    SchemaEngine: EngineClass;
  };
  const bytes = await readFile(path.join(path.dirname(createRequire(import.meta.url).resolve(entry)), "schema_engine_bg.wasm"));
  // Without this registry a panic of the engine hides its own message.
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => (panic = message) } });
  const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": binding as object });
  binding.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return binding.SchemaEngine;
}

/** Runs `work` with an engine. Every connection it opened is closed afterwards, shadow databases with them. */
export async function withEngine<T>(
  setup: { schema: SchemaFile; adapterFactory: SqlMigrationAwareDriverAdapterFactory },
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const engineClass = await (loading ??= loadEngine());
  const opened: { dispose(): Promise<void> }[] = [];
  const track = <A extends { dispose(): Promise<void> }>(adapter: A): A => {
    const dispose = adapter.dispose.bind(adapter);
    let disposing: Promise<void> | undefined;
    adapter.dispose = () => (disposing ??= dispose());
    opened.push(adapter);
    return adapter;
  };
  const { adapterFactory: inner } = setup;
  const bound = bindMigrationAwareSqlAdapterFactory({
    provider: inner.provider,
    adapterName: inner.adapterName,
    connect: async () => track(await inner.connect()),
    connectToShadowDb: async () => track(await inner.connectToShadowDb()),
  });
  let engine: SchemaEngine | undefined;
  try {
    engine = await engineClass.new({ datamodels: [[setup.schema.path, setup.schema.content]] }, () => undefined, bound);
    return await work(engine);
  } catch (error) {
    throw new Error(explain(error, (id) => bound.errorRegistry.consumeError(id)?.error), { cause: error });
  } finally {
    if (panic === undefined) engine?.free();
    await Promise.all(opened.map((adapter) => adapter.dispose()));
  }
}

/** The engine throws shapes of its own; of them, only the words help a reader. */
function explain(error: unknown, driverError: (id: number) => unknown): string {
  if (panic !== undefined) return `The schema engine broke down: ${panic}`;
  const { message } = error as { message?: unknown };
  const whole = typeof message === "string" ? message : String(error);
  const migration = /migration_name="([^"]+)"/.exec(whole)?.[1];
  const words = whole.replace(/\n\s+0: [\s\S]*$/, "").trim(); // what follows is the trace of the engine itself
  const text = migration === undefined ? words : `${migration}: ${words}`;
  const id = /External ?[Ee]rror.*?(\d+)/.exec(text)?.[1];
  const cause = id === undefined ? undefined : driverError(Number(id));
  return cause instanceof Error ? `${text}: ${cause.message}` : text;
}
