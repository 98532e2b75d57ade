import type { TenantWithData } from './tenant-with-data';

/** Variables with which a tenant's owner may call each mutation; the attack puts another tenant's keys into them. */
export function ownMutations({
  id: tenantId,
  mark,
  keys,
}: TenantWithData): Record<string, Record<string, unknown>> {
  return {
    createClub: { input: { clubCode: `${mark}-new`, name: 'New', tenantId } },
    updateClub: { id: keys.clubId, input: { name: 'Renamed' } },
    createSclTenant: { input: { code: keys.sclTenantCode, name: 'New' } },
    updateSclTenant: { id: keys.sclTenantId, input: { name: 'Renamed' } },
    createSclClub: { input: { sclTenantId: keys.sclTenantId, name: 'New' } },
    updateSclClub: { id: keys.sclClubId, input: { name: 'Renamed' } },
    createContact: { input: { messagingTenantId: keys.messagingTenantId, email: 'new@example.com' } },
    updateContact: { id: keys.contactId, input: { firstName: 'Renamed' } },
    createCustomer: { input: { tenantId, email: 'new@example.com' } },
    updateCustomer: { id: keys.customerId, input: { firstName: 'Renamed' } },
    submitLead: { input: { tenantSlug: keys.slug, email: 'new@example.com' } },
    updateLead: { id: keys.leadId, input: { firstName: 'Renamed' } },
    createSegment: { input: { tenantId, name: 'New', type: 'STATIC' } },
    updateSegment: { id: keys.segmentId, input: { name: 'Renamed' } },
    createJourney: { input: { tenantId, name: 'New', triggerType: 'MANUAL', steps: [] } },
    updateJourney: { id: keys.journeyId, input: { name: 'Renamed' } },
    setJourneyStatus: { id: keys.journeyId, status: 'ACTIVE' },
    installTemplatePack: { tenantId, pack: 'CLUB' },
    createWebhookSubscription: { input: { tenantId, url: 'http://127.0.0.1:9/own' } },
    updateWebhookSubscription: { id: keys.webhookSubscriptionId, input: { description: 'Renamed' } },
    rotateWebhookSecret: { id: keys.webhookSubscriptionId },
    sendTestWebhook: { id: keys.webhookSubscriptionId },
    deleteWebhookSubscription: { id: keys.webhookSubscriptionId },
  };
}

/** What operators do while CRM's rows move from slugs to UUIDs; in a CRM that has moved there is nothing to do. */
export const migrationMutations = [
  'advanceCrmTenant',
  'takeCrmTenantBack',
  'mapCrmSlug',
  'retireCrmSlug',
  'pauseCrmBackfill',
  'resumeCrmBackfill',
];

/** Mutations that no role of a tenant may call; each is refused before it looks at anything. */
export const platformMutations = [
  ...migrationMutations,
  'createTenant',
  'updateTenant',
  'disableTenant',
  'enableTenant',
  'deprovisionTenant',
  'cancelDeprovisioning',
  'importRegistryEntries',
  'repairRegistryDrift',
  'provisionTenant',
  'retryProvisioning',
  'cancelProvisioning',
  'enableSystem',
  'disableSystem',
  'addTeeTimeClub',
  'removeTeeTimeClub',
  'moveClub',
  'replayDeadLetters',
];

/** Queries that no role of a tenant may ask; each is refused before it looks at anything. */
export const platformQueries: Record<string, Record<string, unknown>> = {
  deadLetters: {},
  eventConsumers: {},
  provisioningPlan: { input: { tenant: { slug: 'anybody' } } },
  tenantDeprovisionings: {},
};

/**
 * Inputs whose answer tells more than that of an unknown key, each with its reason; what they answer is still searched
 * for another tenant's data.
 */
export const revealing: Record<string, string> = {
  'createClub.input.clubCode': 'a club code is unique on the whole platform, so a taken one is refused',
  'updateClub.input.clubCode': 'a club code is unique on the whole platform, so a taken one is refused',
  'submitLead.input.tenantSlug': 'everyone may leave a lead with every tenant by its slug',
};

/** Keys of other systems that a customer carries as given and that nothing resolves; later answers would show them. */
export const storedAsGiven: Record<string, string> = {
  'updateCustomer.input.authUserId': 'the login in the identity provider',
  'updateCustomer.input.teetimePlayerId': 'the player in TeeTime',
  'updateCustomer.input.messagingContactId': 'the contact in Messaging',
  'updateCustomer.input.homeClubId': 'the club in TeeTime',
};
