const reasons: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its host name is unknown",
  EAI_AGAIN: "its host name cannot be looked up",
  ETIMEDOUT: "it does not answer",
  "28P01": "wrong user or password",
  "28000": "access is refused to this user",
  "3D000": "the database does not exist",
};

/** A connection failure in a person's words. */
export function postgresProblem(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return reasons[code ?? ""] ?? (message?.replace(/\s+/g, " ").trim() || (code ?? "no reason given"));
}
