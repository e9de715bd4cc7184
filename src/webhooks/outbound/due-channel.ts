/** The channel on which the dispatchers hear that a shard has something due; the payload is the shard. */
export const dueChannel = "webhook_due";
