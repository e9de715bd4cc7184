type Reply = (question: never) => unknown;

/** The asked side of an AskedProcess: one function for each question. `close` is for what must not be left half done. */
export function answerQuestions(replies: Record<string, Reply>, close: () => Promise<unknown> = async () => undefined): void {
  process.on("message", (message: { id: number; ask: string; question: never }) => {
    void answer(replies[message.ask], message.question).then((result) => process.send?.({ id: message.id, ...result }));
  });
  // Ctrl-C reaches the whole group of processes at once; we end when our parent has no more questions.
  process.on("SIGINT", () => undefined);
  process.on("disconnect", () => {
    setTimeout(() => process.exit(0), 5_000).unref();
    void close().catch(() => undefined).finally(() => process.exit(0));
  });
}

async function answer(reply: Reply | undefined, question: never): Promise<{ answer?: unknown; error?: string }> {
  try {
    if (reply === undefined) throw new Error("this question is unknown");
    return { answer: await reply(question) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
