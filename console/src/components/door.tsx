import { Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { ColorSchemeMenu } from "./color-scheme-menu.tsx";
import { Wordmark } from "./logo.tsx";

/** The frame of the pages before a tenant is chosen. */
export function Door({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(`${title} · Waystation`);
  return (
    <main style={{ minHeight: "100vh", display: "grid", placeItems: "start center", padding: "12vh 20px 40px" }}>
      <div style={{ width: "100%", maxWidth: 440 }}>
        <div style={{ display: "flex", justifyContent: "space-between", alignItems: "center", marginBottom: 20 }}>
          <Wordmark />
          <ColorSchemeMenu />
        </div>
        <Stack className="ws-card" p={28} gap={18}>
          <Title order={1} size="h3">
            {title}
          </Title>
          {children}
        </Stack>
      </div>
    </main>
  );
}
