import { VisuallyHidden } from "@mantine/core";
import { useEffect, useState } from "react";
import { onAnnounce } from "../lib/announce.ts";

export function LiveRegion() {
  const [text, setText] = useState("");
  useEffect(() => onAnnounce(setText), []);
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {text}
    </VisuallyHidden>
  );
}
