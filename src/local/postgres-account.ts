import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** The account that Postgres runs under; undefined means the present user. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Postgres refuses to run as root. As root it runs as the system's `postgres` user or, where there is none, as
 * `nobody`, which every system has: no account is ever added to the machine.
 */
export function postgresAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const entry = lines.find((fields) => fields[0] === name);
    if (entry) return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error("Postgres does not run as root, and there is no user postgres or nobody: start Waystation as an ordinary user.");
}

/** True when every folder above the path lets any user pass. */
function isReachable(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * How to run a Postgres program as the account. A project or data folder below a private home (such as /root) is out of
 * the account's reach; there it gets the one capability to pass folders, by util-linux's setpriv.
 */
export function runAs(account: Account | undefined, command: string, args: string[], paths: string[]): { command: string; args: string[]; uid?: number; gid?: number } {
  if (account === undefined) return { command, args };
  if ([command, ...paths].every(isReachable)) return { command, args, uid: account.uid, gid: account.gid };
  const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));
  if (setpriv === undefined) {
    throw new Error(`Postgres runs as user ${account.name}, which cannot reach ${paths.join(" or ")}: set DATA_DIR to a folder that others may pass, or start Waystation as an ordinary user.`);
  }
  const capability = "+dac_override";
  const rights = ["--reuid", String(account.uid), "--regid", String(account.gid), "--clear-groups", "--inh-caps", capability, "--ambient-caps", capability];
  return { command: setpriv, args: [...rights, "--", command, ...args] };
}
