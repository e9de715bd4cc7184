import type { FastifyBaseLogger } from "fastify";

/** A request's logger, made when something is logged: pino's child goes through all redactions, and most requests log one line. */
export function lazyLogger(parent: FastifyBaseLogger, bindings: Record<string, unknown>): FastifyBaseLogger {
  let child: FastifyBaseLogger | undefined;
  const own = (): FastifyBaseLogger => (child ??= parent.child(bindings));
  const at = (level: "fatal" | "error" | "warn" | "info" | "debug" | "trace") =>
    (...line: unknown[]): void => {
      if ((parent as { isLevelEnabled?: (level: string) => boolean }).isLevelEnabled?.(level) !== false) (own()[level] as (...args: unknown[]) => void)(...line);
    };
  return {
    fatal: at("fatal"), error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug"), trace: at("trace"),
    silent: () => undefined,
    get level() {
      return parent.level;
    },
    child: (more: Record<string, unknown>, options?: object) => own().child(more, options),
  } as FastifyBaseLogger;
}
