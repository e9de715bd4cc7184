/** A route that passes through a station. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#176b89" />
      <path d="M4 24.5 10.6 19.9M21.4 12.1 28 7.5" fill="none" stroke="#a8d1df" strokeWidth="2.6" strokeLinecap="round" />
      <circle cx="16" cy="16" r="5.8" fill="none" stroke="#fff" strokeWidth="2.8" />
      <circle cx="16" cy="16" r="1.9" fill="#fff" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 10, fontSize: 17, fontWeight: 700, letterSpacing: "-0.01em" }}>
      <Logo />
      Waystation
    </span>
  );
}
