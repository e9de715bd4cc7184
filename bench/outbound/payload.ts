/** 1 KiB of JSON, nearly all of it in one field. */
export const payload = { text: "x".repeat(1000) };
