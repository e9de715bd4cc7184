import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";

interface DetailDrawerProps {
  title: string;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** What a list shows of one of its rows, beside the list. */
export function DetailDrawer({ title, opened, onClose, children }: DetailDrawerProps) {
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={520}
      title={title}
      closeButtonProps={{ "aria-label": "Close" }}
      styles={{ title: { fontWeight: 650, fontSize: 18 } }}
    >
      {children}
    </Drawer>
  );
}
