/**
 * The content security policy lets style elements in that carry the nonce of the page, which the server put into it. Empty
 * under Vite's own server, which has no policy.
 */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>("meta[name=style-nonce]")?.content ?? "";
}

// What locks the page behind a dialog writes a style element of its own and looks for the nonce here:
// https://github.com/theKashey/get-nonce
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = styleNonce();
