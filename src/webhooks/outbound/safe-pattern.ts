const maxLength = 200;

/**
 * Whether a tenant's regular expression may run here. Backtracking explodes where a repeated group holds repetition or a
 * choice of its own, and with back-references; those are refused rather than analysed, and so are long patterns.
 */
export function isSafePattern(pattern: string): boolean {
  if (pattern.length > maxLength || /\\(?:[1-9]|k<)/.test(pattern)) return false;
  try {
    new RegExp(pattern, "u");
  } catch {
    return false;
  }
  // For every open group: whether what it holds so far repeats or chooses.
  const groups: boolean[] = [false];
  let inClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern[at];
    if (sign === "\\") at += 1;
    else if (inClass) inClass = sign !== "]";
    else if (sign === "[") inClass = true;
    else if (sign === "(") groups.push(false);
    else if (sign === "|" || repeats(pattern, at)) groups[groups.length - 1] = true;
    else if (sign === ")") {
      const busy = groups.pop() === true;
      if (busy && repeats(pattern, at + 1)) return false;
      if (busy) groups[groups.length - 1] = true;
    }
  }
  return true;
}

/** `?` repeats nothing, and stands after other quantifiers and at the head of groups. */
function repeats(pattern: string, at: number): boolean {
  return pattern[at] === "*" || pattern[at] === "+" || pattern[at] === "{";
}
