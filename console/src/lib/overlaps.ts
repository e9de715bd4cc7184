/** How long a replaced secret stays valid: what a person may choose. */
export const overlaps = [
  { value: "86400", label: "24 hours more" }, { value: "604800", label: "7 days more" }, { value: "3600", label: "1 hour more" }, { value: "0", label: "Not at all" },
];
export const defaultOverlap = "86400";
