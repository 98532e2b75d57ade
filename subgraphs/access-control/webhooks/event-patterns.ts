import { type EventType, eventCatalogue } from '../../../shared/events/event-catalogue';

const allTypes = Object.keys(eventCatalogue) as EventType[];

/** The types that a pattern names: one type itself, or those that begin as `crm.*` says. */
function typesOfPattern(pattern: string): EventType[] {
  if (!pattern.endsWith('.*')) return allTypes.filter((type) => type === pattern);
  return allTypes.filter((type) => type.startsWith(pattern.slice(0, -1)));
}

/** Whether the pattern names any type at all. */
export function isEventPattern(text: unknown): boolean {
  return typeof text === 'string' && typesOfPattern(text).length > 0;
}

/** The types that any of the patterns names; all of them where there is no pattern. */
export function typesOf(patterns: readonly string[]): EventType[] | 'all' {
  return patterns.length === 0 ? 'all' : [...new Set(patterns.flatMap(typesOfPattern))];
}
