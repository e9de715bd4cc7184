import { z } from "zod";
import type { HttpRequest } from "../../lib/http.ts";
import type { ProviderContext } from "../contract.ts";
import { ProviderError } from "../provider-error.ts";
import { callProvider } from "../provider-http.ts";
import type { SterlingCredentials, SterlingSettings } from "./manifest.ts";
import { candidateSchema, listOf, packageSchema, refusalCode, reportLinkSchema, screeningSchema, type SterlingCandidate, type SterlingScreening } from "./schemas.ts";
import { tokenSource } from "./token.ts";

export type SterlingClient = ReturnType<typeof createSterlingClient>;

interface Call<T> {
  /** What was asked, in words that fit behind "answered 503 to". */
  call: string;
  method: HttpRequest["method"];
  path: string;
  schema: z.ZodType<T>;
  body?: object;
}

export interface NewScreening {
  packageId: string;
  candidateId: string;
  callback: { uri: string };
  /** Left out, the screening begins at once with what Sterling knows of the candidate. */
  invite?: { method: "link" };
}

/**
 * Sterling's API as far as it is used here. Its reference (https://apidocs.sterlingcheck.app) is shown to customers only; what is
 * read here is documented publicly at https://sterling.readme.io or was seen by several of its users. @throws ProviderError
 */
export function createSterlingClient(context: ProviderContext<SterlingSettings, SterlingCredentials>) {
  const tokens = tokenSource(context);

  function sendWith<T>(token: string, { call, method, path, schema, body }: Call<T>): Promise<T> {
    const headers: Record<string, string> = { accept: "application/json", authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const request: HttpRequest = { method, url: context.baseUrl + path, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return callProvider({ provider: { slug: "sterling", name: "Sterling" }, call, http: context.http, request, schema, refusalCode });
  }

  /** A token may end before its time: one refusal of it is answered with a new one. */
  async function send<T>(call: Call<T>): Promise<T> {
    const token = await tokens.get();
    try {
      return await sendWith(token, call);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.status !== 401) throw error;
      await tokens.drop(token);
      return await sendWith(await tokens.get(), call);
    }
  }

  return {
    listPackages: () => send({ call: "listing the packages", method: "GET", path: "/packages", schema: listOf(packageSchema) }),

    /** 409 when the address belongs to a candidate already. */
    createCandidate: (body: { clientReferenceId: string; givenName: string; familyName: string; email: string }): Promise<SterlingCandidate> =>
      send({ call: "creating the candidate", method: "POST", path: "/candidates", schema: candidateSchema, body }),

    findCandidates: (email: string): Promise<SterlingCandidate[]> =>
      send({ call: "finding the candidate by address", method: "GET", path: `/candidates?${new URLSearchParams({ email }).toString()}`, schema: listOf(candidateSchema) }),

    /** https://sterling.readme.io/docs/invite-method */
    createScreening: (body: NewScreening): Promise<SterlingScreening> =>
      send({ call: "ordering the screening", method: "POST", path: "/screenings", schema: screeningSchema, body }),

    findScreenings: (candidateId: string): Promise<SterlingScreening[]> =>
      send({ call: "finding the candidate's screenings", method: "GET", path: `/screenings?${new URLSearchParams({ candidateId }).toString()}`, schema: listOf(screeningSchema) }),

    getScreening: (id: string): Promise<SterlingScreening> =>
      send({ call: "reading the screening", method: "GET", path: `/screenings/${encodeURIComponent(id)}`, schema: screeningSchema }),

    /** 422 until the screening is complete. */
    createReportLink: (id: string): Promise<string> =>
      send({ call: "making a link to the report", method: "POST", path: `/screenings/${encodeURIComponent(id)}/report-links`, schema: reportLinkSchema }),
  };
}
