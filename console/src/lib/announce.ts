/** Says something to screen readers, and shows nothing. One live region in the page listens. */
let listener: ((text: string) => void) | null = null;

export function announce(text: string): void {
  listener?.(text);
}

export function onAnnounce(next: (text: string) => void): () => void {
  listener = next;
  return () => {
    if (listener === next) listener = null;
  };
}
