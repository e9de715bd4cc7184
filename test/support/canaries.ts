import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { networkInterfaces } from "node:os";
import { bindableAddresses } from "./ssrf-table.ts";

const canaryPorts = [80, 443, 5432, 6379, 7233];

export interface Canaries {
  /** How many addresses could be bound. */
  bound: number;
  /** Connections and requests that reached a canary. */
  hits(): number;
  forget(): void;
}

/**
 * In a network namespace of its own: puts every address of the table that can be bound on the loopback interface and
 * listens on all of them. @throws Error where there is a way out
 */
export async function raiseCanaries(): Promise<Canaries> {
  execFileSync("ip", ["link", "set", "lo", "up"]);
  // Nothing can leave: there is no other interface.
  const interfaces = Object.keys(networkInterfaces());
  if (interfaces.some((name) => name !== "lo")) throw new Error(`not in a namespace of its own: ${interfaces.join(", ")}`);
  const bound = bindableAddresses.filter(bind).length;
  let hits = 0;
  for (const port of canaryPorts) for (const host of ["0.0.0.0", "::"]) await listen(port, host, () => (hits += 1));
  return { bound, hits: () => hits, forget: () => void (hits = 0) };
}

/** False when the address cannot be put there; the table is tried all the same. */
function bind(address: string): boolean {
  try {
    execFileSync("ip", ["addr", "add", `${address}/${address.includes(":") ? 128 : 32}`, "dev", "lo"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function listen(port: number, host: string, onHit: () => void): Promise<void> {
  const server = createServer((incoming, response) => {
    onHit();
    incoming.resume();
    response.end("reached");
  });
  server.on("connection", onHit);
  await new Promise<void>((done, fail) => server.once("error", fail).listen({ port, host, ipv6Only: host === "::" }, done));
  server.unref();
}
