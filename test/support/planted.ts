/** Something that must be found nowhere, or only in the places where the product keeps it on purpose. */
export interface Planted {
  what: string;
  text: string;
  /** Secrets are nowhere. What a person is called may stand where the tenant asked for it: those places are listed by the test. */
  kind: "secret" | "personal";
}

/** One haystack, under the name that a finding reports. */
export interface Place {
  name: string;
  bytes: Buffer;
}

/** The text as it is and as encoders leave it: base64 at each of its three alignments, hex, URL-encoded, escaped in JSON. */
export function formsOf(text: string): Map<string, string> {
  const bytes = Buffer.from(text, "utf8");
  const forms = new Map([["clear", text], ["JSON", JSON.stringify(text).slice(1, -1)], ["hex", bytes.toString("hex")], ["HEX", bytes.toString("hex").toUpperCase()], ["URL", encodeURIComponent(text)], ["form", new URLSearchParams({ "": text }).toString().slice(1)]]);
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64").replace(/=+$/, "");
    // The characters at both ends are shared with what stands beside it.
    const sure = encoded.slice(before === 0 ? 0 : before + 1, (bytes.length + before) % 3 === 0 ? undefined : -1);
    forms.set(`base64+${before}`, sure);
    forms.set(`base64url+${before}`, sure.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}

export interface Finding {
  what: string;
  kind: Planted["kind"];
  form: string;
  place: string;
}

/** Every planted text in every form, in every place. */
export function findPlanted(planted: Planted[], places: Iterable<Place>): Finding[] {
  const wanted = planted.map(({ what, text, kind }) => ({ what, kind, forms: [...new Map([...formsOf(text)].map(([form, needle]) => [needle, form]))].map(([needle, form]) => ({ form, needle: Buffer.from(needle, "utf8") })) }));
  const findings: Finding[] = [];
  for (const { name, bytes } of places) {
    for (const { what, kind, forms } of wanted) {
      const form = forms.find(({ needle }) => bytes.includes(needle));
      if (form !== undefined) findings.push({ what, kind, form: form.form, place: name });
    }
  }
  return findings;
}
