import type { LocalInstallation } from "../../test/support/local-installation.ts";

/** The address of each database on the installation's own server. */
export function databaseUrls({ databaseUrl }: LocalInstallation): (name: string) => string {
  return (name) => {
    const url = new URL(databaseUrl);
    url.pathname = `/${name}`;
    return url.href;
  };
}
