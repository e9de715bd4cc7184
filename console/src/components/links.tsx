import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef, ReactNode } from "react";

type Linked<Props> = Omit<Props, "href"> & Omit<ComponentPropsWithRef<"a">, keyof Props | "style">;

/** Mantine's look, the router's typed `to`, `params` and `search`. */
export const RouterAnchor = createLink((props: Linked<AnchorProps>) => <Anchor {...props} />);
export const RouterButton = createLink((props: Linked<ButtonProps>) => <Button component="a" {...props} />);

/** A link that leaves the console: it says so, and gives the other side no way back into this tab. */
export function ExternalLink({ href, children, size = "sm" }: { href: string; children: ReactNode; size?: string }) {
  return (
    <Anchor href={href} target="_blank" rel="noreferrer noopener" size={size} style={{ display: "inline-flex", alignItems: "center", gap: 4 }}>
      {children}
      <IconExternalLink size={14} aria-label="(opens in a new tab)" role="img" />
    </Anchor>
  );
}
