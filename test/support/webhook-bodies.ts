/** What a webhook is to tell: its own id, when it happened, and the vendor's id of the object that it is about. */
export interface Telling {
  id: string;
  at: Date;
  object: string;
  /** The vendor's event type; each body has a usual one. */
  type?: string | undefined;
}

const json = (value: unknown): string => JSON.stringify(value);
const seconds = (at: Date): number => Math.floor(at.getTime() / 1_000);

/** Bodies as vendors document them, by provider; no two tellings make the same news. */
export const webhookBodies: Record<string, (telling: Telling) => string> = {
  sumsub: ({ id, at, object, type = "applicantReviewed" }) =>
    json({
      applicantId: object, inspectionId: `inspection-${object}`, applicantType: "individual", correlationId: id, levelName: "basic-kyc-level", externalUserId: `user-${object}`,
      type, sandboxMode: true, reviewStatus: "completed", createdAtMs: at.toISOString().replace("T", " ").slice(0, 23), clientId: "waystation",
    }),
  stripe: ({ id, at, object, type = "payment_intent.succeeded" }) =>
    json({ id: `evt_${id}`, object: "event", created: seconds(at), livemode: false, type, data: { object: { id: object, object: "payment_intent", status: "succeeded" } } }),
  twilio: ({ id, object, type = "delivered" }) =>
    new URLSearchParams({ AccountSid: "AC1", ApiVersion: "2010-04-01", MessageSid: `SM${object}${id}`, MessageStatus: type, To: "+15005550006" }).toString(),
  sendgrid: ({ id, at, object, type = "delivered" }) => `${json([{ email: "jane@example.test", event: type, sg_event_id: id, sg_message_id: object, timestamp: seconds(at) }])}\r\n`,
  calendly: ({ id, at, object, type = "invitee.created" }) =>
    json({ event: type, created_at: at.toISOString(), payload: { uri: `https://api.calendly.com/scheduled_events/${object}/invitees/${id}`, status: "active" } }),
  zoom: ({ id, at, object, type = "meeting.started" }) => json({ event: type, event_ts: at.getTime(), payload: { account_id: "A", object: { id: `${object}-${id}`, uuid: id } } }),
  slack: ({ id, at, type = "app_mention" }) => json({ type: "event_callback", team_id: "T1", event_id: `Ev${id}`, event_time: seconds(at), event: { type, user: "U1", channel: "C1" } }),
  checkr: ({ id, at, object, type = "report.completed" }) => json({ id, object: "event", type, created_at: at.toISOString(), data: { object: { id: object, object: "report", status: "complete" } } }),
  docusign: ({ id, at, object, type = "envelope-completed" }) =>
    json({ event: type, configurationId: 1, generatedDateTime: at.toISOString(), data: { accountId: "a1", envelopeId: `${object}-${id}` } }),
  lucca: ({ id, object, type = "employee.updated" }) => json({ id, topic: type, data: { id: object } }),
  bamboohr: ({ id, at, object, type = "employee.updated" }) => json({ type, timestamp: at.toISOString(), data: { companyId: "c1", employeeId: `${object}-${id}`, changedFields: ["firstName"] } }),
  greenhouse: ({ id, object, type = "hire_candidate" }) => json({ action: type, payload: { application: { id: `${object}-${id}`, status: "hired" } } }),
};
