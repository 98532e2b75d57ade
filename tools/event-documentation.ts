import { EVENT_VERSION, type EventType, eventCatalogue } from '../shared/events/event-catalogue';

/** `docs/EVENTS.md`: the event catalogue as a page for consumers. */
export function eventDocumentation(): string {
  const rows = (Object.keys(eventCatalogue) as EventType[]).map((type) => {
    const { source, meaning, payload } = eventCatalogue[type];
    return `| \`${type}\` | ${source} | ${meaning} | ${payloadText(payload)} |`;
  });
  return `# Events

<!-- Generated from \`shared/events/event-catalogue.ts\` by \`npm run generate\`. -->

Each change that an event tells of writes it in its own transaction, into the \`outbox_event\` table of its subgraph's
schema: there is no event without its change, and none is missing. What changes nothing has no event. Demo data has none.

Every event has one envelope:

\`\`\`json
{
  "id": "0192f0c1-7a3e-7c44-9d0b-3b8f5a1e2c6d",
  "type": "tenant.slug.changed",
  "version": "${EVENT_VERSION}",
  "timestamp": "2026-01-11T08:30:00.000Z",
  "tenantId": "fd3c07a1-8038-5e37-beb6-537fda68d644",
  "tenantSlug": "digiwedge",
  "source": "access-control",
  "payload": { "oldSlug": "digiwedge-corporate", "newSlug": "digiwedge" },
  "metadata": { "userId": "thandi", "correlationId": "0192f0c1-79ff-7d02-8a54-6a1e9c0b7d11" }
}
\`\`\`

- \`id\` is the event's own: whoever meets it again has met the event before.
- \`tenantId\` and \`tenantSlug\` are the tenant's as the change was made. Both are \`null\` for a system's record under a key
  that the registry maps to no tenant yet.
- \`metadata.userId\` is the subject of the caller's token, \`anonymous\` without one, and \`tenant-graph\` for the graph itself.
  \`metadata.correlationId\` is the \`x-request-id\` of the request; the audit trail has the same one.
- The events of one tenant in one system are numbered and follow one another; those of different systems do not.
- Payloads carry ids, keys, and the names of the fields that changed (\`changed\`), in the spelling of the records' types.
  They carry no name, address or number of a person: whoever may know these asks the graph by the id.

Version ${EVENT_VERSION} of every type. A mark of question stands where a value may be \`null\`.

| type | source | when | payload |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function payloadText(payload: Readonly<Record<string, string>>): string {
  const fields = Object.entries(payload).map(([name, type]) => `\`${name}\`: ${type}`);
  return fields.join(', ') || 'empty';
}
