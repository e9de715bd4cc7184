/**
 * Why an attempt failed, as fixed words: a tenant learns nothing about what lies behind an address.
 *
 *   blocked            the address is not public, or the URL is none that a webhook may go to; nothing was sent
 *   connection_failed  refused, reset or closed before the answer's end, no such name, no trusted certificate
 *   timeout            no answer in time, or, with a status code beside it, an answer whose body did not end in time
 *   bad_answer         what came is no HTTP, or its head is endless
 *   answer_too_large   a 2xx whose body is larger than anyone needs
 *   redirect           3xx; not followed
 *   status             any other status that is not 2xx
 */
export const attemptErrors = ["blocked", "connection_failed", "timeout", "bad_answer", "answer_too_large", "redirect", "status"] as const;

export type AttemptError = (typeof attemptErrors)[number];
