import { SearchAttributeType, defineSearchAttributeKey, type SearchAttributePair } from "@temporalio/common";
import { searchAttributeNames, type SearchAttributeName } from "../domain/processes.ts";

/** Typed search attributes from plain values: ids and words only, never a person's details. */
export function searchAttributes(values: Partial<Record<SearchAttributeName, string>>): SearchAttributePair[] {
  return searchAttributeNames.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [{ key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD), value }];
  });
}

