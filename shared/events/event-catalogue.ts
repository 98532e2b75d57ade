import type { SubgraphName } from '../subgraph/names';

/** What a field of a payload can be; a mark of question says that it may be `null`. */
export interface PayloadFieldTypes {
  /** A UUID, or a system's own key where the field's name says so. */
  id: string;
  'id?': string | null;
  text: string;
  flag: boolean;
  count: number;
  /** The names of the fields that changed, never their values. */
  fields: readonly string[];
  system: 'SCL' | 'TEETIME' | 'MESSAGING' | 'CRM';
  'any system': 'ACCESS_CONTROL' | PayloadFieldTypes['system'];
}

interface EventDefinition {
  /** The subgraph that owns what the event tells of, and that alone publishes it. */
  source: SubgraphName;
  /** When the event happens. */
  meaning: string;
  payload: Readonly<Record<string, keyof PayloadFieldTypes>>;
}

/** The version of every payload below; a payload that loses a field, or gives one another meaning, gets the next. */
export const EVENT_VERSION = '1.0';

/**
 * Every event of the platform. Payloads name records by their ids and say which fields changed. Of people they carry
 * nothing else: who may know more asks the graph for it. `docs/EVENTS.md` shows this.
 */
export const eventCatalogue = {
  'tenant.created': {
    source: 'access-control',
    meaning: 'A tenant is new.',
    payload: { displayName: 'text' },
  },
  'tenant.updated': {
    source: 'access-control',
    meaning: 'The tenant has another slug or name. A new slug is told by `tenant.slug.changed` too.',
    payload: { displayName: 'text', changed: 'fields' },
  },
  'tenant.slug.changed': {
    source: 'access-control',
    meaning: 'The tenant has another slug.',
    payload: { oldSlug: 'text', newSlug: 'text' },
  },
  'tenant.disabled': {
    source: 'access-control',
    meaning: 'The tenant was disabled: its data is not to be changed.',
    payload: {},
  },
  'tenant.enabled': { source: 'access-control', meaning: 'The tenant was enabled again.', payload: {} },
  'tenant.registry.updated': {
    source: 'access-control',
    meaning:
      'The tenant’s registry entry is new or was changed. A new one names the fields that it fills in.',
    payload: { registryId: 'id', changed: 'fields' },
  },
  'tenant.system.enabled': {
    source: 'access-control',
    meaning:
      'The registry enables a system for the tenant. A new entry tells of each system that it enables, also of TeeTime and CRM, which serve a tenant without an entry.',
    payload: { system: 'system' },
  },
  'tenant.system.disabled': {
    source: 'access-control',
    meaning: 'The registry disables a system for the tenant.',
    payload: { system: 'system' },
  },
  'tenant.registry.drift.found': {
    source: 'access-control',
    meaning:
      'A look at the tenant found that a system differs from its registry entry: so many differences of a kind (`MISSING`, `ORPHANED`, `DISAGREEING`), of which not all were there at the look before.',
    payload: { system: 'system', kind: 'text', count: 'count' },
  },
  'tenant.provisioning.started': {
    source: 'access-control',
    meaning: 'A run that sets the tenant up began.',
    payload: { runId: 'id' },
  },
  'tenant.provisioning.step.completed': {
    source: 'access-control',
    meaning: 'A step of the run is done.',
    payload: { runId: 'id', position: 'count', system: 'any system', name: 'text' },
  },
  'tenant.provisioning.completed': {
    source: 'access-control',
    meaning: 'Every step of the run is done.',
    payload: { runId: 'id' },
  },
  'tenant.provisioning.failed': {
    source: 'access-control',
    meaning: 'A step of the run failed for good, with this error.',
    payload: { runId: 'id', position: 'count', system: 'any system', code: 'text', message: 'text' },
  },
  'tenant.provisioning.compensated': {
    source: 'access-control',
    meaning: 'What the run had created is taken back.',
    payload: { runId: 'id' },
  },
  'tenant.deprovisioning.scheduled': {
    source: 'access-control',
    meaning:
      'The tenant is disabled and will be removed from every system at this moment, unless it is called off.',
    payload: { deprovisioningId: 'id', dueAt: 'text' },
  },
  'tenant.deprovisioning.cancelled': {
    source: 'access-control',
    meaning: 'The tenant’s removal was called off.',
    payload: { deprovisioningId: 'id' },
  },
  'tenant.deprovisioning.completed': {
    source: 'access-control',
    meaning: 'The tenant was removed from every system. Nobody has its id or its keys any more.',
    payload: { deprovisioningId: 'id' },
  },
  'crm.lead.submitted': {
    source: 'crm',
    meaning: 'Somebody left a lead; a repeated submission of the same one is none.',
    payload: { leadId: 'id', consentGiven: 'flag' },
  },
  'crm.lead.updated': {
    source: 'crm',
    meaning: 'Fields of a lead changed.',
    payload: { leadId: 'id', changed: 'fields' },
  },
  'crm.lead.converted': {
    source: 'crm',
    meaning:
      'A lead became a customer: it got a customer or the status `CONVERTED`, whichever came first. `crm.lead.updated` tells of it too.',
    payload: { leadId: 'id', customerId: 'id?' },
  },
  'crm.profile.created': {
    source: 'crm',
    meaning: 'A customer is new.',
    payload: { customerId: 'id' },
  },
  'crm.profile.updated': {
    source: 'crm',
    meaning: 'Fields of a customer changed.',
    payload: { customerId: 'id', changed: 'fields' },
  },
  'crm.profile.merged': {
    source: 'crm',
    meaning: 'A customer was merged into another one of the tenant.',
    payload: { customerId: 'id', mergedIntoId: 'id' },
  },
  'teetime.club.created': {
    source: 'teetime',
    meaning: 'A club is new to the tenant: it was made, or was another tenant’s before.',
    payload: { clubId: 'id', clubCode: 'text' },
  },
  'teetime.club.updated': {
    source: 'teetime',
    meaning: 'Fields of a club changed.',
    payload: { clubId: 'id', clubCode: 'text', changed: 'fields' },
  },
  'teetime.club.removed': {
    source: 'teetime',
    meaning:
      'A club is gone from the tenant: the provisioning run that made it was taken back, or it is another tenant’s now.',
    payload: { clubId: 'id', clubCode: 'text' },
  },
  'scl.club.created': {
    source: 'scl',
    meaning: 'A club of an SCL tenant is new.',
    payload: { clubId: 'id', sclTenantCode: 'text' },
  },
  'scl.club.updated': {
    source: 'scl',
    meaning: 'Fields of an SCL tenant’s club changed.',
    payload: { clubId: 'id', sclTenantCode: 'text', changed: 'fields' },
  },
  'scl.club.removed': {
    source: 'scl',
    meaning: 'A club of an SCL tenant is gone: the provisioning run that made it was taken back.',
    payload: { clubId: 'id', sclTenantCode: 'text' },
  },
  'contact.created': {
    source: 'messaging',
    meaning: 'A contact is new.',
    payload: { contactId: 'id', messagingTenantId: 'text' },
  },
  'contact.updated': {
    source: 'messaging',
    meaning: 'Fields of a contact changed.',
    payload: { contactId: 'id', messagingTenantId: 'text', changed: 'fields' },
  },
} as const satisfies Record<string, EventDefinition>;

type Catalogue = typeof eventCatalogue;

export type EventType = keyof Catalogue;

/** What an event of a type tells beside its envelope. */
export type EventPayload<Type extends EventType> = {
  [Field in keyof Catalogue[Type]['payload']]: Catalogue[Type]['payload'][Field] extends keyof PayloadFieldTypes
    ? PayloadFieldTypes[Catalogue[Type]['payload'][Field]]
    : never;
};
