/** The columns in which a candidate's details stand in clear, and why. Everywhere else they are sealed or absent. */
export const knownPlaces: Record<string, string> = {
  "webhook_event.payload": "what the tenant's endpoints are sent, and the host product reads again over the API",
};
